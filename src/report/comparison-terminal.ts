/** A comparison as a person sees it at the end of a run: what is worse first, a line each, then the tables. */
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
import { plain, wrap } from './text.js';

/** A last column narrower than this makes a list of the table. */
const LEAST = 16;
/** cli-table3 pads a cell by one space on each side and draws one border. */
const CELL_FRAME = 3;

export function renderComparisonTerminal(comparison: Comparison, { width, colour }: TerminalOptions): string {
  const { red, yellow, green } = pc.createColors(colour);
  const said = headlines(comparison);
  const lines = wrap(plain(said.title), width);
  const say = (label: string, texts: string[], paint: (text: string) => string) => {
    for (const text of texts) lines.push(...wrap(plain(`${label}: ${text}`), width).map(paint));
  };
  say('REGRESSION', said.regressions, red);
  if (said.regressions.length === 0)
    say(noRegression(comparison), [tally(comparison)], said.apart.length > 0 ? yellow : green);
  say('known failure', said.excused, yellow);
  say('not compared', said.apart, yellow);
  say('the circumstances differ, so times are not compared', said.circumstances, yellow);
  lines.push(...table(KERNEL_HEAD, comparison.kernels.map(kernelCells), width));
  const figures = figureCells(comparison);
  if (figures.length > 0) lines.push(...table(FIGURE_HEAD, figures, width));
  return `${lines.join('\n')}\n`;
}

/** As wide as its cells, the last column wrapped to what is left; a list if too little is. */
function table(head: string[], rows: string[][], width: number): string[] {
  const cells = rows.map((row) => row.map(plain));
  const broadest = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const fixed = broadest.slice(0, -1).reduce((sum, one) => sum + one + CELL_FRAME, 1 + CELL_FRAME);
  const last = Math.min(broadest.at(-1) ?? 0, width - fixed);
  if (last < Math.min(LEAST, broadest.at(-1) ?? 0)) return list(head, cells, width);
  // The library's own colours are off: they would come with or without a terminal.
  const drawn = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of cells) drawn.push([...row.slice(0, -1), wrap(row.at(-1) ?? '', last).join('\n')]);
  return drawn.toString().split('\n');
}

function list(head: string[], rows: string[][], width: number): string[] {
  return rows.flatMap((row) => {
    const text = row.map((cell, i) => (i === 0 ? cell : `${head[i]}: ${cell}`)).join('; ');
    return wrap(text, Math.max(16, width - 2)).map((line, i) => (i === 0 ? line : `  ${line}`));
  });
}
