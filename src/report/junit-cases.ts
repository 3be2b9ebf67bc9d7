/** A kernel as JUnit's test cases: what of it passes, fails, is an error or is skipped, and in which words. */
import type { Check } from '../scenario/answer.js';
import type { Comparison, KernelComparison } from '../compare/types.js';
import { STATE_WORDS } from '../compare/words.js';
import { knownFailureWords } from '../verdict/status.js';
import type { KernelVerdict } from '../verdict/types.js';
import type { CaseView } from '../scenario/view.js';
import { verdictCell } from './columns.js';
import { type Finding, findingOf, joined, placeWords } from './finding.js';
import type { ReportRow } from './input.js';

export interface TestCase {
  name: string;
  /** Seconds of the phases it stands for; null if none was timed. */
  seconds: number | null;
  /** `failure`: not what was expected. `error`: it could not be measured. `skipped`: not recorded, or excused. */
  outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** One word of what it is; empty if it passed. */
  type: string;
  /** One line; empty if it passed. */
  message: string;
  /** What was seen and where it stands. */
  lines: string[];
}

const VERDICT = 'verdict';

/** Which test case stands for a phase: every phase has one, so their times add up to the row's. */
function testCaseOf(phase: string, { scenarios }: ReportRow): string {
  for (const { scenario, prefix } of named(scenarios)) {
    const step = scenario.steps.find((each) => each.phase === phase);
    if (step !== undefined) return step.testCase === VERDICT ? VERDICT : `${prefix}${step.testCase}`;
  }
  // The guest is made ready for the first step.
  const [first] = named(scenarios);
  return phase === 'prepare' && first ? `${first.prefix}${first.scenario.steps[0]!.testCase}` : 'boot';
}

/** Scenarios with what stands before the names of their test cases: nothing, unless there are several. */
function named(scenarios: ReportRow['scenarios']) {
  return scenarios.map((each) => ({ ...each, prefix: scenarios.length === 1 ? '' : `${each.scenario.id}: ` }));
}

type Outcome = Omit<TestCase, 'name' | 'seconds'>;
const passed = (lines: string[]): Outcome => ({ outcome: 'passed', type: '', message: '', lines });

/**
 * The test cases of a kernel, in the order of the steps, the verdict last; with a comparison one more, which fails if the
 * kernel is worse than in the baseline.
 * @param transcript its relative file name.
 */
export function testCases(row: ReportRow, transcript: string | undefined, comparison: Comparison | null): TestCase[] {
  const { verdict, facts } = row;
  const failed =
    facts.outcome?.outcome === 'failed' && facts.outcome.phase !== null ? testCaseOf(facts.outcome.phase, row) : null;
  const withTime = ([name, outcome]: readonly [string, Outcome]): TestCase => ({
    name,
    seconds: secondsOf(row, name),
    ...(failed === name ? failedHere(row, transcript) : outcome),
  });
  const compared = comparison?.kernels.find(({ kernel }) => kernel === verdict.kernel);
  return [
    withTime(['boot', checkOutcome(verdict.boot, transcript)]),
    ...scenarioCases(row, transcript).map(withTime),
    withTime([VERDICT, verdictOutcome(row, transcript)]),
    ...(comparison === null || compared === undefined ? [] : [regressionCase(verdict, compared, comparison)]),
  ];
}

/** Checks and cases of every scenario, in the order of its steps. */
function scenarioCases(row: ReportRow, transcript: string | undefined): [string, Outcome][] {
  return named(row.scenarios).flatMap(({ scenario, own, prefix }) => {
    const cases = scenario.view.cases(own);
    const names = new Set(scenario.steps.map(({ testCase }) => testCase));
    return [...names].flatMap((name): [string, Outcome][] => {
      const check = own.answer.checks.find((each) => each.name === name);
      const part = cases.find((each) => each.name === name);
      if (check !== undefined) return [[prefix + name, checkOutcome(check, transcript)]];
      return part === undefined ? [] : [[prefix + name, caseOutcome(row, part, transcript)]];
    });
  });
}

/** The test case of a kernel that the baseline has and the run has not. */
export function goneCase(kernel: KernelComparison, comparison: Comparison): TestCase {
  return { name: regressionName(comparison), seconds: null, ...notCompared(kernel) };
}

function secondsOf(row: ReportRow, name: string): number | null {
  const timed = row.facts.phases.filter(({ phase, seconds }) => seconds !== null && testCaseOf(phase, row) === name);
  return timed.length === 0 ? null : timed.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
}

