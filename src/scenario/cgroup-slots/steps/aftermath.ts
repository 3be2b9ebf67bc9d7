import { created } from '../../../runtime/runtime.js';
import type { Step } from '../../scenario.js';
import { lastProbe, type SlotsContext } from '../context.js';
import { lostSlots } from '../lost.js';
import { settledProbe } from './churn.js';

/** Step 7: one container without a limit again; where case 3 has leaked the last slot it fails now too. */
export const aftermath: Step<SlotsContext> = {
  phase: 'aftermath',
  title: 'Aftermath: one unlimited container',
  testCase: 'verdict',
  describe: (_row, { docker }) => `docker run -id ${docker.image} once more`,
  async run(context) {
    const before = lastProbe(context);
    const run = await context.runtime.create(context.shell, null);
    if (created(run)) await context.runtime.remove(context.shell, run);
    const after = await settledProbe(context, before);
    context.journal.append({ kind: 'aftermath.finished', kernel: context.row.name, before, run, after });
    context.lost += lostSlots(before, after);
    context.last = after;
  },
};
