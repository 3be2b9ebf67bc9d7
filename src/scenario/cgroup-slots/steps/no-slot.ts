import { created, dockerRemove, dockerRun } from '../docker.js';
import type { SequenceContext } from '../context.js';
import { readCgroups } from '../readings.js';

/** Step 4, case 1: with no slot free a container must be refused, which proves that exhaustion bites. */
export async function noSlot(context: SequenceContext): Promise<void> {
  const run = await dockerRun(context, null);
  if (created(run)) await dockerRemove(context, run);
  const { reading } = await readCgroups(context);
  context.journal.append({ kind: 'case1.finished', kernel: context.kernel, run, reading });
}
