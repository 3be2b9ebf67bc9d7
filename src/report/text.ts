/** Figures made readable, and lines of a width. */
import { EventNumbers } from '../journal/numbers.js';

/** Shown for a fact that is not available: never 0. */
export const ABSENT = '—';

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

/** More ranges than this are told by their number. */
const LISTED = 40;

/** Journal numbers as ranges: `12–15, 19`; of many the first and the last: `12–15, 19, … (200 more) …, 900`. */
export function seqs(from: readonly number[]): string {
  const numbers = new EventNumbers();
  for (const seq of from) numbers.add(seq);
  return rangeWords(numbers);
}

/** As {@link seqs}. */
export function rangeWords(numbers: EventNumbers): string {
  if (numbers.rangeCount === 0) return ABSENT;
  const left = numbers.rangeCount - LISTED;
  const parts: string[] = [];
  let at = 0;
  for (const [first, last] of numbers.ranges()) {
    at += 1;
    if (left > 1 && at >= LISTED && at < numbers.rangeCount) continue;
    parts.push(first === last ? String(first) : `${first}–${last}`);
  }
  if (left > 1) parts.splice(-1, 0, `… (${left} more) …`);
  return parts.join(', ');
}
