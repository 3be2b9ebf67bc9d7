/** HTML that is safe by the way it is made: whatever is put into a template is escaped, unless it is markup already. */
import { plainLines } from '../../base/text/plain.js';

/** Finished HTML. Only {@link markup} and {@link verbatim} make it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: text (escaped), markup (as it is), lists of both (joined), null (nothing). */
export type Piece = Markup | string | number | null | readonly Piece[];

/**
 * A template whose values cannot become markup, in text and in quoted attributes alike: `` markup`<p title="${a}">${b}</p>` ``.
 * Terminal escapes are left out, other controls and bidirectional overrides become visible.
 */
export function markup(strings: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(strings.map((part, i) => part + render(pieces[i] ?? null)).join(''));
}

/** Text of this program's own that is to stand as it is, such as the style sheet. Never a guest's. */
export function verbatim(text: string): Markup {
  return new Markup(text);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is the same text in HTML, in an element and in a quoted attribute. */
export function escape(text: string): string {
  return plainLines(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

function render(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'string') return escape(piece);
  if (typeof piece === 'number') return String(piece);
  return piece.map(render).join('');
}
