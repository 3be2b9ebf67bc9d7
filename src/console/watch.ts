import type { ConsoleLog, ConsoleWatch, OnFinding } from './console.js';
import { consoleOverflow } from './file.js';
import { ConsoleReader } from './reader.js';

/** How often the console is looked at, and how long the rest of a trace is waited for, in milliseconds. */
const PERIOD = 500;
const REST = 1000;
/**
 * One reboot resets a machine several times: QEMU 7.2 told of five within 55 ms, as SeaBIOS resets again, and a busy host draws that
 * out. Starts that follow each other faster leave other traces.
 */
const ONE_RESET = 5000;

/** Who is told. */
export interface Listeners {
  onFinding: OnFinding;
  /** Told once, of what on the console means that this boot will never answer, after the finding. */
  onFatal: (sign: string) => void;
}

/** Looks at a console from its first byte on, tells what the kernel says there, and of the first sign that it is dead. */
export class ConsoleWatcher implements ConsoleWatch {
  private readonly reader = new ConsoleReader();
  /** Bytes the reader has had. */
  private read = 0;
  /** When something came, and when something that shows that the boot goes on. */
  private lastWord: number;
  private lastNews: number;
  private lastReset = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds; another clock serves for tests. */
  constructor(
    private readonly console: ConsoleLog,
    private readonly listeners: Listeners,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lastWord = this.lastNews = now();
  }

  /** Looks again and again, until it is stopped or the kernel is dead. */
  start(): void {
    this.timer = setInterval(() => this.look(), PERIOD);
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.timer);
  }

  /** Looks once. */
  look(): void {
    const overflow = consoleOverflow(this.console);
    if (overflow !== null) {
      this.stop();
      this.listeners.onFatal(overflow);
      return;
    }
    const silent = this.readOn() ? 0 : this.now() - this.lastWord;
    if (silent >= REST) this.tell(this.reader.quiet(silent / 1000));
    if (this.reader.dead === null) return;
    this.stop();
    this.timer = setTimeout(() => this.tellOfDeath(), silent >= REST ? 0 : REST);
  }

  settle(): void {
    this.readOn();
    this.tell(this.reader.flush());
    this.tell(this.reader.leftOut());
  }

  expectBoot(): void {
    this.readOn();
    this.reader.expectBoot();
    this.lastNews = this.now();
  }

  booted(): void {
    this.readOn();
    this.reader.booted();
  }

  /** What runs the machine has seen it reset; whatever the console holds was said before. */
  reset(): void {
    if (this.now() - this.lastReset < ONE_RESET) return;
    this.lastReset = this.now();
    this.readOn();
    this.reader.reset();
  }

  /** Whether people or SSH can log in, as far as is known. */
  isUp(): boolean {
    return this.reader.up;
  }

  /** Why this boot is dead, by what the console has said; null if it is not. */
  death(): string | null {
    this.readOn();
    return this.reader.dead?.reason ?? null;
  }

  starts(): number {
    this.readOn();
    return this.reader.starts;
  }

  silentStarts(): number {
    this.readOn();
    return this.reader.silentStarts;
  }

  wordsBeforeStart(): string | null {
    this.readOn();
    return this.reader.wordsBeforeStart;
  }

  complaint(): string | null {
    this.readOn();
    return this.reader.complaint;
  }

  silentFor(): number {
    this.readOn();
    return (this.now() - this.lastNews) / 1000;
  }

  /** Whether anything has come. */
  private readOn(): boolean {
    const text = this.console.since(this.read);
    if (text === '') return false;
    this.read += text.length;
    this.lastWord = this.now();
    this.tell(this.reader.feed(text));
    if (this.reader.takeNews()) this.lastNews = this.lastWord;
    return true;
  }

  private tellOfDeath(): void {
    // What has come in the meantime is the rest of the trace.
    this.settle();
    if (this.reader.dead !== null) this.listeners.onFatal(this.reader.dead.reason);
  }

  private tell(findings: ReturnType<ConsoleReader['flush']>): void {
    for (const finding of findings) this.listeners.onFinding(finding);
  }
}
