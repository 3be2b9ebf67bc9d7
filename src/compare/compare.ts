/** Compares two runs: changed values, drifted figures, and regressions among them. */
import type { CaseSummary, KernelSummary, RunSummary, ScenarioSummary } from '../run-events/run-summary.js';
import { circumstances, sameMachine } from './circumstances.js';
import { compareFigure, type Common } from './drift.js';
import { measuredOf } from './figures.js';
import type { Thresholds } from './thresholds.js';
import type { Change, ComparedRun, Comparison, Drift, KernelComparison, KernelState } from './types.js';
import { regressionLines } from './words.js';

/** Verdicts from best to worst; other results (inconclusive, not recorded …) are not ordered. */
const SEVERITY = ['clean', 'reclaimable', 'leaks'];

/**
 * Compares a run with an earlier one; kernels are matched by the names of their rows.
 *
 * A regression is a worse verdict (clean → reclaimable → leaks) of a kernel or of one of its cases, a refusal at an earlier cycle, or a
 * figure that is worse beyond the thresholds and may fail a run (see `compareFigure`). An improvement is a change. A kernel that is in
 * only one of the runs, or was not measured or is inconclusive in one of them, has a separate state and no regressions: it is neither
 * known to be worse nor a pass. A regression of a kernel whose known failure was in force when the later run started is excused.
 */
export function compareRuns(base: RunSummary, current: RunSummary, thresholds: Thresholds): Comparison {
  const differing = circumstances(base, current);
  const before = new Map(base.kernels.map((kernel) => [kernel.kernel, kernel]));
  const now = new Set(current.kernels.map(({ kernel }) => kernel));
  const shared = { sameCircumstances: differing.length === 0, sameMachine: sameMachine(base, current) };
  const kernels = [
    ...current.kernels.map((kernel) => {
      const earlier = before.get(kernel.kernel);
      return earlier === undefined
        ? only(kernel, 'new', `not in run ${base.run}`)
        : compareKernel(earlier, kernel, shared, thresholds);
    }),
    ...base.kernels
      .filter(({ kernel }) => !now.has(kernel))
      .map((kernel) => only(kernel, 'gone', `not in run ${current.run}`)),
  ];
  return {
    base: named(base),
    current: named(current),
    circumstances: differing,
    kernels,
    regressions: kernels
      .filter(({ excused }) => excused === null)
      .flatMap((kernel) => regressionLines(kernel).map((line) => `${kernel.kernel}: ${line}`)),
  };
}

function named({ run, profile, startedAt }: RunSummary): ComparedRun {
  return { run, profile, startedAt };
}

/** A kernel that is in one run only. Its verdict is shown, so that a new kernel that leaks is not overlooked. */
function only({ kernel, verdict }: KernelSummary, state: 'new' | 'gone', reason: string): KernelComparison {
  const verdicts = state === 'new' ? { before: null, after: verdict } : { before: verdict, after: null };
  return { kernel, state, reason, verdict: verdicts, changes: [], drifts: [], regression: false, excused: null };
}

function compareKernel(
  before: KernelSummary,
  after: KernelSummary,
  shared: Omit<Common, 'sameRelease'>,
  thresholds: Thresholds,
): KernelComparison {
  const bad = [
    ...(isVerdict(before.verdict) ? [] : [`${verdictWord(before.verdict)} in the earlier run`]),
    ...(isVerdict(after.verdict) ? [] : [`${verdictWord(after.verdict)} in the later run`]),
  ];
  const changes = namedChanges(before, after);
  const comparison: KernelComparison = {
    kernel: after.kernel,
    state: 'not-comparable',
    reason: bad.join(', '),
    verdict: { before: before.verdict, after: after.verdict },
    // Only the verdict: other differences follow from the steps that did not run.
    changes: changes.filter(({ what }) => what === 'verdict').map((one) => ({ ...one, regression: false })),
    drifts: [],
    regression: false,
    excused: null,
  };
  if (bad.length > 0) return comparison;
  const drifts = figures(before, after, { ...shared, sameRelease: before.release === after.release }, thresholds);
  const regression = [...changes, ...drifts].some((one) => one.regression);
  const mark = after.knownFailure;
  return {
    ...comparison,
    state: stateOf(changes, drifts),
    changes,
    drifts,
    regression,
    excused: regression && mark !== null ? `known failure until ${mark.until}: ${mark.reason}` : null,
  };
}

