/** The verdict of a kernel and of a run: the one value that tables, reports and the exit code are made from. */
import type { RowFacts, RunFacts } from '../journal/replay.js';
import { bootCheck, calibrationCheck, case1Check, exhaustionCheck, holdCheck, judgeAftermath } from './checks.js';
import { judgeChurn, unjudged } from './churn.js';
import { explainNumCgroups } from './explain.js';
import { kernelSaid, suspicions } from './kernel-said.js';
import { kernelMemory } from './memory.js';
import { judgeRecovery, type Recovery } from './recovery.js';
import { count } from './slots.js';
import { judgeStatus, knownFailureWords } from './status.js';
import type { Check, ChurnVerdict, KernelVerdict } from './types.js';

const CHECK_WORDS: Record<Check['name'], string> = {
  boot: 'the boot proof',
  exhaustion: 'exhaustion',
  calibration: 'the calibration of the probe',
  case1: 'case 1',
  hold: 'the hold control',
};

/**
 * Verdicts of all rows, in the plan's order.
 * @param regressions of each kernel that was compared with a baseline, what is worse (src/compare/judge.ts); without it no
 * row is `regressed`.
 */
export function judgeRun(
  facts: RunFacts,
  regressions: ReadonlyMap<string, readonly string[]> = new Map(),
): KernelVerdict[] {
  return facts.rows.map((row) =>
    judgeKernel(row, { startedAt: facts.startedAt, regressions: regressions.get(row.kernel.name) ?? null }),
  );
}

/** What a row is judged by beside its own facts; see `StatusInput`. */
interface JudgedBy {
  startedAt: string | null;
  regressions: readonly string[] | null;
}

/**
 * Judges one kernel. The verdict is the worst of the churn cases: a proven leak stands whatever the other case shows,
 * and an inconclusive case outweighs a milder verdict, since it might have been worse. A check that misbehaves makes the
 * kernel inconclusive, and so does an oops of the kernel itself; a step that is not recorded makes a note.
 */
export function judgeKernel(
  row: RowFacts,
  { startedAt, regressions }: JudgedBy = { startedAt: null, regressions: null },
): KernelVerdict {
  const recovery = judgeRecovery(row);
  const failure = whyNotMeasured(row);
  const case2 = judgeCase(2, row, recovery, failure);
  const case3 = judgeCase(3, row, recovery, failure);
  const checks = judgeChecks(row, case2, case3);
  const base = {
    kernel: row.kernel.name,
    expected: row.kernel.expect ?? null,
    case2,
    case3,
    checks,
    aftermath: judgeAftermath(row),
    recovery,
    explanation: explainNumCgroups(row),
    memory: row.exhausted === null ? null : kernelMemory(row.exhausted),
    kernelSaid: kernelSaid(row),
    regressions: [...(regressions ?? [])],
  };
  const settled = (verdict: KernelVerdict['verdict']) => {
    const mark = row.kernel.known_failure;
    const status = judgeStatus({ verdict, expected: base.expected, regressions, mark, startedAt });
    const known = status.knownFailure === null ? [] : [knownFailureWords(status.knownFailure)];
    return { ...base, verdict, ...status, known };
  };
  if (failure !== null) {
    const { known, ...rest } = settled('not-measured');
    return { ...rest, reasons: [failure], notes: known };
  }
  const misbehaving = Object.values(checks).filter((check) => check.status === 'misbehaves');
  const suspect = firstOf(suspicions(row).map(({ text }) => text));
  const verdict = misbehaving.length > 0 || suspect.length > 0 ? 'inconclusive' : worst(case2, case3);
  const { known, ...rest } = settled(verdict);
  return {
    ...rest,
    reasons: verdict === 'inconclusive' ? whyInconclusive(suspect, misbehaving, case2, case3) : [],
    notes: [...known, ...kernelNotes(base)],
  };
}

