import { withoutEscapes } from '../base/text/plain.js';

/** Of a line that never ends so many bytes are looked at together: a guest may print what it likes. */
const LONGEST_LINE = 4096;
/** What is kept of a message; the kernel cuts its own shorter (`PRINTKRB_RECORD_MAX`, before 5.10 `LOG_LINE_MAX`). */
const LONGEST_MESSAGE = 1024;
/** No time stamp is longer, so a cut this far before the end goes through none. */
const LONGEST_STAMP = 48;

/**
 * A time stamp as the kernel prints it, and the thread or processor that spoke, where it prints that too
 * (`print_time` and `print_caller` of kernel/printk/printk.c, 3.10 to 7.x).
 */
const STAMP = /\[ {0,11}\d{1,10}\.\d{6}\](?:\[ {0,10}[CT]\d{1,10}\])? ?/g;
/** What `dmesg -x` prints before the stamp: who spoke (`kern`, `daemon`), and how urgent it is. */
const LEVEL = /^(kern|user|daemon|syslog|auth\w*|cron|mail|lpr|news|uucp|ftp|local\d) *:(\w+) *: *$/;
const URGENT: readonly string[] = ['emerg', 'alert', 'crit', 'err'];

/** What one speaker said at one time. A line of a console may hold several: each stamp begins one. */
export interface Message {
  /** Without its stamp, terminal escapes, control characters, and blanks at both ends; cut. */
  text: string;
  /** Byte of the console at which it begins. */
  offset: number;
  /** Seconds since the kernel started; null without a stamp. */
  kernelTime: number | null;
  /** Whether `dmesg -x` gives it a level from `emerg` to `err`; null where there is no level. */
  urgent: boolean | null;
}

/** Cuts what a console says, in whatever pieces it comes, into messages. Takes time linear in the text, and bounded memory. */
export class MessageReader {
  private rest = '';
  /** Whether what is left is the rest of a line of which a part was given already. */
  private continued = false;

  /** @param offset byte of the console at which the text begins; later, at which the half line begins. */
  constructor(public offset = 0) {}

  /**
   * @param text one character a byte.
   * @param hear is given the messages of all lines that have ended, one by one: there may be millions.
   */
  feed(text: string, hear: (message: Message) => void): void {
    for (let from = 0; from <= text.length;) {
      const end = lineEnd(text, from);
      this.rest += text.slice(from, end === -1 ? text.length : end);
      while (this.rest.length > LONGEST_LINE) this.take(cutOf(this.rest), 0, hear);
      if (end === -1) break;
      this.take(this.rest.length, 1, hear);
      this.continued = false;
      from = end + 1;
    }
  }

  /** What stands on the last line, which has no end yet; nothing if its beginning was too long and was given. */
  half(): string {
    return this.continued ? '' : clean(this.rest).trim();
  }

  private take(length: number, end: number, hear: (message: Message) => void): void {
    messagesOf(this.rest.slice(0, length), { offset: this.offset, continued: this.continued }, hear);
    this.rest = this.rest.slice(length);
    this.offset += length + end;
    this.continued = true;
  }
}

/** The position of the next newline or carriage return: each ends a line. */
function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return -1;
}

/** Where a line that is too long is cut, so that no stamp is. */
function cutOf(line: string): number {
  const bracket = line.lastIndexOf('[', LONGEST_LINE - 1);
  return bracket > LONGEST_LINE - LONGEST_STAMP ? bracket : LONGEST_LINE;
}

function messagesOf(raw: string, at: { offset: number; continued: boolean }, hear: (message: Message) => void): void {
  if (raw === '') return;
  let before: Message | null = at.continued ? null : { text: '', offset: at.offset, kernelTime: null, urgent: null };
  let begin = 0;
  const end = (until: number) => {
    if (before === null) return;
    before.text = clean(raw.slice(begin, until)).trim().slice(0, LONGEST_MESSAGE);
    if (before.text !== '') hear(before);
  };
  for (const stamp of raw.matchAll(STAMP)) {
    const level: RegExpExecArray | null = LEVEL.exec(raw.slice(begin, stamp.index));
    if (level === null) end(stamp.index);
    const urgent = level === null ? null : level[1] === 'kern' && URGENT.includes(level[2] ?? '');
    const kernelTime = Number(/\d{1,12}\.\d{1,9}/.exec(stamp[0])?.[0]);
    before = { text: '', offset: at.offset + stamp.index, kernelTime, urgent };
    begin = stamp.index + stamp[0].length;
  }
  end(raw.length);
}

/** Text of a console, one character a byte, as people read it: decoded, without escapes and control characters; tabs stay. */
function clean(bytes: string): string {
  // eslint-disable-next-line no-control-regex -- single characters, never a sequence
  return withoutEscapes(decoded(bytes)).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '');
}

/** Before escapes are looked for: a byte of a UTF-8 character would be taken for one. */
function decoded(bytes: string): string {
  return /[\x80-\xff]/.test(bytes) && !/[\u0100-\uffff]/.test(bytes)
    ? Buffer.from(bytes, 'latin1').toString('utf8')
    : bytes;
}

/** Lines of a console, cleaned, without those that are empty; of a line that never ends only the beginning. */
export function plainLines(text: string): string[] {
  const lines: string[] = [];
  for (let from = 0; from < text.length;) {
    const found = lineEnd(text, from);
    const end = found === -1 ? text.length : found;
    const line = end === from ? '' : clean(text.slice(from, Math.min(end, from + LONGEST_LINE))).trimEnd();
    if (line !== '') lines.push(line);
    from = end + 1;
  }
  return lines;
}
