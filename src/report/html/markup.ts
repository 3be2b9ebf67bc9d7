/** HTML that is safe by the way it is made: whatever is put into a template is escaped, unless it is markup already. */
import { htmlText } from '../../base/text/html.js';

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

function render(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'string') return htmlText(piece);
  if (typeof piece === 'number') return String(piece);
  return piece.map(render).join('');
}
