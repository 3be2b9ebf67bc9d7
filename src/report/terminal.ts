/** The table a person sees at the end of a run. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { RunFacts } from '../journal/replay.js';
import type { KernelVerdict } from '../verdict/types.js';
import { COLUMNS, KERNEL_TITLE, type Column, type ReportRow, reportRows } from './cells.js';
import { ABSENT, plain, wrap } from './text.js';

export interface TerminalOptions {
  /** Columns of the terminal. */
  width: number;
  colour: boolean;
}

/** A word is cut only beyond this: a kernel release must stay one word, to be read and copied. */
const LONGEST_WORD = 40;
/** Widths a cell may be wrapped to, widest first. */
const WRAPS = [28, 20, 14, 10] as const;
/** cli-table3 pads a cell by one space on each side and draws one border. */
const CELL_FRAME = 3;

/**
 * The matrix as a table, kernels as rows, then why num_cgroups shows what it shows, then what is to be said about single
 * kernels. As wide as `width` allows: one table, or two stacked ones (what the kernel is; what was seen), or as many as it
 * takes, or a list where not even one column fits. Control characters from guests never reach the terminal.
 */
export function renderTerminal(
  facts: RunFacts,
  verdicts: readonly KernelVerdict[],
  { width, colour }: TerminalOptions,
): string {
  const rows = reportRows(facts, verdicts);
  const lines = wrap(plain(`Profile ${facts.profile}: ${facts.profileReason}`), width);
  for (const layout of layouts(rows, width)) lines.push(layout.render(colour));
  lines.push('', 'num_cgroups at exhaustion:');
  for (const { facts: row, verdict } of rows) {
    lines.push(...bullet(row.kernel.name, verdict.explanation?.text ?? ABSENT, width));
  }
  const remarks = rows.flatMap(({ verdict }) => [
    ...verdict.reasons.map((reason) => bullet(verdict.kernel, reason, width)),
    ...verdict.notes.map((note) => bullet(verdict.kernel, `note: ${note}`, width)),
  ]);
  if (remarks.length > 0) lines.push('', 'Remarks:', ...remarks.flat());
  return `${lines.join('\n')}\n`;
}

function bullet(name: string, text: string, width: number): string[] {
  const [first = '', ...rest] = wrap(plain(`${name}: ${text}`), Math.max(16, width - 4));
  return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
}

interface Layout {
  render: (colour: boolean) => string;
}

function layouts(rows: ReportRow[], width: number): Layout[] {
  for (const cap of WRAPS.slice(0, -1)) {
    const whole = new Grid(rows, COLUMNS, cap);
    if (whole.width <= width) return [whole];
  }
  const groups = (['facts', 'cases'] as const).map((group) => COLUMNS.filter((column) => column.group === group));
  for (const cap of WRAPS) {
    const grids = groups.map((columns) => new Grid(rows, columns, cap));
    if (grids.every((grid) => grid.width <= width)) return grids;
  }
  const packed = groups.flatMap((columns) => pack(rows, columns, width));
  return packed.every((grid) => grid.width <= width) ? packed : [{ render: () => asList(rows, width) }];
}

/** As few stacked tables as hold the columns, each beginning with the kernel. */
function pack(rows: ReportRow[], columns: Column[], width: number): Grid[] {
  const grids: Grid[] = [];
  for (const column of columns) {
    const last = grids.at(-1);
    const wider = last === undefined ? null : new Grid(rows, [...last.columns, column], 10);
    if (wider !== null && wider.width <= width) grids[grids.length - 1] = wider;
    else grids.push(new Grid(rows, [column], 10));
  }
  return grids;
}

/** One table with its cells already wrapped, so that its width is known before it is drawn. */
class Grid implements Layout {
  readonly width: number;
  private readonly head: string[];
  private readonly body: string[][];

  constructor(
    private readonly rows: ReportRow[],
    readonly columns: readonly Column[],
    cap: number,
  ) {
    const cell = (text: string): string => wrap(plain(text), cap, LONGEST_WORD).join('\n');
    this.head = [KERNEL_TITLE, ...columns.map((column) => column.title)].map(cell);
    this.body = rows.map((row) => [row.facts.kernel.name, ...columns.map((column) => column.cell(row))].map(cell));
    const widths = this.head.map((_, i) =>
      Math.max(...[this.head, ...this.body].map((line) => broadest(line[i] ?? ''))),
    );
    this.width = widths.reduce((sum, one) => sum + one + CELL_FRAME, 1);
  }

  render(colour: boolean): string {
    // The library's own colours are off: they would come with or without a terminal.
    const table = new Table({ head: this.head, style: { head: [], border: [], compact: false } });
    const verdictAt = this.columns.findIndex((column) => column.title === 'verdict') + 1;
    for (const [i, cells] of this.body.entries()) {
      const row = this.rows[i];
      table.push(
        cells.map((text, at) => (colour && at > 0 && at === verdictAt && row ? paint(text, row.verdict.status) : text)),
      );
    }
    return table.toString();
  }
}

function broadest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
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

function asList(rows: ReportRow[], width: number): string {
  const lines: string[] = [];
  for (const row of rows) {
    lines.push('', ...wrap(plain(row.facts.kernel.name), width));
    for (const column of COLUMNS) lines.push(...bullet(column.title, column.cell(row), width));
  }
  return lines.join('\n');
}