/** Reasons of one kind that are told one by one: a kernel that is out of order may say the same a hundred times. */
const MOST_REASONS = 5;

function firstOf(reasons: string[]): string[] {
  const more = reasons.length - MOST_REASONS;
  return more <= 1 ? reasons : [...reasons.slice(0, MOST_REASONS), `and ${more} times more the kernel itself failed`];
}

function judgeCase(number: 2 | 3, row: RowFacts, recovery: Recovery, failure: string | null): ChurnVerdict {
  const judged = judgeChurn(number, number === 2 ? row.case2 : row.case3, recovery);
  if (failure === null) return judged;
  if (judged.verdict === 'not-recorded') return { ...unjudged(number), reasons: [failure] };
  return { ...judged, verdict: 'not-measured', reasons: [failure] };
}

function judgeChecks(row: RowFacts, case2: ChurnVerdict, case3: ChurnVerdict): KernelVerdict['checks'] {
  const sameLimit = row.hold?.holder.limit === null ? case2 : case3;
  return {
    boot: bootCheck(row),
    exhaustion: exhaustionCheck(row),
    calibration: calibrationCheck(row),
    case1: case1Check(row),
    hold: holdCheck(row, (sameLimit.lost ?? 0) > 0),
  };
}

function whyNotMeasured(row: RowFacts): string | null {
  if (row.outcome === null) return row.started === null ? 'the row never started' : 'the row did not finish';
  if (row.outcome.outcome === 'measured') return null;
  const where = row.outcome.phase === null ? '' : ` in phase ${row.outcome.phase}`;
  return `failed${where}: ${row.outcome.reason ?? 'no reason recorded'}`;
}

function worst(...cases: ChurnVerdict[]): KernelVerdict['verdict'] {
  for (const word of ['leaks', 'inconclusive', 'reclaimable', 'clean'] as const) {
    if (cases.some((one) => one.verdict === word)) return word;
  }
  return 'inconclusive';
}

function whyInconclusive(suspect: string[], misbehaving: Check[], ...cases: ChurnVerdict[]): string[] {
  const churn = cases
    .filter((one) => one.verdict === 'inconclusive')
    .flatMap((one) => one.reasons.map((reason) => `case ${one.case}: ${reason}`));
  const checks = misbehaving.map((check) => `${CHECK_WORDS[check.name]}: ${check.detail}`);
  const reasons = [...suspect, ...checks, ...churn];
  return reasons.length > 0 ? reasons : ['no churn case is recorded'];
}

function kernelNotes(of: Pick<KernelVerdict, 'case2' | 'case3' | 'checks' | 'aftermath' | 'recovery'>): string[] {
  const notes: string[] = [];
  const absent: string[] = [];
  for (const check of Object.values(of.checks)) {
    if (check.status === 'not-recorded') absent.push(CHECK_WORDS[check.name]);
    else if (check.missing !== null) absent.push(`${check.missing} in ${CHECK_WORDS[check.name]}`);
  }
  for (const one of [of.case2, of.case3]) {
    if (one.verdict === 'not-recorded') absent.push(`case ${one.case}`);
    for (const note of one.notes) notes.push(`case ${one.case}: ${note}`);
  }
  if (of.aftermath === null) absent.push('the aftermath');
  else if (of.aftermath.lost > 0) notes.push(`the aftermath's container lost ${count(of.aftermath.lost, 'slot')} too`);
  const churnLost = (of.case2.lost ?? 0) + (of.case3.lost ?? 0);
  if (!of.recovery.recorded) absent.push('recovery');
  else if (churnLost === 0 && (of.recovery.missingAfterDropCaches ?? 0) > 0) {
    notes.push(`${count(of.recovery.missingAfterDropCaches ?? 0, 'slot')} missing at the end that no churn cycle lost`);
  }
  return absent.length === 0 ? notes : [...notes, `not recorded: ${absent.join(', ')}`];
}
