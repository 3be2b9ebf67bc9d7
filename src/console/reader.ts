import type { ConsoleClass, ConsoleFinding } from './finding.js';
import { Budget } from './budget.js';
import { type DeadEnd, DeadEnds } from './dead.js';
import { isHarmless } from './harmless.js';
import { type Message, MessageReader } from './messages.js';
import { Progress } from './progress.js';
import { isEnd, Reports } from './reports.js';
import { classOf } from './signs.js';
import { Speaker } from './speaker.js';

/**
 * Reads what a console says as it comes, in whatever pieces, and finds in it what matters. A line that is only half written
 * waits. A finding is given once what belongs to it is over: at its end mark, the next finding, a line that is clearly
 * another's, or when `flush` says that nothing more has come.
 */
export class ConsoleReader {
  /** How this boot has ended, once that is sure; what comes after changes nothing. */
  dead: DeadEnd | null = null;
  private readonly speaker = new Speaker();
  private readonly ends = new DeadEnds();
  private readonly progress = new Progress();
  private readonly budget = new Budget();
  private readonly messages: MessageReader;
  private readonly reports = new Reports((finding) => {
    if (this.budget.allows(finding.class)) this.found.push(finding);
  });
  private found: ConsoleFinding[] = [];
  private news = false;
  /** Where the line begins that was taken for the end before it was whole. */
  private diedAt: number | null = null;
  private offset: number;

  /** @param from byte of the console at which the text begins. */
  constructor(from = 0) {
    this.messages = new MessageReader(from);
    this.offset = from;
  }

  /** @param text one character a byte. */
  feed(text: string): ConsoleFinding[] {
    this.messages.feed(text, (message) => this.read(message));
    return this.taken();
  }

  /** Nothing more has come for a while: what is open is over. A half-written line goes on waiting. */
  flush(): ConsoleFinding[] {
    this.reports.close();
    return this.taken();
  }

  /** Nothing more has come for some seconds: a prompt at the end of the console may be where this boot has stopped. */
  quiet(seconds: number): ConsoleFinding[] {
    if (this.dead === null) {
      const half = this.messages.half();
      const end = this.ends.quiet(half, seconds, this.speaker.phase);
      const offset = half === '' ? this.offset : this.messages.offset;
      if (end) {
        this.diedAt = offset;
        this.die(end, { text: end.line, offset, kernelTime: null, urgent: null });
      }
    }
    return this.flush();
  }

  /** What was beyond the bounds since this was last asked, as one finding. */
  leftOut(): ConsoleFinding[] {
    const found = this.budget.leftOut({ offset: this.offset, release: this.speaker.release });
    return found === null ? [] : [found];
  }

  /** A boot is asked for: silent starts and findings are counted anew. */
  expectBoot(): void {
    this.speaker.expectBoot();
    this.budget.restart();
    this.ends.restart();
    this.progress.restart();
  }

  /** Somebody has logged in. */
  booted(): void {
    this.speaker.booted();
  }

  /** What runs the machine has seen it reset. */
  reset(): void {
    this.speaker.reset();
    this.ends.restart();
  }

  /** Whether people or SSH can log in, as far as is known. */
  get up(): boolean {
    return this.speaker.phase === 'up';
  }

  /** How many kernels have begun to speak. */
  get starts(): number {
    return this.speaker.kernels;
  }

  /** Starts of the machine since a kernel last said a word. */
  get silentStarts(): number {
    return this.speaker.silentStarts();
  }

  /** The last thing a kernel said before the latest one started; null before the second. */
  get wordsBeforeStart(): string | null {
    return this.speaker.wordsBeforeStart;
  }

  /** What the boot loader or the initramfs has complained of in this boot. */
  get complaint(): string | null {
    return this.ends.complaint();
  }

  /** Whether a line that was not there before has come since this was last asked. */
  takeNews(): boolean {
    const { news } = this;
    this.news = false;
    return news;
  }

  private taken(): ConsoleFinding[] {
    return this.found.splice(0);
  }

  private read(message: Message): void {
    this.offset = message.offset;
    if (message.offset === this.diedAt) return;
    const { kernel, starts } = this.speaker.hear(message);
    if (this.progress.isNews(message.text)) this.news = true;
    if (starts) {
      this.reports.begin(this.speaker.release);
      this.ends.restart();
      return;
    }
    const end = this.dead === null ? this.ends.read(message, kernel, this.speaker.phase) : null;
    if (end && end.class !== 'panic') this.die(end, message);
    else {
      this.dead ??= end;
      this.reports.hear(message, kernel, end ? 'panic' : classIn(message, kernel));
    }
  }

  /** The boot has ended at a line that no kernel's sign fits. */
  private die(end: DeadEnd, message: Message): void {
    this.dead = end;
    this.reports.end(end, message);
  }
}

function classIn({ text, kernelTime, urgent }: Message, kernel: boolean): ConsoleClass | null {
  // An end mark belongs to a report that was not seen, if to none.
  if (isEnd(text) || isHarmless(text)) return null;
  return classOf(text, { kernel, stamped: kernelTime !== null, urgent });
}

/** Everything that is found in a text that is whole. */
export function findingsIn(text: string): ConsoleFinding[] {
  return readWhole(text).findings;
}

/** Why a boot is dead whose console holds a text and says nothing more; null if it is not. */
export function fatalSign(text: string): string | null {
  return readWhole(text).dead?.reason ?? null;
}

/** What is found in a text that is whole, and how the boot has ended that it tells of. */
export function readWhole(text: string): { findings: ConsoleFinding[]; dead: DeadEnd | null } {
  const reader = new ConsoleReader();
  const told = reader.feed(text);
  const silent = reader.quiet(Infinity);
  const last = reader.feed('\n');
  return { findings: [...told, ...silent, ...last, ...reader.flush(), ...reader.leftOut()], dead: reader.dead };
}
