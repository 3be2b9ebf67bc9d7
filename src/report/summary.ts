/** A run on one screen, as Markdown for the page of a CI job: the answer, the table, what is wrong, where the rest is. */
import type { RunFacts } from '../run-events/facts.js';
import { ABSENT, duration } from '../base/text/figures.js';
import { clip } from '../base/text/excerpt.js';
import { markdown } from '../base/text/markdown.js';
import { tally, headlines } from './comparison-rows.js';
import type { Comparison } from '../compare/types.js';
import type { KernelVerdict } from '../verdict/types.js';
import type { ReportInput, ReportRow } from './input.js';
import { findingOf, placeWords } from './finding.js';

/** A mark and its word, so that neither a colour nor a picture alone says it. */
const MARKS: Record<KernelVerdict['status'], string> = {
  'as-expected': '✅ as expected',
  differs: '❌ differs',
  regressed: '❌ worse',
  'known-failure': '⚠️ known failure',
  'not-measured': '⚠️ not measured',
  'no-expectation': '➖ no expectation',
};

/**
 * The summary. Its size grows by a line of the table, and a line of text where something is to be said, for each kernel.
 * Guests' text is escaped as in the whole report.
 */
export function renderSummary({ facts, verdicts, rows, transcripts, comparison }: ReportInput): string {
  const lines = [
    `### ${markdown(answer(verdicts))}`,
    '',
    markdown(`${bearing(verdicts)} ${state(facts)}`),
    '',
    ...table(rows),
    ...comparisonLines(comparison),
    ...findingLines(rows, transcripts),
    '',
    `Run ${markdown(facts.run)}, profile ${markdown(facts.profile)} (${markdown(facts.profileReason)}). In its folder: ` +
      '`matrix.md` has all of it, `kernels/*/transcript.txt` each command and answer (numbers after “journal” are those in ' +
      'their margin), `journal.jsonl` what everything is made from.',
  ];
  return `${lines.join('\n')}\n`;
}

/** Which kernels leak, in one sentence. */
export function answer(verdicts: readonly KernelVerdict[]): string {
  const clauses = CLAUSES.flatMap(([word, one, more]) => {
    const names = verdicts.filter(({ verdict }) => verdict === word).map(({ kernel }) => kernel);
    return names.length === 0 ? [] : [`${list(names)} ${names.length === 1 ? one : more}`];
  });
  return clauses.length === 0 ? 'The run has no kernel.' : `${clauses.join('; ')}.`;
}

const CLAUSES: readonly [KernelVerdict['verdict'], string, string][] = [
  ['leaks', 'leaks memory cgroups', 'leak memory cgroups'],
  ['reclaimable', 'loses slots but gives them back', 'lose slots but give them back'],
  ['clean', 'leaks none', 'leak none'],
  ['inconclusive', 'is inconclusive', 'are inconclusive'],
  ['not-measured', 'was not measured', 'were not measured'],
];

const LONGEST_LIST = 6;

function list(names: readonly string[]): string {
  if (names.length > LONGEST_LIST) return `${names.length} kernels`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What the answer comes to: against what was expected, and against the baseline. */
function bearing(verdicts: readonly KernelVerdict[]): string {
  const names = (of: (verdict: KernelVerdict) => boolean) => verdicts.filter(of).map(({ kernel }) => kernel);
  const said: [string, string[]][] = [
    ['Worse than the baseline', names(({ status }) => status === 'regressed')],
    ['Not as expected', names(({ asExpected, status }) => asExpected === false && status !== 'known-failure')],
    ['Known to fail', names(({ status }) => status === 'known-failure')],
    ['Without an answer', names(({ status }) => status === 'not-measured')],
  ];
  const parts = said
    .filter(([, kernels]) => kernels.length > 0)
    .map(([words, kernels]) => `${words}: ${list(kernels)}.`);
  return parts.length === 0 ? 'Nothing differs from what is expected.' : parts.join(' ');
}

function state(facts: RunFacts): string {
  if (facts.finished !== null) return `It took ${duration(facts.finished.seconds)}.`;
  return facts.interrupted === null ? 'The run did not finish.' : `Interrupted by ${facts.interrupted.signal}.`;
}

function table(rows: readonly ReportRow[]): string[] {
  const brief = (row: ReportRow | undefined) =>
    (row?.scenarios ?? []).flatMap(({ scenario, own }) =>
      scenario.view.brief.map(({ title, cell }) => ({ title, text: cell(own) })),
    );
  const head = ['', 'kernel', 'release', 'verdict', 'expected', ...brief(rows[0]).map(({ title }) => title)];
  const cells = rows.map((row) => [
    MARKS[row.verdict.status],
    row.facts.kernel.name,
    row.facts.boot?.release ?? ABSENT,
    row.verdict.verdict.replace('-', ' '),
    row.verdict.expected ?? ABSENT,
    ...brief(row).map(({ text }) => text),
  ]);
  return [head, head.map(() => '---'), ...cells.map((line) => line.map(markdown))].map(
    (line) => `| ${line.join(' | ')} |`,
  );
}

function comparisonLines(comparison: Comparison | null): string[] {
  if (comparison === null) return [];
  const { title, regressions, excused, apart } = headlines(comparison);
  const lines = [
    ...regressions.map((line) => `- **regression:** ${markdown(line)}`),
    ...excused.map((line) => `- known failure: ${markdown(line)}`),
    ...apart.map((line) => `- not compared: ${markdown(line)}`),
  ];
  const verdict = regressions.length === 0 ? 'no regression' : `${regressions.length} worse`;
  return [
    '',
    `**${markdown(title)}:** ${verdict} (${markdown(tally(comparison))}).`,
    ...(lines.length > 0 ? [''] : []),
    ...lines,
  ];
}

/** One line for each kernel of which something is to be said. */
function findingLines(rows: readonly ReportRow[], transcripts: ReadonlyMap<string, string>): string[] {
  const lines = rows.flatMap((row) => {
    const finding = findingOf(row);
    const said = saidLine(row);
    if (finding === null) return said;
    const quote = finding.quote === null ? '' : ` “${markdown(finding.quote)}”`;
    const place = placeWords(finding.from, transcripts.get(finding.kernel));
    return [`- **${markdown(finding.kernel)}**: ${markdown(cut(finding.seen))}${quote} (${markdown(place)})`, ...said];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function saidLine({ verdict: { kernel, kernelSaid } }: ReportRow): string[] {
  if (kernelSaid === null) return [];
  return [`- **${markdown(kernel)}**: the kernel said: ${markdown(cut(kernelSaid.text))}`];
}

const LONGEST_TEXT = 600;

/** A reason may quote a console; the whole of it is in matrix.md. */
function cut(text: string): string {
  return clip(text, LONGEST_TEXT);
}
