import { plainLines } from './plain.js';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is the same text in HTML, in an element and in a quoted attribute, once it is plain. */
export function htmlText(text: string): string {
  return plainLines(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
