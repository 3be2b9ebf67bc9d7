import type { ConsoleClass, ConsoleFinding } from './finding.js';
import type { DeadEnd } from './dead.js';
import { Lead } from './lead.js';
import type { Message } from './messages.js';
import { SEVERITY } from './signs.js';

/** Lines kept of a report, and characters. */
const MOST_LINES = 40;
const MOST_CHARACTERS = 8192;
/** A part of one report follows within so many seconds of the kernel's clock, and no report takes longer than this. */
const SAME_REPORT = 2;
const LONGEST_REPORT = 10;
/** Without time stamps a report that has no end mark is over after so many lines. */
const LONGEST_UNSTAMPED = 60;

/** How many lines belong to a finding after its own; those that are not here have a call trace, so as many as there are. */
const FOLLOWING: Partial<Record<ConsoleClass, number>> = {
  'no-boot': 10,
  halted: 0,
  oom: 4,
  'memcg-oom': 4,
  'slab-failure': 4,
  'file-system-error': 0,
  'io-error': 0,
  'hardware-error': 0,
  leak: 0,
  'network-device': 0,
  other: 0,
};

const END = /^---\[ end |^={60,}$/;

/** Whether a line ends a report: of a warning or an oops, or of UBSAN before 5.9. */
export function isEnd(text: string): boolean {
  return END.test(text);
}

interface Open {
  finding: ConsoleFinding;
  /** Lines that may still follow. */
  left: number;
  characters: number;
  /** Of its first line, and of the last line that belonged to it. */
  began: number | null;
  kernelTime: number | null;
}

/** Puts the lines together that belong to one report, from what led to it to its end mark. */
export class Reports {
  private open: Open | null = null;
  private lead: Lead | null = null;
  private release: string | null = null;

  /** @param give is given each report once it is over. */
  constructor(private readonly give: (finding: ConsoleFinding) => void) {}

  /** A kernel starts: what the one before it left open is over. */
  begin(release: string | null): void {
    this.close();
    this.giveUpLead();
    this.release = release;
  }

  /** The boot has ended at a line that no kernel's sign fits. */
  end({ class: name, cause }: DeadEnd, message: Message): void {
    this.giveUpLead();
    this.start(name, message, cause === null || cause === message.text ? [] : [cause]);
  }

  /** What is open is over. */
  close(): void {
    if (this.open === null) return;
    const { finding } = this.open;
    this.open = null;
    this.give(finding);
  }

  /**
   * @param kernel whether the line is the kernel's own.
   * @param found what begins with it; null if nothing does.
   */
  hear(message: Message, kernel: boolean, found: ConsoleClass | null): void {
    const { kernelTime } = message;
    if (this.open && !belongs(this.open, kernelTime)) {
      // A program writes between the kernel's lines, which have stamps.
      if (kernelTime === null && found === null) return;
      this.close();
    }
    if (this.lead?.isOver(message)) this.giveUpLead();
    const lead = kernel ? Lead.of(message) : null;
    if (lead) {
      this.close();
      this.giveUpLead();
      this.lead = lead;
    } else if (this.open) this.within(this.open, message, found);
    else if (found !== null && !(this.lead && absorbs('warning', found))) this.start(found, message);
    else if (this.lead?.concerns(message)) this.led(this.lead, message, found);
  }

  private within(open: Open, message: Message, found: ConsoleClass | null): void {
    const end = isEnd(message.text);
    if (end || found === null || absorbs(open.finding.class, found)) {
      this.add(open, message);
      if (end) this.close();
    } else this.start(found, message);
  }

  private led(lead: Lead, message: Message, found: ConsoleClass | null): void {
    lead.add(message);
    if (found !== null) lead.swallowed ??= { class: found, message };
    if (isEnd(message.text)) this.giveUpLead(message);
  }

  /**
   * A report has begun and no sign has followed. If it has come to its end mark it was one all the same; else what it may have
   * swallowed is told for itself.
   */
  private giveUpLead(end?: Message): void {
    const { lead } = this;
    if (lead === null) return;
    this.lead = null;
    const line = lead.lines[1];
    if (end && lead.cutHere && line !== undefined) {
      this.start('warning', { ...end, text: line }, lead.lines.slice(0, 1));
      this.close();
    } else if (lead.swallowed) {
      this.start(lead.swallowed.class, lead.swallowed.message);
      this.close();
    }
  }

  private start(found: ConsoleClass, { text, offset, kernelTime }: Message, leading?: string[]): void {
    this.close();
    const name = found === 'oom' && this.lead?.memcg ? 'memcg-oom' : found;
    const excerpt = [...(leading ?? this.lead?.lines ?? []), text];
    this.lead = null;
    const { release } = this;
    const finding = { class: name, severity: SEVERITY[name], line: text, excerpt, offset, kernelTime, release };
    const left = FOLLOWING[name] ?? (kernelTime === null ? LONGEST_UNSTAMPED : Infinity);
    this.open = { finding, left, characters: 0, began: kernelTime, kernelTime };
    if (left === 0) this.close();
  }

  private add(open: Open, { text, kernelTime }: Message): void {
    const { excerpt } = open.finding;
    open.characters += text.length;
    if (excerpt.length < MOST_LINES && open.characters <= MOST_CHARACTERS) excerpt.push(text);
    open.kernelTime = kernelTime ?? open.kernelTime;
    open.left -= 1;
    if (open.left <= 0) this.close();
  }
}

/** Programs write between the kernel's lines, which have stamps; and a later line of the kernel is about something else. */
function belongs(open: Open, kernelTime: number | null): boolean {
  if (open.kernelTime === null || open.began === null) return true;
  if (kernelTime === null) return false;
  return Math.abs(kernelTime - open.kernelTime) <= SAME_REPORT && kernelTime - open.began <= LONGEST_REPORT;
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
    case 'lockdep':
    case 'page-allocation-failure':
      return sign === open;
    default:
      return false;
  }
}
