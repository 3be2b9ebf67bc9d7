import type { CapacitySample } from '../../../journal/events.js';
import type { SequenceContext } from '../context.js';
import { created, dockerRemove, dockerRun } from '../docker.js';
import { settledProbe } from './churn.js';

/** Step 7: one container without a limit again; where case 3 has leaked the last slot it fails now too. */
export async function aftermath(context: SequenceContext, before: CapacitySample): Promise<CapacitySample> {
  const run = await dockerRun(context, null);
  if (created(run)) await dockerRemove(context, run);
  const after = await settledProbe(context, before);
  context.journal.append({ kind: 'aftermath.finished', kernel: context.kernel, before, run, after });
  return after;
}
