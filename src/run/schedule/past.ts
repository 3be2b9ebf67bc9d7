/** How long rows took before, as the journals of earlier runs tell. */
import { factsOrNull } from '../../scenario/journal.js';
import type { RowFacts, RunFacts } from '../../run-events/facts.js';
import { append } from '../../base/lists.js';
import type { Plan } from '../../config/plan.js';

/** What a measured row took in an earlier run. */
export interface PastRow {
  kernel: string;
  run: string;
  /** Of its machine; null where the provider does not tell. */
  accelerator: string | null;
  /** Without the start of a machine, which only the first row of a machine waits for. */
  seconds: number;
  /** Seconds its machine took to start. */
  startSeconds: number | null;
}

/** Journals that are read at most: a row that is in none of so many was not run for long. */
const MOST = 20;

/** The measured rows of a run that was done on one host. Pure. */
export function timesOf(facts: RunFacts): PastRow[] {
  // A merged run's rows were timed on other hosts.
  if (facts.shards.length > 0) return [];
  return facts.rows.flatMap((row) => {
    if (row.outcome?.outcome !== 'measured') return [];
    return {
      kernel: row.kernel.name,
      run: facts.run,
      accelerator: row.machine?.accelerator ?? null,
      seconds: row.outcome.seconds - machineSeconds(row),
      startSeconds: row.machine?.seconds ?? null,
    };
  });
}

function machineSeconds({ phases }: RowFacts): number {
  return phases.reduce((sum, { phase, seconds }) => (phase === 'machine' ? sum + (seconds ?? 0) : sum), 0);
}

/**
 * Rows of earlier runs of the same profile with as many cycles, newest first; no further back than every row of the plan is
 * found. A journal that cannot be read tells nothing, and is no reason to say so: it is not what the user asked about.
 * @param journals files, newest first.
 */
export async function readPast(journals: readonly string[], plan: Plan): Promise<PastRow[]> {
  const wanted = new Set(plan.kernels.map(({ name }) => name));
  const past: PastRow[] = [];
  for (const file of journals.slice(0, MOST)) {
    const facts = await factsOrNull(file);
    if (facts?.profile !== plan.profile || facts.plan.sequence.cycles !== plan.sequence.cycles) continue;
    const times = timesOf(facts);
    append(past, times);
    for (const { kernel } of times) wanted.delete(kernel);
    if (wanted.size === 0) break;
  }
  return past;
}
