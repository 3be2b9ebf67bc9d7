/** The matrix: kernels as rows, the verdict first, each cell with a link to what proves it. */
import { ABSENT } from '../../base/text/figures.js';
import { clip } from '../../base/text/excerpt.js';
import { toneOfVerdict } from '../../document/tone.js';
import type { Tone } from '../../document/document.js';
import { KERNEL_TITLE, type Column } from '../columns.js';
import type { ReportRow } from '../input.js';
import type { Evidence } from './evidence.js';
import { markup, type Markup } from './markup.js';
import { table } from './table.js';
import { chip, symbol, words } from './tone.js';

/** A release is a guest's word, and may be long. */
const LONGEST_CELL = 300;

/**
 * The kernels in the order of `rows`; their sections are `kernel-1`, `kernel-2` …
 * @param brief of many kernels: a cell's proof is found in its kernel's section.
 */
export function matrixTable(
  rows: readonly ReportRow[],
  all: readonly Column[],
  evidence: Evidence,
  brief: boolean,
): Markup {
  const rank = ({ role, group }: Column) => (role === 'verdict' ? 0 : group === 'cases' ? 1 : 2);
  // Those of the name stand under it.
  const columns = all.filter(({ role }) => role !== 'name').sort((a, b) => rank(a) - rank(b));
  return table({
    id: 'matrix-table',
    caption: `One row a kernel: the verdict, what each case of the experiment showed, and how the kernel ran out of slots. ${brief ? 'The name of a kernel leads to what proves its cells.' : 'A number after # leads to the command that proves the cell.'}`,
    head: [KERNEL_TITLE, ...columns.map(({ title }) => title)],
    rows: rows.map((row, i) => [
      kernelCell(row, i),
      ...columns.map((column) => cell(column, row, brief ? null : evidence.ofRow(row.facts))),
    ]),
  });
}

function kernelCell(row: ReportRow, index: number): Markup {
  const release = row.facts.boot?.release ?? null;
  return markup`<a class="kernel" href="#kernel-${index + 1}">${row.facts.kernel.name}</a><span class="under">${release === null ? null : `${clip(release, LONGEST_CELL)}, `}cgroup ${row.facts.kernel.cgroup}</span>`;
}

function cell(column: Column, row: ReportRow, evidence: Evidence | null): Markup {
  const tone = column.tone?.(row) ?? 'plain';
  const text = clip(column.cell(row), LONGEST_CELL);
  if (column.role === 'verdict') {
    const word = words(row.verdict.verdict);
    const rest = text.startsWith(word) ? text.slice(word.length).replace(/^[,;]?\s*/, '') : text;
    return markup`${chip(word, toneOfVerdict(row.verdict.verdict))}<span class="under">${rest}</span>`;
  }
  const what = `${column.title} of ${row.facts.kernel.name}`;
  const link = text === ABSENT || evidence === null ? null : evidence.first(column.from?.(row) ?? [], what);
  return markup`${lines(text, tone)}${link}`;
}

/** The word is what counts; what follows it is said smaller, in the same words as everywhere. */
function lines(text: string, tone: Tone): Markup {
  const parts = text.split(', ');
  // `case 2: 0, case 3: 1`: neither follows from the other.
  if (parts.length > 1 && parts.every((part) => part.startsWith('case '))) {
    return markup`${parts.map((part) => markup`<span class="part">${part}</span>`)}`;
  }
  const end = /,| (?=\()/.exec(text)?.index ?? text.length;
  const head = text.slice(0, end);
  const rest = text.slice(end + 1).trimStart();
  return markup`<span class="cell ${tone}">${symbol(tone)}${head}</span>${rest === '' ? null : markup`<span class="under">${rest}</span>`}`;
}
