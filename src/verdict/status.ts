/**
 * What a row comes to: against its expectation, against a baseline, and with regard to what is known to fail. The exit code, the
 * table's cell and every report take it from here.
 */
import type { Expectation, KnownFailureMark } from '../config/plan.js';
import type { KernelVerdict, KnownFailure } from './types.js';

export interface StatusInput {
  verdict: KernelVerdict['verdict'];
  expected: Expectation | null;
  /** What is worse than in the baseline, a line each; null if there is no baseline to compare this row with. */
  regressions: readonly string[] | null;
  mark: KnownFailureMark | undefined;
  /** ISO 8601 time the run started, which decides whether the mark is in force; null takes it to be. */
  startedAt: string | null;
}

/**
 * In this order: a row that was not measured is `not-measured`, whatever is known of it, since nobody has seen it fail as it is
 * known to; a known failure that is in force makes of `regressed` and `differs` a `known-failure`; `regressed` comes before
 * `differs`, as in the exit code.
 */
export function judgeStatus(input: StatusInput): Pick<KernelVerdict, 'asExpected' | 'status' | 'knownFailure'> {
  const { verdict, expected, mark } = input;
  const measured = verdict !== 'inconclusive' && verdict !== 'not-measured';
  const asExpected = measured && expected !== null ? verdict === expected : null;
  const fails = measured && (asExpected === false || (input.regressions ?? []).length > 0);
  const known = mark === undefined ? null : judgeMark(mark, input, { measured, fails });
  const result = (status: KernelVerdict['status']) => ({ asExpected, status, knownFailure: known });
  if (!measured) return result('not-measured');
  if (!fails) return result(expected === null ? 'no-expectation' : 'as-expected');
  if (known?.state === 'in-force') return result('known-failure');
  return result((input.regressions ?? []).length > 0 ? 'regressed' : 'differs');
}

/** Whether a mark excuses what a run that started then shows: to the end of its day, in UTC. */
export function markInForce(mark: KnownFailureMark, startedAt: string | null): boolean {
  return startedAt === null || startedAt.slice(0, 10) <= mark.until;
}

function judgeMark(
  mark: KnownFailureMark,
  { expected, regressions, startedAt }: StatusInput,
  seen: { measured: boolean; fails: boolean },
): KnownFailure {
  const state = (): KnownFailure['state'] => {
    if (seen.fails) return markInForce(mark, startedAt) ? 'in-force' : 'expired';
    // Without an expectation or a baseline there is nothing that the row could have failed.
    const couldFail = seen.measured && (expected !== null || regressions !== null);
    return couldFail ? 'not-needed' : 'not-seen';
  };
  return { ...mark, state: state() };
}

/** A known failure in one sentence. */
export function knownFailureWords({ reason, until, state }: KnownFailure): string {
  switch (state) {
    case 'in-force':
      return `known failure until ${until}: ${reason}`;
    case 'expired':
      return `the known failure (${reason}) expired on ${until}, so it fails now: mend it, or give it another date in kernels.yaml`;
    case 'not-needed':
      return `unexpectedly as expected: it is marked as a known failure until ${until} (${reason}); remove the mark from kernels.yaml`;
    case 'not-seen':
      return `marked as a known failure until ${until} (${reason}), which this run does not show either way`;
  }
}
