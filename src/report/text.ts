/** Making text from guests safe to show, and figures readable. A guest's text may hold anything: escapes, pipes, HTML. */

/** Shown for a fact that is not available: never 0. */
export const ABSENT = '—';

/** ANSI sequences: CSI, OSC (ended by BEL or ST), and other two-character escapes. */
// eslint-disable-next-line no-control-regex
const ANSI = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;

/** Controls other than tab and newline, and the bidirectional overrides that make text read otherwise than it is. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text of several lines without terminal escapes; other control characters become visible as `\x07`. Newline and tab stay. */
export function plainLines(text: string): string {
  return text
    .replace(ANSI, '')
    .replace(/\r+\n/g, '\n')
    .replace(CONTROL, (char) => {
      const code = char.codePointAt(0) ?? 0;
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    });
}

/** The same on one line: runs of white space become one space. */
export function plain(text: string): string {
  return plainLines(text).replace(/\s+/g, ' ').trim();
}

/** One line of Markdown that shows the text as it is, in a table's cell too: no markup, no HTML, no pipe. */
export function markdown(text: string): string {
  return plain(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*[\]|~]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/^(\s*)([#+-]|\d+[.)])(?=\s|$)/, '$1\\$2');
}

/** A fenced block that its content cannot end. */
export function fenced(text: string): string {
  const body = plainLines(text).replace(/\n+$/, '');
  const longest = Math.max(2, ...(body.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${body}\n${fence}`;
}

/** Breaks text at spaces into lines of at most `width` characters; a longer word is cut only beyond `longest`. */
export function wrap(text: string, width: number, longest = width): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    while (word.length > Math.max(width, longest)) {
      if (line !== '') lines.push(line);
      lines.push(word.slice(0, Math.max(width, longest)));
      word = word.slice(Math.max(width, longest));
      line = '';
    }
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** At most `digits` decimals, without trailing zeros. */
export function figure(value: number, digits = 1): string {
  return String(Number(value.toFixed(digits)));
}

/** `34 s`, `12 min 5 s`; absent if null. */
export function duration(seconds: number | null): string {
  if (seconds === null) return ABSENT;
  if (seconds < 60) return `${figure(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Journal numbers as ranges: `12–15, 19`. */
export function seqs(from: readonly number[]): string {
  if (from.length === 0) return ABSENT;
  const parts: string[] = [];
  for (let i = 0; i < from.length; i += 1) {
    const start = i;
    while (from[i + 1] === (from[i] ?? 0) + 1) i += 1;
    parts.push(i === start ? `${from[start]}` : `${from[start]}–${from[i]}`);
  }
  return parts.join(', ');
}
