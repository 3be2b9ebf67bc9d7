import type { CapacitySample } from '../../../journal/events.js';
import { fill, probe, take } from '../bulk.js';
import type { SequenceContext } from '../context.js';
import { created, dockerRemove, dockerRun } from '../docker.js';
import { readCgroups } from '../readings.js';

/** Rounds of taking what is left, for ids that come back late. */
const ROUNDS = 3;

/**
 * Step 8: with one container kept and no slot left the next create must be refused, and succeed once the container is
 * gone. A refusal that is no leak, and the proof that the sequence can tell the two apart.
 */
export async function hold(context: SequenceContext, last: CapacitySample, made: number): Promise<CapacitySample> {
  const freed = last.capacity < 1 ? 1 : 0;
  if (freed > 0) {
    await take(context, freed);
    await probe(context, freed);
  }
  const holder = await dockerRun(context, null);
  let filled = 0;
  let whenFull = await probe(context, 0);
  for (let round = 0; round < ROUNDS && (round === 0 || whenFull.capacity > 0); round++) {
    // Numbers nobody has used yet.
    const start = made + 1 + filled;
    filled += (await fill(context, start, start + 999)).made;
    whenFull = await probe(context, 0);
  }
  const refused = await dockerRun(context, null);
  if (created(refused)) await dockerRemove(context, refused);
  if (created(holder)) await dockerRemove(context, holder);
  const after = await probe(context, created(holder) ? 1 : 0);
  const afterRemoval = created(holder) ? await dockerRun(context, null) : null;
  if (afterRemoval && created(afterRemoval)) await dockerRemove(context, afterRemoval);
  const { reading } = await readCgroups(context);
  context.journal.append({
    kind: 'hold.finished',
    kernel: context.kernel,
    freed,
    holder,
    filled,
    whenFull,
    refused,
    afterRemoval,
    reading,
  });
  return after;
}
