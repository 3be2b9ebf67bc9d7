/** A comparison as Markdown: what is worse first, then the tables. */
import { markdown } from '../base/text/markdown.js';
import { append } from '../base/lists.js';
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

/**
 * The comparison under a heading.
 * @param level of the heading, 1 for a document of its own.
 */
export function renderComparisonMarkdown(comparison: Comparison, level: 1 | 2 = 1): string {
  const said = headlines(comparison);
  const lines = [`${'#'.repeat(level)} ${markdown(said.title)}`, ''];
  if (said.regressions.length === 0) lines.push(markdown(`Result: ${noRegression(comparison)}; ${tally(comparison)}.`));
  for (const line of said.regressions) lines.push(`- **regression:** ${markdown(line)}`);
  for (const line of said.excused) lines.push(`- known failure: ${markdown(line)}`);
  for (const line of said.apart) lines.push(`- not compared: ${markdown(line)}`);
  if (said.circumstances.length > 0) {
    lines.push('', 'The circumstances differ, so times are not compared:', '');
    for (const line of said.circumstances) lines.push(`- ${markdown(line)}`);
  }
  append(lines, ['', ...table(KERNEL_HEAD, comparison.kernels.map(kernelCells))]);
  const figures = figureCells(comparison);
  if (figures.length > 0) append(lines, ['', ...table(FIGURE_HEAD, figures)]);
  return `${lines.join('\n')}\n`;
}

function table(head: string[], rows: string[][]): string[] {
  return [head, head.map(() => '---'), ...rows.map((row) => row.map(markdown))].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
}
