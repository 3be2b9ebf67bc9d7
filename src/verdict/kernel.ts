/** The verdict of a kernel and of a run: the one value that tables, reports and the exit code are made from. */
import type { Answer } from '../scenario/answer.js';
import type { RowFacts, RunFacts } from '../run-events/facts.js';
import { factsOfScenario, scenariosOf } from '../scenario/index.js';
import type { AnyScenario } from '../scenario/scenario.js';
import { bootCheck } from './boot.js';
import { kernelSaid, suspicions } from './kernel-said.js';
import { judgeStatus, knownFailureWords } from './status.js';
import type { KernelVerdict } from './types.js';

/**
 * Verdicts of all rows, in the plan's order.
 * @param regressions of each kernel that was compared with a baseline, what is worse (src/compare/judge.ts); without it no
 * row is `regressed`.
 */
export function judgeRun(
  facts: RunFacts,
  regressions: ReadonlyMap<string, readonly string[]> = new Map(),
): KernelVerdict[] {
  const scenarios = scenariosOf(facts.plan);
  return facts.rows.map((row) =>
    judgeKernel(row, {
      scenarios,
      startedAt: facts.startedAt,
      regressions: regressions.get(row.kernel.name) ?? null,
    }),
  );
}

/** What a row is judged by beside its own facts; see `StatusInput`. */
interface JudgedBy {
  /** Those that the plan asks for. */
  scenarios?: readonly AnyScenario[];
  startedAt?: string | null;
  regressions?: readonly string[] | null;
}

/**
 * Judges one kernel: the worst of its scenarios. A boot proof that misbehaves makes it inconclusive, and so does an oops of the
 * kernel itself.
 */
export function judgeKernel(row: RowFacts, by: JudgedBy = {}): KernelVerdict {
  const { scenarios = scenariosOf({ scenarios: undefined }), startedAt = null, regressions = null } = by;
  const failure = whyNotMeasured(row);
  const answers = scenarios.map((scenario) => {
    const facts = factsOfScenario(scenario, row);
    return { scenario, facts, answer: scenario.judge(facts, failure) as Answer };
  });
  const bootIds = answers.flatMap(({ scenario, facts }) => scenario.view.bootId(facts) ?? []);
  const boot = bootCheck(row, bootIds);
  const suspect = firstOf(suspicions(row).map(({ text }) => text));
  const doubts = [...suspect, ...(boot.status === 'misbehaves' ? [`the boot proof: ${boot.detail}`] : [])];
  const verdict =
    failure !== null ? 'not-measured' : doubts.length > 0 ? 'inconclusive' : worst(answers.map(({ answer }) => answer));
  const expected = row.kernel.expect ?? null;
  const status = judgeStatus({ verdict, expected, regressions, mark: row.kernel.known_failure, startedAt });
  const known = status.knownFailure === null ? [] : [knownFailureWords(status.knownFailure)];
  const named = (texts: (answer: Answer) => readonly string[]) =>
    answers.flatMap(({ scenario: { id }, answer }) =>
      texts(answer).map((text) => (answers.length === 1 ? text : `${id}: ${text}`)),
    );
  const none = answers.length === 0 ? ['this program has no scenario that the plan asks for'] : [];
  const why = verdict === 'inconclusive' ? [...doubts, ...none, ...named(({ reasons }) => reasons)] : [];
  return {
    kernel: row.kernel.name,
    verdict,
    ...status,
    reasons: failure === null ? why : [failure],
    notes: failure === null ? [...known, ...bootNotes(boot.status), ...named(({ notes }) => notes)] : known,
    expected,
    regressions: [...(regressions ?? [])],
    boot,
    answers: Object.fromEntries(answers.map(({ scenario, answer }) => [scenario.id, answer])),
    kernelSaid: kernelSaid(row),
  };
}

function bootNotes(status: KernelVerdict['boot']['status']): string[] {
  return status === 'not-recorded' ? ['not recorded: the boot proof'] : [];
}

/** Reasons of one kind that are listed one by one: a kernel that is out of order may say the same a hundred times. */
const MOST_REASONS = 5;

function firstOf(reasons: string[]): string[] {
  const more = reasons.length - MOST_REASONS;
  return more <= 1 ? reasons : [...reasons.slice(0, MOST_REASONS), `and ${more} times more the kernel itself failed`];
}

function whyNotMeasured(row: RowFacts): string | null {
  if (row.outcome === null) return row.started === null ? 'the row never started' : 'the row did not finish';
  if (row.outcome.outcome === 'measured') return null;
  const where = row.outcome.phase === null ? '' : ` in phase ${row.outcome.phase}`;
  return `failed${where}: ${row.outcome.reason ?? 'no reason recorded'}`;
}

function worst(answers: readonly Answer[]): Answer['verdict'] {
  for (const word of ['leaks', 'inconclusive', 'reclaimable', 'clean'] as const) {
    if (answers.some(({ verdict }) => verdict === word)) return word;
  }
  return 'inconclusive';
}
