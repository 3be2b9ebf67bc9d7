/** A table in a container of its own: where it is too wide, it scrolls and the page does not. */
import { markup, type Markup, type Piece } from './markup.js';

export interface TableParts {
  /** Unique in the page. */
  id: string;
  caption: Piece;
  /** The first heads the rows. */
  head: readonly string[];
  /** Cells of each row; the first is its heading. */
  rows: readonly (readonly Piece[])[];
  /** Numbers are aligned to the right from this column on, counted from 0. */
  numbersFrom?: number;
}

/** The container can be reached with the keyboard, as everything that scrolls must. */
export function table({ id, caption, head, rows, numbersFrom = head.length }: TableParts): Markup {
  const kind = (i: number) => (i >= numbersFrom ? 'number' : 'text');
  return markup`<div class="scroll" role="region" aria-labelledby="${id}-caption" tabindex="0"><table id="${id}">
<caption id="${id}-caption">${caption}</caption>
<thead><tr>${head.map((title, i) => markup`<th scope="col" class="${kind(i)}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => markup`<tr>${row.map((cell, i) => (i === 0 ? markup`<th scope="row">${cell}</th>` : markup`<td class="${kind(i)}">${cell}</td>`))}</tr>\n`)}</tbody>
</table></div>`;
}