function stateOf(changes: Change[], drifts: Drift[]): KernelState {
  if (changes.length > 0) return 'changed';
  return drifts.some(({ finding }) => ['better', 'worse', 'different'].includes(finding)) ? 'drifted' : 'unchanged';
}

/** Figures that either run has; one of a case only if both have the case. */
function figures(before: KernelSummary, after: KernelSummary, common: Common, thresholds: Thresholds): Drift[] {
  const earlier = measuredOf(before);
  return measuredOf(after).flatMap(({ figure, case: of, values }) => {
    const one = earlier.find((each) => each.figure === figure && each.case === of);
    if (one === undefined && of !== null) return [];
    return [compareFigure(figure, of, [one?.values ?? [], values], common, thresholds)];
  });
}

function namedChanges(before: KernelSummary, after: KernelSummary): Change[] {
  const changes = [
    change('release', before.release ?? 'not booted', after.release ?? 'not booted'),
    change('expectation', before.expected ?? 'none', after.expected ?? 'none'),
    change('verdict', verdictWord(before.verdict), verdictWord(after.verdict), isWorse(before.verdict, after.verdict)),
    ...pairedScenarios(before, after).flatMap(([one, other]) => scenarioChanges(one, other)),
  ];
  return changes.filter((one) => one.before !== one.after);
}

function change(what: string, before: string, after: string, regression = false): Change {
  return { what, before, after, regression };
}

function pairedScenarios(before: KernelSummary, after: KernelSummary): [ScenarioSummary, ScenarioSummary][] {
  return Object.entries(after.scenarios).flatMap(([id, other]) => {
    const one = before.scenarios[id];
    return one === undefined ? [] : [[one, other] as [ScenarioSummary, ScenarioSummary]];
  });
}

function scenarioChanges(before: ScenarioSummary, after: ScenarioSummary): Change[] {
  const names = new Set([...Object.keys(before.facts), ...Object.keys(after.facts)]);
  return [
    ...[...names].map((name) => change(name, before.facts[name] ?? 'none', after.facts[name] ?? 'none')),
    ...after.cases.flatMap((other) => {
      const one = before.cases.find(({ name }) => name === other.name);
      if (one === undefined) return [];
      const regression = isWorse(one.verdict, other.verdict) || isRefusedEarlier(one, other);
      return [change(other.name, caseWords(one), caseWords(other), regression)];
    }),
  ];
}

/** A case without its number of cycles, which belongs to the circumstances. */
function caseWords({ verdict, refusal }: CaseSummary): string {
  return refusal === '' ? verdictWord(verdict) : `${verdictWord(verdict)}, ${refusal}`;
}

/** Whether a refusal came earlier. One at a cycle that the other run did not reach does not count. */
function isRefusedEarlier(before: CaseSummary, after: CaseSummary): boolean {
  if (after.refusedAt === null || !isVerdict(before.verdict) || !isVerdict(after.verdict)) return false;
  return before.refusedAt === null ? after.refusedAt <= (before.completed ?? 0) : after.refusedAt < before.refusedAt;
}

function isVerdict(word: string): boolean {
  return SEVERITY.includes(word);
}

function isWorse(before: string, after: string): boolean {
  return isVerdict(before) && SEVERITY.indexOf(after) > SEVERITY.indexOf(before);
}

function verdictWord(word: string): string {
  return word.replaceAll('-', ' ');
}
