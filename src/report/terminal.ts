/** The table a person sees at the end of a run. */
import { append, largest } from '../base/lists.js';
import { savedNote } from './boot.js';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { RunFacts } from '../journal/replay.js';
import type { KernelVerdict } from '../verdict/types.js';
import { COLUMNS, KERNEL_TITLE, type Column, type ReportRow, reportRows, verdictCell } from './cells.js';
import { type Finding, findingOf, placeWords } from './finding.js';
import { transcriptPaths } from './paths.js';
import { shortLine } from '../base/text/short-line.js';
import { ABSENT, wrap } from './text.js';

export interface TerminalOptions {
  /** Columns of the terminal. */
  width: number;
  colour: boolean;
}

/** A word is cut only beyond this: a kernel release must stay one word, to be read and copied. */
const LONGEST_WORD = 40;
/** Widths a cell may be wrapped to, widest first. */
const WRAPS = [28, 24, 20, 17, 14, 12, 10] as const;
/** cli-table3 pads a cell by one space on each side and draws one border. */
const CELL_FRAME = 3;
/** Text is not wrapped narrower than this, however narrow the terminal. */
const LEAST_TEXT = 16;

/**
 * The matrix as a table, kernels as rows; under it a paragraph for each kernel that loses slots, is inconclusive or was not
 * measured, with the line that shows it and the place to look; a line for each whose kernel said something serious; then why num_cgroups shows what it shows, and remarks. As wide
 * as `width` allows: one table, or several stacked ones, or a list, whichever takes the fewest lines. Control characters
 * from guests never reach the terminal.
 * @param transcripts relative file name of each kernel's transcript.
 */
export function renderTerminal(
  facts: RunFacts,
  verdicts: readonly KernelVerdict[],
  { width, colour }: TerminalOptions,
  transcripts: ReadonlyMap<string, string> = transcriptPaths(facts),
): string {
  const rows = reportRows(facts, verdicts);
  const lines = wrap(shortLine(`Profile ${facts.profile}: ${facts.profileReason}`), width);
  for (const layout of bestLayout(rows.map(lineOf), width)) lines.push(layout.render(colour));
  const told = new Set<string>();
  for (const row of rows) {
    const finding = findingOf(row);
    if (finding === null) continue;
    append(lines, ['', ...paragraph(row, finding, transcripts.get(finding.kernel), { width, colour })]);
    for (const note of finding.told) told.add(`${finding.kernel}: ${note}`);
  }
  const said = rows.flatMap(({ verdict }) =>
    verdict.kernelSaid === null ? [] : bullet(verdict.kernel, verdict.kernelSaid.text, width),
  );
  if (said.length > 0) append(lines, ['', 'The kernel said:', ...said]);
  const saved = savedNote(facts);
  if (saved !== null) append(lines, ['', ...wrap(shortLine(saved), Math.max(LEAST_TEXT, width))]);
  lines.push('', 'num_cgroups at exhaustion:');
  for (const { facts: row, verdict } of rows) {
    append(lines, bullet(row.kernel.name, verdict.explanation?.text ?? ABSENT, width));
  }
  const remarks = rows.flatMap(({ verdict }) =>
    verdict.notes
      .filter((note) => !told.has(`${verdict.kernel}: ${note}`))
      .map((note) => bullet(verdict.kernel, note, width)),
  );
  if (remarks.length > 0) append(lines, ['', 'Remarks:', ...remarks.flat()]);
  return `${lines.join('\n')}\n`;
}

/** `3.10: leaks, as expected.`, what was seen, the line that shows it, and where to look. */
function paragraph(
  { verdict }: ReportRow,
  { kernel, seen, quote, from }: Finding,
  transcript: string | undefined,
  { width, colour }: TerminalOptions,
): string[] {
  const head = shortLine(`${kernel}: ${verdictCell(verdict)}.`);
  const text = wrap(shortLine(`${head} ${seen}`), Math.max(LEAST_TEXT, width));
  // The head may be longer than the first line; then the part of it that stands there is what is painted.
  const [first = ''] = text;
  const headed = first.slice(0, head.length);
  const body = [colour ? paint(headed, verdict.status) + first.slice(headed.length) : first, ...text.slice(1)];
  const below = [...(quote === null ? [] : [quote]), `see ${placeWords(from, transcript)}`];
  return [...body, ...below.flatMap((line) => hang(line, width))];
}

function bullet(name: string, text: string, width: number): string[] {
  return hang(`${name}: ${text}`, width);
}

/** An indented line, its continuations indented further. */
function hang(text: string, width: number): string[] {
  const [first = '', ...rest] = wrap(shortLine(text), Math.max(LEAST_TEXT, width - 4));
  return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
}

/** A row's cells as they are shown: made once, for they are laid out many times. */
interface Line {
  name: string;
  status: KernelVerdict['status'];
  cells: ReadonlyMap<Column, string>;
}

