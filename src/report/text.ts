/** Numbers of journal events as ranges. */
import { ABSENT } from '../base/text/figures.js';
import { EventNumbers } from '../journal/numbers.js';

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