function failedHere(row: ReportRow, transcript: string | undefined): Outcome {
  const { verdict } = row;
  const message = verdict.reasons.join('; ');
  return { outcome: 'error', type: verdict.verdict, message, lines: findingLines(findingOf(row), transcript) };
}

function checkOutcome(check: Check, transcript: string | undefined): Outcome {
  const lines = [check.detail, `see ${placeWords(check.from, transcript)}`];
  switch (check.status) {
    case 'behaves':
      return passed(lines);
    case 'misbehaves':
      return { outcome: 'error', type: 'inconclusive', message: check.detail, lines };
    case 'not-recorded':
      return skipped('not-recorded', 'not recorded');
  }
}

/**
 * A case fails if it is worse than what is expected of the kernel; an error only where the kernel as a whole was not measured,
 * since otherwise its verdict stands without this case.
 */
function caseOutcome(row: ReportRow, part: CaseView, transcript: string | undefined): Outcome {
  const { verdict } = row;
  const found = part.finding && findingLines(joined(verdict.kernel, [part.finding]), transcript);
  const lines = found ?? [...part.lines, `see ${placeWords(part.from, transcript)}`];
  const reasons = part.reasons.join('; ');
  const unmeasured = verdict.status === 'not-measured';
  switch (part.verdict) {
    case 'not-recorded':
      return skipped('not-recorded', 'not recorded');
    case 'not-measured':
      return part.measured
        ? { ...skipped('not-measured', `not judged: ${reasons}`), lines }
        : skipped('not-measured', reasons);
    case 'inconclusive':
      return unmeasured
        ? { outcome: 'error', type: 'inconclusive', message: reasons, lines }
        : { ...skipped('inconclusive', `inconclusive: ${reasons}`), lines };
    default: {
      if (verdict.expected === null || SEVERITY[part.verdict] <= SEVERITY[verdict.expected]) return passed(lines);
      const message = `${part.verdict}, ${verdict.expected} expected`;
      if (verdict.status === 'known-failure') return { ...skipped('known-failure', knownWords(verdict)), lines };
      return { outcome: unmeasured ? 'error' : 'failure', type: part.verdict, message, lines };
    }
  }
}

const SEVERITY = { clean: 0, reclaimable: 1, leaks: 2 } as const;

function verdictOutcome(row: ReportRow, transcript: string | undefined): Outcome {
  const { verdict } = row;
  const lines = [verdictCell(verdict), ...findingLines(findingOf(row), transcript)];
  const message = verdictCell(verdict);
  if (verdict.status === 'not-measured') {
    return { outcome: 'error', type: verdict.verdict, message: `${message}: ${verdict.reasons.join('; ')}`, lines };
  }
  if (verdict.asExpected !== false) return passed(lines);
  if (verdict.status === 'known-failure') return { ...skipped('known-failure', knownWords(verdict)), lines };
  return { outcome: 'failure', type: verdict.verdict, message, lines };
}

function regressionName({ base }: Comparison): string {
  return `regression against ${base.run}`;
}

function regressionCase(verdict: KernelVerdict, compared: KernelComparison, comparison: Comparison): TestCase {
  const base = { name: regressionName(comparison), seconds: null };
  if (verdict.regressions.length > 0) {
    const lines = verdict.regressions;
    if (verdict.status === 'known-failure') {
      return { ...base, ...skipped('known-failure', compared.excused ?? knownWords(verdict)), lines };
    }
    const message = `worse than run ${comparison.base.run}: ${lines.join('; ')}`;
    return { ...base, outcome: 'failure', type: 'regressed', message, lines };
  }
  if (compared.reason !== '') return { ...base, ...notCompared(compared) };
  return { ...base, ...passed([STATE_WORDS[compared.state]]) };
}

function notCompared({ state, reason }: KernelComparison): Outcome {
  return skipped(state, `${STATE_WORDS[state]}: ${reason}`);
}

function knownWords({ knownFailure }: KernelVerdict): string {
  return knownFailure === null ? 'known failure' : knownFailureWords(knownFailure);
}

function skipped(type: string, message: string): Outcome {
  return { outcome: 'skipped', type, message, lines: [message] };
}

function findingLines(finding: Finding | null, transcript: string | undefined): string[] {
  if (finding === null) return [];
  const quote = finding.quote === null ? [] : [finding.quote];
  return [finding.seen, ...quote, `see ${placeWords(finding.from, transcript)}`];
}
