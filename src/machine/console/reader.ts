import { type ConsoleClass, type ConsoleFinding, MOST_OF_A_CLASS } from '../../journal/console-finding.js';
import { plainLines } from '../qemu/console.js';
import { isHarmless } from './harmless.js';
import { classOf, SEVERITY } from './signs.js';

/** Lines kept of what follows a sign. */
const MOST_LINES = 40;
/** Lines kept of what led to it. */
const MOST_LEADING = 4;
/** Lines after which what looked like the beginning of something (an out-of-memory report is long) has led to nothing. */
const LONGEST_LEAD = 400;
/** A part of one report follows within so many seconds of the kernel's clock. */
const SAME_REPORT = 2;
/** A line without an end is taken as it is when it is this long. */
const LONGEST_LINE = 16 * 1024;

/** How many lines belong to a finding after its own; those that are not here have a call trace, so as many as are kept. */
const FOLLOWING: Partial<Record<ConsoleClass, number>> = {
  'no-boot': 10,
  oom: 4,
  'memcg-oom': 4,
  'slab-failure': 4,
  'file-system-error': 0,
  'io-error': 0,
  other: 0,
};

/** A time stamp, printed by the kernel before its line, perhaps after half a line of somebody else; then who printed it. */
const STAMP = /\[ *(\d+\.\d{6})\](?:\[ *[CT]\d+\])? ?(.*)$/;
const VERSION = /^Linux version (\S+)/;
const CUT_HERE = /^-+\[ cut here \]-+$/;
const END = /^---\[ end /;
const OOM_BEGINS = /\binvoked oom-killer: /;

interface Line {
  text: string;
  offset: number;
  kernelTime: number | null;
}

interface Open {
  finding: ConsoleFinding;
  /** Lines that may still follow. */
  left: number;
  /** Of the last line that belonged to it. */
  kernelTime: number | null;
}

/**
 * Reads what a console says as it comes, in whatever pieces, and finds in it what matters. A line that is only half written
 * waits. A finding is given once what belongs to it is over: at its end mark, the next finding, a line that is clearly
 * another's, or when `flush` says that nothing more has come.
 */
export class ConsoleReader {
  /** How many kernels have started. */
  starts = 0;
  /** The last thing a kernel said before the latest one started; null before the second. */
  wordsBeforeStart: string | null = null;
  private rest = '';
  private offset: number;
  private open: Open | null = null;
  private lead: { lines: string[]; age: number } | null = null;
  private release: string | null = null;
  private lastWords: string | null = null;
  private found: ConsoleFinding[] = [];
  private readonly counts = new Map<ConsoleClass, number>();

  /** @param from byte of the console at which the text begins. */
  constructor(from = 0) {
    this.offset = from;
  }

  /** @param text one character a byte. */
  feed(text: string): ConsoleFinding[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.whole(line, 1);
    if (this.rest.length > LONGEST_LINE) {
      this.whole(this.rest, 0);
      this.rest = '';
    }
    return this.taken();
  }

  /** Nothing more has come for a while: what is open is over. A half-written line goes on waiting. */
  flush(): ConsoleFinding[] {
    this.close();
    return this.taken();
  }

  private taken(): ConsoleFinding[] {
    return this.found.splice(0);
  }

  private whole(raw: string, end: number): void {
    for (const shown of plainLines(raw)) {
      const stamp = STAMP.exec(shown);
      const [text, kernelTime] = stamp ? [stamp[2] ?? '', Number(stamp[1])] : [shown, null];
      this.read({ text: text.trim(), offset: this.offset, kernelTime });
    }
    this.offset += raw.length + end;
  }

  private read(line: Line): void {
    const { text, kernelTime } = line;
    const version = VERSION.exec(text);
    if (version) {
      this.begin(version[1]!);
      return;
    }
    if (kernelTime !== null) this.lastWords = text;
    if (this.open && !this.belongs(this.open, line)) return this.alone(line);
    if (CUT_HERE.test(text)) {
      this.close();
      this.lead = { lines: [text], age: 0 };
      return;
    }
    const found = isHarmless(text) ? null : classOf(text, kernelTime !== null);
    if (this.open === null) return this.outside(found, line);
    if (END.test(text)) {
      this.add(this.open, line);
      this.close();
      return;
    }
    if (found === null || absorbs(this.open.finding.class, found)) return this.add(this.open, line);
    this.start(found, line);
  }

  /** A kernel starts: what the one before it left open is over, and its words are its last. */
  private begin(release: string): void {
    this.close();
    this.lead = null;
    this.starts += 1;
    if (this.starts > 1) this.wordsBeforeStart = this.lastWords;
    this.lastWords = null;
    this.release = release;
    this.counts.clear();
  }

  /** Programs write between the kernel's lines, which have stamps; and a later line of the kernel is about something else. */
  private belongs(open: Open, { kernelTime }: Line): boolean {
    if (open.kernelTime === null) return true;
    return kernelTime !== null && Math.abs(kernelTime - open.kernelTime) <= SAME_REPORT;
  }

  private alone(line: Line): void {
    // The firmware and the boot loader have no stamps either, and come once the kernel is gone.
    if (line.kernelTime === null && classOf(line.text, false) !== 'no-boot') return;
    this.close();
    this.read(line);
  }

  private outside(found: ConsoleClass | null, line: Line): void {
    // An out-of-memory report has traces and figures before the line that says who was killed.
    if (OOM_BEGINS.test(line.text)) this.lead = { lines: [], age: 0 };
    else if (found !== null && !(this.lead && absorbs('warning', found))) {
      this.start(found, line);
      return;
    }
    if (this.lead === null) return;
    this.lead.age += 1;
    if (this.lead.lines.length < MOST_LEADING) this.lead.lines.push(line.text);
    if (this.lead.age > LONGEST_LEAD) this.lead = null;
  }

  private start(found: ConsoleClass, { text, offset, kernelTime }: Line): void {
    this.close();
    const finding: ConsoleFinding = {
      class: found,
      severity: SEVERITY[found],
      line: text,
      excerpt: [...(this.lead?.lines ?? []), text],
      offset,
      kernelTime,
      release: this.release,
    };
    this.lead = null;
    this.open = { finding, left: FOLLOWING[found] ?? Infinity, kernelTime };
    if (this.open.left === 0) this.close();
  }

  private add(open: Open, { text, kernelTime }: Line): void {
    const { excerpt } = open.finding;
    if (excerpt.length < MOST_LINES) excerpt.push(text);
    open.kernelTime = kernelTime ?? open.kernelTime;
    open.left -= 1;
    if (open.left <= 0) this.close();
  }

  private close(): void {
    if (this.open === null) return;
    const { finding } = this.open;
    this.open = null;
    const count = (this.counts.get(finding.class) ?? 0) + 1;
    this.counts.set(finding.class, count);
    if (count <= MOST_OF_A_CLASS) this.found.push(finding);
  }
}

/** Whether a sign is a part of the report of what is open, not something new. */
function absorbs(open: ConsoleClass, sign: ConsoleClass): boolean {
  if (sign === 'trace' || sign === 'other') return true;
  switch (open) {
    case 'oops':
    case 'kernel-bug':
      // `BUG: unable to handle …` and `kernel BUG at …` are followed by `Oops: 0000 [#1]` or `invalid opcode: 0000 [#1]`.
      return sign === 'oops';
    case 'rcu-stall':
    case 'panic':
      return sign === open;
    default:
      return false;
  }
}

/** Everything that is found in a text that is whole. */
export function findingsIn(text: string): ConsoleFinding[] {
  const reader = new ConsoleReader();
  return [...reader.feed(`${text}\n`), ...reader.flush()];
}
