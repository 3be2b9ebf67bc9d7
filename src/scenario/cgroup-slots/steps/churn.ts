import type { CapacitySample, EventBodies } from '../../../journal/events.js';
import { probe, take } from '../bulk.js';
import type { SequenceContext } from '../context.js';
import { created, dockerRemove, dockerRun } from '../docker.js';
import { readCgroups } from '../readings.js';
import { isCgroupRefusal } from '../../../runtime/refusal.js';

/** What a churn case needs to know of the state it starts from. */
export interface ChurnInput {
  case: 2 | 3;
  limit: string | null;
  /** Slots that must be free at the start; what is missing is freed by removing test directories. */
  slots: number;
  /** The last probe before the case; undefined before the first. */
  last: CapacitySample | undefined;
}

/** Steps 5 and 6: cycles of create and delete with a probe before the first and after each; returns the first and last probe. */
export async function churn(
  context: SequenceContext,
  input: ChurnInput,
): Promise<{ before: CapacitySample; after: CapacitySample }> {
  const { kernel, journal, sequence } = context;
  const freed = Math.max(0, input.slots - (input.last?.capacity ?? 0));
  const from = freed > 0 ? [(await take(context, freed)).seq] : [];
  const before = await probe(context, (input.last?.capacity ?? 0) + freed);
  before.from = [...from, ...before.from];
  journal.append({ kind: 'churn.started', kernel, case: input.case, limit: input.limit, freed, before });

  let stopped: EventBodies['churn.finished']['stopped'] = 'completed';
  let last = before;
  for (let cycle = 1; cycle <= sequence.cycles; cycle++) {
    context.progress(
      context.shell.phase,
      `cycle ${cycle} of ${sequence.cycles}, ${last.capacity} slots free`,
      cycle,
      sequence.cycles,
    );
    const run = await dockerRun(context, input.limit);
    const removed = created(run) && (await dockerRemove(context, run));
    const after = await settledProbe(context, before);
    journal.append({ kind: 'churn.cycle', kernel, case: input.case, cycle, run, removed, after });
    context.cycled?.(cycle);
    last = after;
    if (created(run)) continue;
    stopped = isCgroupRefusal(run.error).refused ? 'refused' : 'error';
    break;
  }
  const { reading } = await readCgroups(context);
  journal.append({ kind: 'churn.finished', kernel, case: input.case, stopped, reading });
  return { before, after: last };
}

/** Probes until nothing seems lost against `before`, or the settle time is over. */
export function settledProbe(context: SequenceContext, before: CapacitySample): Promise<CapacitySample> {
  return probe(context, before.capacity, before.liveDirectories);
}
