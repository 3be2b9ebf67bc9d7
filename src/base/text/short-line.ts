import { excerpt, IN_JOURNAL, REASON } from './excerpt.js';
import { plain } from './plain.js';

/** Text of any length as one line of a terminal or a report: plain, and no longer than a reason may be. */
export function shortLine(text: string): string {
  return excerpt(plain(text), REASON, IN_JOURNAL);
}
