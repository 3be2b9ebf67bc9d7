/** The answer to the page's question, in sentences that need no other knowledge. */
import type { RunFacts } from '../../run-events/facts.js';
import type { KernelVerdict } from '../../verdict/types.js';
import type { ReportRow } from '../input.js';

export const QUESTION = 'Which kernels leak memory cgroups under Docker?';

/** One sentence: which kernels leak and what they lose, which do not, and of which nothing is known. */
export function answer(rows: readonly ReportRow[]): string {
  const verdicts = rows.map(({ verdict }) => verdict);
  const leaking = verdicts.filter(({ verdict }) => verdict === 'leaks');
  const known = verdicts.filter(({ verdict }) => ['leaks', 'clean', 'reclaimable'].includes(verdict));
  if (known.length === 0) return `Not known: ${clauses(rows).join('; ') || 'the run has no kernel'}.`;
  return `${lead(leaking.length, known.length, verdicts.length)}: ${clauses(rows).join('; ')}.`;
}

function lead(leaking: number, known: number, all: number): string {
  if (leaking === 0) return known === all ? 'None of these leaks' : 'None that could be judged leaks';
  if (leaking === all) return all === 1 ? 'This one leaks' : 'All of these leak';
  return `${leaking} of ${all} ${leaking === 1 ? 'leaks' : 'leak'}`;
}

/** Kernels of which the same can be said are listed together, leaks first. */
function clauses(rows: readonly ReportRow[]): string[] {
  const order: KernelVerdict['verdict'][] = ['leaks', 'reclaimable', 'clean', 'inconclusive', 'not-measured'];
  const grouped = new Map<string, string[]>();
  for (const word of order) {
    const first = grouped.size === 0;
    for (const row of rows.filter(({ verdict }) => verdict.verdict === word)) {
      const clause = clauseOf(row, first);
      grouped.set(clause, [...(grouped.get(clause) ?? []), row.verdict.kernel]);
    }
  }
  return [...grouped].map(([clause, names]) => `${list(names)} ${names.length === 1 ? clause : plural(clause)}`);
}

/** What a kernel does, in the third person: in the words of the scenario that decides its verdict. */
function clauseOf({ verdict, scenarios }: ReportRow, first: boolean): string {
  if (verdict.verdict === 'inconclusive') return 'was measured, but what was seen does not decide';
  if (verdict.verdict === 'not-measured') return 'was not measured';
  const deciding = scenarios.find(({ own }) => own.answer.verdict === verdict.verdict) ?? scenarios[0]!;
  return deciding.scenario.view.clause(deciding.own.answer, first);
}

function plural(said: string): string {
  return said
    .replace(/^loses/, 'lose')
    .replace(/ gives /, ' give ')
    .replace(/^was /, 'were ');
}

/** What the run comes to against expectations and baseline, the same as the exit code. */
export function outcomeWords(verdicts: readonly KernelVerdict[]): string {
  const names = (status: KernelVerdict['status']) =>
    verdicts.filter((one) => one.status === status).map(({ kernel }) => kernel);
  const said: [string, string[]][] = [
    ['Worse than the baseline', names('regressed')],
    ['Not as expected', names('differs')],
    ['Known to fail, and excused', names('known-failure')],
    ['Not judged', names('not-measured')],
  ];
  const told = said
    .filter(([, kernels]) => kernels.length > 0)
    .map(([label, kernels]) => `${label}: ${list(kernels)}.`);
  if (told.length > 0) return told.join(' ');
  return verdicts.some(({ expected }) => expected !== null)
    ? 'Everything measured is as expected.'
    : 'Nothing was expected of these kernels beforehand.';
}

/** Null for a run that ended by itself. */
export function unfinishedWords({ finished, interrupted }: RunFacts): string | null {
  if (finished !== null) return null;
  return interrupted === null
    ? 'This run has not finished: what is missing may still come.'
    : `This run was interrupted by ${interrupted.signal}: what is missing was not measured.`;
}

/** Names that are told one by one; of more the first. */
const MOST_NAMES = 40;

function list(names: readonly string[]): string {
  if (names.length > MOST_NAMES) {
    const told = names.slice(0, MOST_NAMES / 2);
    return `${told.join(', ')} and ${names.length - told.length} more`;
  }
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
