/** The table a person sees at the end of a run. */
import { ABSENT, wrap } from '../base/text/figures.js';
import { append } from '../base/lists.js';
import { savedNote } from './boot.js';
import { scenariosOf } from '../scenario/index.js';
import { columnsOf, verdictCell } from './columns.js';
import type { ReportInput, ReportRow } from './input.js';
import { type Finding, findingOf, placeWords } from './finding.js';
import { shortLine } from '../base/text/short-line.js';
import { bestLayout, hang, LEAST_TEXT, paint } from './terminal-table.js';

export interface TerminalOptions {
  /** Columns of the terminal. */
  width: number;
  colour: boolean;
}

/**
 * The matrix as a table, kernels as rows; under it a paragraph for each kernel that loses slots, is inconclusive or was not
 * measured, with the line that shows it and the place to look; a line for each whose kernel said something serious; then why num_cgroups shows what it shows, and remarks. As wide
 * as `width` allows: one table, or several stacked ones, or a list, whichever takes the fewest lines. Control characters
 * from guests never reach the terminal.
 */
export function renderTerminal(
  { facts, rows, transcripts }: Pick<ReportInput, 'facts' | 'rows' | 'transcripts'>,
  { width, colour }: TerminalOptions,
): string {
  const lines = wrap(shortLine(`Profile ${facts.profile}: ${facts.profileReason}`), width);
  for (const layout of bestLayout(rows, columnsOf(scenariosOf(facts.plan)), width)) lines.push(layout.render(colour));
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
  append(lines, scenarioRemarks(rows, width));
  const remarks = rows.flatMap(({ verdict }) =>
    verdict.notes
      .filter((note) => !told.has(`${verdict.kernel}: ${note}`))
      .map((note) => bullet(verdict.kernel, note, width)),
  );
  if (remarks.length > 0) append(lines, ['', 'Remarks:', ...remarks.flat()]);
  return `${lines.join('\n')}\n`;
}

/** What each scenario says of every row under the table. */
function scenarioRemarks(rows: readonly ReportRow[], width: number): string[] {
  return (rows[0]?.scenarios ?? []).flatMap(({ scenario }, i) =>
    scenario.view.remarks.flatMap(({ title, row: remark }) => [
      '',
      `${title}:`,
      ...rows.flatMap(({ facts, scenarios }) => bullet(facts.kernel.name, remark(scenarios[i]!.own) ?? ABSENT, width)),
    ]),
  );
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
