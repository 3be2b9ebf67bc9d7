/**
 * The gate for text that this program did not write: what a guest, a host, a file or a run folder says. Nothing of it is
 * shown, or put into a report, before it has passed here. Each function takes time linear in the length of the text.
 */

const ESCAPE = '\u001b';
const CSI = '\u009b';
const BELL = '\u0007';

/**
 * Characters that are not shown as they are: controls other than tab and newline, format characters (bidirectional marks,
 * zero-width spaces, soft hyphens, tags), line and paragraph separators, fillers that look like nothing, halves of surrogate
 * pairs and code points that are no characters. XML 1.0 (section 2.2) allows most of them in no form.
 */
export const UNSEEN =
  // eslint-disable-next-line no-control-regex -- single code points, never a sequence
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;

/**
 * Text of several lines: terminal escapes are left out, carriage returns before a newline too, and what cannot be seen becomes
 * visible, as `\x07` or `\u202e`. Newline and tab stay.
 */
export function plainLines(text: string): string {
  return withoutReturns(withoutEscapes(text)).replace(UNSEEN, visible);
}

/** The same on one line: runs of white space become one space. */
export function plain(text: string): string {
  return plainLines(text).replace(/\s+/g, ' ').trim();
}

/** `\x07` for a character below U+0100, else `\u202e` or `\u{e0001}`. */
function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** Carriage returns at the end of a line are left out: a terminal's newline has one, a guest may print any number. */
function withoutReturns(text: string): string {
  if (!text.includes('\r')) return text;
  const lines = text.split('\n');
  // The last piece is no whole line: what stands before its end may still be followed by more.
  for (let i = 0; i < lines.length - 1; i += 1) lines[i] = withoutTail(lines[i] ?? '', '\r');
  return lines.join('\n');
}

/** The text without the run of `char` at its end. A pattern such as `/\r+$/` would take quadratic time for a run elsewhere. */
export function withoutTail(text: string, char: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === char) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

/** Text without ANSI sequences (ECMA-48): CSI, OSC ended by BEL or ST, choices of character set, and two-character escapes. */
export function withoutEscapes(text: string): string {
  if (!text.includes(ESCAPE) && !text.includes(CSI)) return text;
  const pieces: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length;) {
    const end = sequenceEnd(text, at);
    if (end === at) {
      at += 1;
      continue;
    }
    pieces.push(text.slice(kept, at));
    kept = at = end;
  }
  pieces.push(text.slice(kept));
  return pieces.join('');
}

/** The index after the sequence that begins at `at`; `at` if none begins there or it is not whole. */
function sequenceEnd(text: string, at: number): number {
  const char = text[at];
  if (char === CSI) return csiEnd(text, at + 1) ?? at;
  if (char !== ESCAPE) return at;
  const next = text[at + 1];
  if (next === undefined) return at;
  if (next === '[') return csiEnd(text, at + 2) ?? at;
  if (next === ']') return oscEnd(text, at + 2) ?? at;
  if ('()*+'.includes(next)) return between(text[at + 2], '0', '~') ? at + 3 : at;
  return between(next, '@', 'Z') || between(next, '\\', '_') || next === 'c' ? at + 2 : at;
}

/** Parameter and intermediate bytes, then one final byte. */
function csiEnd(text: string, from: number): number | null {
  let at = from;
  while (between(text[at], '0', '?')) at += 1;
  while (between(text[at], ' ', '/')) at += 1;
  return between(text[at], '@', '~') ? at + 1 : null;
}

/** Anything up to BEL or ST; another escape or a newline before means that it has no end, so that no line hides the next. */
function oscEnd(text: string, from: number): number | null {
  let at = from;
  while (at < text.length && text[at] !== BELL && text[at] !== ESCAPE && text[at] !== '\n') at += 1;
  if (text[at] === BELL) return at + 1;
  return text[at] === ESCAPE && text[at + 1] === '\\' ? at + 2 : null;
}

function between(char: string | undefined, low: string, high: string): boolean {
  return char !== undefined && char >= low && char <= high;
}
