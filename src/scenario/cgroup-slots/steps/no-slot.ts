import { created } from '../../../runtime/runtime.js';
import type { Step } from '../../scenario.js';
import type { SlotsContext } from '../context.js';
import { readCgroups } from '../readings.js';

/** Step 4, case 1: with no slot free a container must be refused, which proves that exhaustion bites. */
export const noSlot: Step<SlotsContext> = {
  phase: 'case1',
  title: 'Case 1: a container with no slot free',
  testCase: 'case 1',
  describe: (_row, { docker }) => `docker run -id ${docker.image}: must be refused`,
  async run(context) {
    const { runtime, shell } = context;
    const run = await runtime.create(shell, null);
    if (created(run)) await runtime.remove(shell, run);
    const { reading } = await readCgroups(context);
    context.journal.append({ kind: 'case1.finished', kernel: context.row.name, run, reading });
  },
};
