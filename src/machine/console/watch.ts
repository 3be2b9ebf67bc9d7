import type { ConsoleLog, ConsoleWatch, OnFinding } from '../machine.js';
import { consoleOverflow, fatalSign } from '../qemu/console.js';
import { ConsoleReader } from './reader.js';

/** How often the console is looked at, and how long the rest of a trace is waited for, in milliseconds. */
const PERIOD = 500;
const REST = 1000;

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
  /** Start of the last line, which may have been half written when signs of death were last looked for. */
  private seen = 0;
  private lastNews: number;
  private dead: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds; another clock serves for tests. */
  constructor(
    private readonly console: ConsoleLog,
    private readonly listeners: Listeners,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lastNews = now();
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
    if (!this.readOn() && this.now() - this.lastNews >= REST) this.tell(this.reader.flush());
    if (this.dead === null) return;
    this.stop();
    this.timer = setTimeout(() => this.tellOfDeath(), REST);
  }

  settle(): void {
    this.readOn();
    this.tell(this.reader.flush());
  }

  starts(): number {
    this.readOn();
    return this.reader.starts;
  }

  wordsBeforeStart(): string | null {
    this.readOn();
    return this.reader.wordsBeforeStart;
  }

  silentFor(): number {
    this.readOn();
    return (this.now() - this.lastNews) / 1000;
  }

  /** Whether anything new has come. */
  private readOn(): boolean {
    const text = this.console.since(this.seen);
    const news = text.slice(this.read - this.seen);
    if (news === '') return false;
    this.lastNews = this.now();
    this.read += news.length;
    this.tell(this.reader.feed(news));
    this.dead ??= fatalSign(text);
    this.seen += text.lastIndexOf('\n') + 1;
    return true;
  }

  private tellOfDeath(): void {
    // What has come in the meantime is the rest of the trace.
    this.settle();
    if (this.dead !== null) this.listeners.onFatal(this.dead);
  }

  private tell(findings: ReturnType<ConsoleReader['flush']>): void {
    for (const finding of findings) this.listeners.onFinding(finding);
  }
}
