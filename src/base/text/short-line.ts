import { excerpt, IN_JOURNAL, left, REASON, wholePairs } from './excerpt.js';
import { plain } from './plain.js';

/** Of a longer text only as much is looked at, at its beginning and at its end: what stands between is never shown. */
const LOOKED_AT = 32 * 1024;

/** Text of any length as one line of a terminal or a report: plain, and no longer than a reason may be. */
export function shortLine(text: string): string {
  if (text.length <= 2 * LOOKED_AT) return excerpt(plain(text), REASON, IN_JOURNAL);
  const head = wholePairs(plain(text.slice(0, LOOKED_AT)).slice(0, (REASON.characters * 3) / 4));
  const tail = wholePairs(plain(text.slice(-LOOKED_AT)).slice(-REASON.characters / 4));
  return `${head} … ${left(text.length - head.length - tail.length, 'characters', IN_JOURNAL)} … ${tail}`;
}
