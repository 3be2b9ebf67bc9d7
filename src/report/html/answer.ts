/** The answer to the page's question, in sentences that need no other knowledge. */
import { largest } from '../../base/lists.js';
import type { RunFacts } from '../../journal/replay.js';
import { figure } from '../text.js';
import type { KernelVerdict } from '../../verdict/types.js';

export const QUESTION = 'Which kernels leak memory cgroups under Docker?';

/** One sentence: which kernels leak and what they lose, which do not, and of which nothing is known. */
export function answer(verdicts: readonly KernelVerdict[]): string {
  const leaking = verdicts.filter(({ verdict }) => verdict === 'leaks');
  const known = verdicts.filter(({ verdict }) => ['leaks', 'clean', 'reclaimable'].includes(verdict));
  if (known.length === 0) return `Not known: ${clauses(verdicts).join('; ') || 'the run has no kernel'}.`;
  return `${lead(leaking.length, known.length, verdicts.length)}: ${clauses(verdicts).join('; ')}.`;
}

function lead(leaking: number, known: number, all: number): string {
  if (leaking === 0) return known === all ? 'None of these leaks' : 'None that could be judged leaks';
  if (leaking === all) return all === 1 ? 'This one leaks' : 'All of these leak';
  return `${leaking} of ${all} ${leaking === 1 ? 'leaks' : 'leak'}`;
}

/** Kernels of which the same can be said are told together, leaks first. */
function clauses(verdicts: readonly KernelVerdict[]): string[] {
  const order: KernelVerdict['verdict'][] = ['leaks', 'reclaimable', 'clean', 'inconclusive', 'not-measured'];
  const grouped = new Map<string, string[]>();
  for (const word of order) {
    const first = grouped.size === 0;
    for (const verdict of verdicts.filter((one) => one.verdict === word)) {
      const said = what(verdict, first);
      grouped.set(said, [...(grouped.get(said) ?? []), verdict.kernel]);
    }
  }
  return [...grouped].map(([said, names]) => `${list(names)} ${names.length === 1 ? said : plural(said)}`);
}

/**
 * What a kernel does, in the third person singular.
 * @param first whether the sentence has not yet said what is lost.
 */
function what(verdict: KernelVerdict, first: boolean): string {
  switch (verdict.verdict) {
    case 'leaks':
      return `loses ${lossWords(verdict)}`;
    case 'reclaimable':
      return 'loses memory-cgroup slots but gives them back';
    case 'clean':
      return first ? 'loses no memory-cgroup slot' : 'loses none';
    case 'inconclusive':
      return 'was measured, but what was seen does not decide';
    case 'not-measured':
      return 'was not measured';
  }
}

function plural(said: string): string {
  return said
    .replace(/^loses/, 'lose')
    .replace(/ gives /, ' give ')
    .replace(/^was /, 'were ');
}

function lossWords({ case2, case3 }: KernelVerdict): string {
  const leaks = [case2, case3].filter(({ verdict }) => verdict === 'leaks');
  const each = largest(leaks.map(({ lostEachCycle }) => lostEachCycle ?? 0));
  const slots = each === 1 ? 'one memory-cgroup slot' : `${figure(each, 2)} memory-cgroup slots`;
  const which =
    leaks.length === 2
      ? 'with or without a memory limit'
      : leaks[0]?.case === 3
        ? 'that has a memory limit'
        : 'without a memory limit';
  return `${slots} for good with each container ${which}`;
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

export function list(names: readonly string[]): string {
  if (names.length > MOST_NAMES) {
    const told = names.slice(0, MOST_NAMES / 2);
    return `${told.join(', ')} and ${names.length - told.length} more`;
  }
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
