/** The matrix as tables of a terminal: as wide as there is room, and of the fewest lines. */
import { wrap } from '../base/text/figures.js';
import Table from 'cli-table3';
import pc from 'picocolors';
import { append, largest } from '../base/lists.js';
import { shortLine } from '../base/text/short-line.js';
import type { KernelVerdict } from '../verdict/types.js';
import { KERNEL_TITLE, type Column } from './columns.js';
import type { ReportRow } from './input.js';

/** A word is cut only beyond this: a kernel release must stay one word, to be read and copied. */
const LONGEST_WORD = 40;
/** Widths a cell may be wrapped to, widest first. */
const WRAPS = [28, 24, 20, 17, 14, 12, 10] as const;
/** cli-table3 pads a cell by one space on each side and draws one border. */
const CELL_FRAME = 3;
/** Text is not wrapped narrower than this, however narrow the terminal. */
export const LEAST_TEXT = 16;

/** Part of the matrix. */
export interface Layout {
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
export function bestLayout(rows: readonly ReportRow[], all: readonly Column[], width: number): Layout[] {
  const cells = new AllCells(rows);
  const groups = (['facts', 'cases'] as const).map((group) => all.filter((column) => column.group === group));
  const tables: Layout[][] = [
    [widest(cells, all, width)],
    groups.map((columns) => widest(cells, columns, width)),
    ...WRAPS.map((cap) => pack(cells, all, width, cap).map(({ columns }) => widest(cells, columns, width))),
  ];
  const height = (layout: Layout[]): number => layout.reduce((sum, one) => sum + one.height, 0);
  const shortest = (of: Layout[][]) => of.reduce((best, one) => (height(one) < height(best) ? one : best));
  const fitting = tables.filter((layout) => layout.every((one) => one.width <= width));
  const best = fitting.length === 0 ? null : shortest(fitting);
  // An empty line, the name, and a line a column at least: of many rows a list is not made for nothing.
  if (best !== null && height(best) <= rows.length * (2 + all.length)) return best;
  const list = [asList(rows, all, width)];
  return best === null ? list : shortest([best, list]);
}

/** The table whose cells are wrapped the least of those that fit; the narrowest if none does. */
function widest(cells: AllCells, columns: readonly Column[], width: number): Grid {
  let narrowest = new Grid(cells, columns, WRAPS[0]);
  for (const cap of WRAPS) {
    narrowest = new Grid(cells, columns, cap);
    if (narrowest.width <= width) break;
  }
  return narrowest;
}

/** As few stacked tables as hold the columns, each beginning with the kernel. */
function pack(cells: AllCells, columns: readonly Column[], width: number, cap: number): Grid[] {
  const grids: Grid[] = [];
  for (const column of columns) {
    const last = grids.at(-1);
    const wider = last === undefined ? null : new Grid(cells, [...last.columns, column], cap);
    if (wider !== null && wider.width <= width) grids[grids.length - 1] = wider;
    else grids.push(new Grid(cells, [column], cap));
  }
  return grids;
}

/** The texts of one column, its head first, and how large they are where they are wrapped to a width. */
class Cells {
  private readonly sizes = new Map<number, { width: number; heights: number[] }>();

  constructor(private readonly texts: readonly string[]) {}

  wrapped(index: number, cap: number): string {
    return wrap(this.texts[index] ?? '', cap, LONGEST_WORD).join('\n');
  }

  size(cap: number): { width: number; heights: readonly number[] } {
    const known = this.sizes.get(cap);
    if (known !== undefined) return known;
    let width = 0;
    const heights = this.texts.map((text) => {
      const lines = wrap(text, cap, LONGEST_WORD);
      for (const line of lines) width = Math.max(width, line.length);
      return lines.length;
    });
    const size = { width, heights };
    this.sizes.set(cap, size);
    return size;
  }
}

/** The columns of the matrix, each made once however many tables are tried. */
class AllCells {
  readonly kernels: Cells;
  private readonly columns = new Map<Column, Cells>();

  constructor(readonly rows: readonly ReportRow[]) {
    this.kernels = new Cells([KERNEL_TITLE, ...rows.map(({ facts }) => shortLine(facts.kernel.name))]);
  }

  of(column: Column): Cells {
    let cells = this.columns.get(column);
    if (cells === undefined) {
      cells = new Cells([column.title, ...this.rows.map((row) => shortLine(column.cell(row)))]);
      this.columns.set(column, cells);
    }
    return cells;
  }
}

/** Rows that are drawn at once: what cli-table3 needs for a table grows with the square of its rows. */
const BLOCK = 100;

/** One table, whose size is known before it is drawn. */
class Grid implements Layout {
  readonly width: number;
  readonly height: number;
  private readonly cells: Cells[];

  constructor(
    private readonly all: AllCells,
    readonly columns: readonly Column[],
    private readonly cap: number,
  ) {
    this.cells = [all.kernels, ...columns.map((column) => all.of(column))];
    const sizes = this.cells.map((each) => each.size(cap));
    this.width = sizes.reduce((sum, { width }) => sum + width + CELL_FRAME, 1);
    this.height = 1;
    for (let i = 0; i <= all.rows.length; i += 1) {
      // A border above each line of cells, and one below the last.
      this.height += 1 + largest(sizes.map(({ heights }) => heights[i] ?? 1));
    }
  }

  render(colour: boolean): string {
    const lines: string[] = [];
    for (let first = 0; first === 0 || first < this.all.rows.length; first += BLOCK) {
      const block = this.block(first, colour).split('\n');
      // The border between two blocks is the upper one of the second.
      if (first + BLOCK < this.all.rows.length) block.pop();
      append(lines, block);
    }
    return lines.join('\n');
  }

  private block(first: number, colour: boolean): string {
    const line = (index: number): string[] => this.cells.map((each) => each.wrapped(index, this.cap));
    const table = new Table({
      ...(first === 0 ? { head: line(0) } : { chars: BETWEEN }),
      colWidths: this.cells.map((each) => each.size(this.cap).width + CELL_FRAME - 1),
      // The library's own colours are off: they would come with or without a terminal.
      style: { head: [], border: [], compact: false },
    });
    const verdictAt = this.columns.findIndex(({ role }) => role === 'verdict') + 1;
    for (const [i, row] of this.all.rows.slice(first, first + BLOCK).entries()) {
      table.push(
        line(first + i + 1).map((text, at) =>
          colour && at > 0 && at === verdictAt ? paint(text, row.verdict.status) : text,
        ),
      );
    }
    return table.toString();
  }
}

/** The upper border of rows that others stand above. */
const BETWEEN = { top: '─', 'top-mid': '┼', 'top-left': '├', 'top-right': '┤' };

/** Each kernel's name, then a line a column. */
function asList(rows: readonly ReportRow[], columns: readonly Column[], width: number): Layout {
  const lines: string[] = [];
  for (const row of rows) {
    append(lines, ['', ...wrap(shortLine(row.facts.kernel.name), width)]);
    for (const column of columns) append(lines, hang(`${column.title}: ${column.cell(row)}`, width));
  }
  return { width, height: lines.length, render: () => lines.join('\n') };
}

/** An indented line, its continuations indented further. */
export function hang(text: string, width: number): string[] {
  const [first = '', ...rest] = wrap(shortLine(text), Math.max(LEAST_TEXT, width - 4));
  return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
}

export function paint(text: string, status: KernelVerdict['status']): string {
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
