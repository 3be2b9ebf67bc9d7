/** A comparison as a person sees it at the end of a run: what is worse first, a line each, then the tables. */
import { wrap } from '../base/text/figures.js';
import { append, largest } from '../base/lists.js';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Comparison } from '../compare/types.js';
import {
  FIGURE_HEAD,
  KERNEL_HEAD,
  figureCells,
  headlines,
  kernelCells,
  noRegression,
  tally,
} from './comparison-rows.js';
import type { TerminalOptions } from './terminal.js';
import { shortLine } from '../base/text/short-line.js';

/** A column is not made narrower than this, nor than its longest word. */
const LEAST = 12;
/** cli-table3 pads a cell by one space on each side and draws one border. */
const CELL_FRAME = 3;

export function renderComparisonTerminal(comparison: Comparison, { width, colour }: TerminalOptions): string {
  const { red, yellow, green } = pc.createColors(colour);
  const said = headlines(comparison);
  const lines = wrap(shortLine(said.title), width);
  const say = (label: string, texts: string[], paint: (text: string) => string) => {
    for (const text of texts) append(lines, wrap(shortLine(`${label}: ${text}`), width).map(paint));
  };
  say('REGRESSION', said.regressions, red);
  if (said.regressions.length === 0)
    say(noRegression(comparison), [tally(comparison)], said.apart.length > 0 ? yellow : green);
  say('known failure', said.excused, yellow);
  say('not compared', said.apart, yellow);
  say('the circumstances differ, so times are not compared', said.circumstances, yellow);
  append(lines, table(KERNEL_HEAD, comparison.kernels.map(kernelCells), width));
  const figures = figureCells(comparison);
  if (figures.length > 0) append(lines, table(FIGURE_HEAD, figures, width));
  return `${lines.join('\n')}\n`;
}

/** As wide as its cells; where that is too wide the widest columns are wrapped, and where that does not do it becomes a list. */
function table(head: string[], rows: string[][], width: number): string[] {
  const cells = rows.map((row) => row.map(shortLine));
  const columns = head.map((title, i) => [title, ...cells.map((row) => row[i] ?? '')]);
  const widths = columns.map((texts) => longest(texts));
  const least = columns.map((texts, i) =>
    Math.min(widths[i] ?? 0, Math.max(LEAST, longest(texts.flatMap((text) => text.split(' '))))),
  );
  let over = widths.reduce((sum, one) => sum + one + CELL_FRAME, 1) - width;
  for (; over > 0; over -= 1) {
    const spare = widths.map((one, i) => (one > (least[i] ?? 0) ? one : 0));
    const widest = spare.indexOf(largest(spare));
    if (spare[widest] === 0) return list(head, cells, width);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const wrapped = (row: string[]) => row.map((text, i) => wrap(text, widths[i] ?? LEAST).join('\n'));
  // The library's own colours are off: they would come with or without a terminal.
  const drawn = new Table({ head: wrapped(head), style: { head: [], border: [], compact: true } });
  for (const row of cells) drawn.push(wrapped(row));
  return drawn.toString().split('\n');
}

function longest(texts: string[]): number {
  return largest(texts.map((text) => text.length));
}

function list(head: string[], rows: string[][], width: number): string[] {
  return rows.flatMap((row) => {
    const text = row.map((cell, i) => (i === 0 ? cell : `${head[i]}: ${cell}`)).join('; ');
    return wrap(text, Math.max(16, width - 2)).map((line, i) => (i === 0 ? line : `  ${line}`));
  });
}