function lineOf(row: ReportRow): Line {
  return {
    name: shortLine(row.facts.kernel.name),
    status: row.verdict.status,
    cells: new Map(COLUMNS.map((column) => [column, shortLine(column.cell(row))])),
  };
}

interface Layout {
  /** Columns of the broadest line. */
  width: number;
  /** Lines it takes. */
  height: number;
  render: (colour: boolean) => string;
}

/**
 * Of what fits: one table; what the kernel is and what was seen, in two; the columns packed in as few tables as hold them, for
 * several widths of cells; or a list. The one of the fewest lines, the earlier of two alike.
 */
function bestLayout(rows: readonly Line[], width: number): Layout[] {
  const groups = (['facts', 'cases'] as const).map((group) => COLUMNS.filter((column) => column.group === group));
  const candidates: Layout[][] = [
    [widest(rows, COLUMNS, width)],
    groups.map((columns) => widest(rows, columns, width)),
    ...WRAPS.map((cap) => pack(rows, COLUMNS, width, cap).map(({ columns }) => widest(rows, columns, width))),
    [asList(rows, width)],
  ];
  const height = (layout: Layout[]): number => layout.reduce((sum, one) => sum + one.height, 0);
  const fitting = candidates.filter((layout) => layout.every((one) => one.width <= width));
  return (fitting.length > 0 ? fitting : candidates.slice(-1)).reduce((best, one) =>
    height(one) < height(best) ? one : best,
  );
}

/** The table whose cells are wrapped the least of those that fit; the narrowest if none does. */
function widest(rows: readonly Line[], columns: readonly Column[], width: number): Grid {
  const grids = WRAPS.map((cap) => new Grid(rows, columns, cap));
  return grids.find((grid) => grid.width <= width) ?? new Grid(rows, columns, WRAPS[WRAPS.length - 1]!);
}

/** As few stacked tables as hold the columns, each beginning with the kernel. */
function pack(rows: readonly Line[], columns: readonly Column[], width: number, cap: number): Grid[] {
  const grids: Grid[] = [];
  for (const column of columns) {
    const last = grids.at(-1);
    const wider = last === undefined ? null : new Grid(rows, [...last.columns, column], cap);
    if (wider !== null && wider.width <= width) grids[grids.length - 1] = wider;
    else grids.push(new Grid(rows, [column], cap));
  }
  return grids;
}

/** One table with its cells already wrapped, so that its size is known before it is drawn. */
class Grid implements Layout {
  readonly width: number;
  readonly height: number;
  private readonly head: string[];
  private readonly body: string[][];

  constructor(
    private readonly rows: readonly Line[],
    readonly columns: readonly Column[],
    cap: number,
  ) {
    const cell = (text: string): string => wrap(text, cap, LONGEST_WORD).join('\n');
    this.head = [KERNEL_TITLE, ...columns.map((column) => column.title)].map(cell);
    this.body = rows.map(({ name, cells }) => [name, ...columns.map((column) => cells.get(column) ?? '')].map(cell));
    const lines = [this.head, ...this.body];
    const widths = this.head.map((_, i) => largest(lines.map((line) => broadest(line[i] ?? ''))));
    this.width = widths.reduce((sum, one) => sum + one + CELL_FRAME, 1);
    // A border above each line of cells, and one below the last.
    this.height = lines.reduce((sum, cells) => sum + 1 + largest(cells.map(tallness)), 1);
  }

  render(colour: boolean): string {
    // The library's own colours are off: they would come with or without a terminal.
    const table = new Table({ head: this.head, style: { head: [], border: [], compact: false } });
    const verdictAt = this.columns.findIndex((column) => column.title === 'verdict') + 1;
    for (const [i, cells] of this.body.entries()) {
      const row = this.rows[i];
      table.push(
        cells.map((text, at) => (colour && at > 0 && at === verdictAt && row ? paint(text, row.status) : text)),
      );
    }
    return table.toString();
  }
}

function tallness(text: string): number {
  return text.split('\n').length;
}

function broadest(text: string): number {
  return largest(text.split('\n').map((line) => line.length));
}

function paint(text: string, status: KernelVerdict['status']): string {
  const colours = pc.createColors(true);
  const by = {
    'as-expected': colours.green,
    differs: colours.red,
    regressed: colours.red,
    'known-failure': colours.yellow,
    'not-measured': colours.yellow,
  };
  if (status === 'no-expectation') return text;
  // Line by line, so that no colour runs over the table's border.
  return text.split('\n').map(by[status]).join('\n');
}

/** Each kernel's name, then a line a column. */
function asList(rows: readonly Line[], width: number): Layout {
  const lines: string[] = [];
  for (const row of rows) {
    append(lines, ['', ...wrap(row.name, width)]);
    for (const column of COLUMNS) append(lines, bullet(column.title, row.cells.get(column) ?? '', width));
  }
  return { width, height: lines.length, render: () => lines.join('\n') };
}
