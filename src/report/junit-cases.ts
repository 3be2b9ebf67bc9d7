/** A kernel as JUnit's test cases: what of it passes, fails, is an error or is skipped, and in which words. */
import type { Comparison, KernelComparison } from '../compare/types.js';
import { STATE_WORDS } from '../compare/words.js';
import { type Phase, PHASES } from '../journal/events.js';
import type { RowFacts } from '../journal/replay.js';
import { knownFailureWords } from '../verdict/status.js';
import type { Check, ChurnVerdict, KernelVerdict } from '../verdict/types.js';
import { type ReportRow, verdictCell } from './cells.js';
import { caseFinding, type Finding, findingOf, placeWords } from './finding.js';

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

type Name = 'boot' | 'exhaustion' | 'calibration' | 'case 1' | 'case 2' | 'case 3' | 'hold control' | 'verdict';

/** Which test case stands for a phase: every phase has one, so their times add up to the row's. */
const STANDS_FOR: Record<Phase, Name> = {
  machine: 'boot',
  select: 'boot',
  boot: 'boot',
  prepare: 'exhaustion',
  clean: 'exhaustion',
  exhaust: 'exhaustion',
  calibrate: 'calibration',
  case1: 'case 1',
  case2: 'case 2',
  case3: 'case 3',
  aftermath: 'verdict',
  hold: 'hold control',
  recover: 'verdict',
};

type Outcome = Omit<TestCase, 'name' | 'seconds'>;
const passed = (lines: string[]): Outcome => ({ outcome: 'passed', type: '', message: '', lines });

/**
 * The test cases of a kernel, in the order of the sequence, the verdict last; with a comparison one more, which fails if the
 * kernel is worse than in the baseline.
 * @param transcript its relative file name.
 */
export function testCases(row: ReportRow, transcript: string | undefined, comparison: Comparison | null): TestCase[] {
  const { verdict, facts } = row;
  const { checks } = verdict;
  const named = (name: Name, outcome: Outcome): TestCase => ({
    name,
    seconds: secondsOf(facts, name),
    ...(failedIn(facts) === name ? failedHere(row, transcript) : outcome),
  });
  const compared = comparison?.kernels.find(({ kernel }) => kernel === verdict.kernel);
  return [
    named('boot', checkOutcome(checks.boot, transcript)),
    named('exhaustion', checkOutcome(checks.exhaustion, transcript)),
    named('calibration', checkOutcome(checks.calibration, transcript)),
    named('case 1', checkOutcome(checks.case1, transcript)),
    named('case 2', churnOutcome(row, verdict.case2, transcript)),
    named('case 3', churnOutcome(row, verdict.case3, transcript)),
    named('hold control', checkOutcome(checks.hold, transcript)),
    named('verdict', verdictOutcome(row, transcript)),
    ...(comparison === null || compared === undefined ? [] : [regressionCase(verdict, compared, comparison)]),
  ];
}

/** The test case of a kernel that the baseline has and the run has not. */
export function goneCase(kernel: KernelComparison, comparison: Comparison): TestCase {
  return { name: regressionName(comparison), seconds: null, ...notCompared(kernel) };
}

function secondsOf(row: RowFacts, name: Name): number | null {
  const phases = PHASES.filter((phase) => STANDS_FOR[phase] === name);
  const timed = row.phases.filter(({ phase, seconds }) => phases.includes(phase) && seconds !== null);
  return timed.length === 0 ? null : timed.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
}

/** The test case that stands for the phase a row failed in. */
function failedIn({ outcome }: RowFacts): Name | null {
  return outcome?.outcome === 'failed' && outcome.phase !== null ? STANDS_FOR[outcome.phase] : null;
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
function churnOutcome(row: ReportRow, churn: ChurnVerdict, transcript: string | undefined): Outcome {
  const { verdict } = row;
  const finding = caseFinding(row, churn.case);
  const lines = finding === null ? churnLines(churn, transcript) : findingLines(finding, transcript);
  const reasons = churn.reasons.join('; ');
  const unmeasured = verdict.status === 'not-measured';
  switch (churn.verdict) {
    case 'not-recorded':
      return skipped('not-recorded', 'not recorded');
    case 'not-measured':
      return churn.completed === null
        ? skipped('not-measured', reasons)
        : { ...skipped('not-measured', `not judged: ${reasons}`), lines };
    case 'inconclusive':
      return unmeasured
        ? { outcome: 'error', type: 'inconclusive', message: reasons, lines }
        : { ...skipped('inconclusive', `inconclusive: ${reasons}`), lines };
    default: {
      if (verdict.expected === null || SEVERITY[churn.verdict] <= SEVERITY[verdict.expected]) return passed(lines);
      const message = `${churn.verdict}, ${verdict.expected} expected`;
      if (verdict.status === 'known-failure') return { ...skipped('known-failure', knownWords(verdict)), lines };
      return { outcome: unmeasured ? 'error' : 'failure', type: churn.verdict, message, lines };
    }
  }
}

const SEVERITY = { clean: 0, reclaimable: 1, leaks: 2 } as const;

function churnLines(churn: ChurnVerdict, transcript: string | undefined): string[] {
  const refused = churn.refusedAtCycle === null ? '' : `, creation ${churn.refusedAtCycle} refused`;
  return [
    `${churn.verdict}: ${churn.completed ?? 0} completed${refused}, capacity ${churn.capacities.join(' → ')}`,
    `see ${placeWords(churn.from, transcript)}`,
  ];
}

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
