import { created } from '../../../runtime/runtime.js';
import type { Step } from '../../scenario.js';
import { fill, probe, take } from '../bulk.js';
import { lastProbe, type SlotsContext } from '../context.js';
import { readCgroups } from '../readings.js';

/** Rounds of taking what is left, for ids that come back late. */
const ROUNDS = 3;

/**
 * Step 8: with one container kept and no slot left the next create must be refused, and succeed once the container is
 * gone. A refusal that is no leak, and the proof that the scenario can tell the two apart.
 */
export const hold: Step<SlotsContext> = {
  phase: 'hold',
  title: 'Hold control: a container that is kept',
  testCase: 'hold control',
  describe: () => 'one container kept, all slots taken: the next is refused; after docker rm -f it is made',
  async run(context) {
    const { runtime, shell } = context;
    const freed = lastProbe(context).capacity < 1 ? 1 : 0;
    if (freed > 0) {
      await take(context, freed);
      await probe(context, freed);
    }
    const holder = await runtime.create(shell, null);
    const { filled, whenFull } = await takeTheRest(context);
    const refused = await runtime.create(shell, null);
    if (created(refused)) await runtime.remove(shell, refused);
    if (created(holder)) await runtime.remove(shell, holder);
    context.last = await probe(context, created(holder) ? 1 : 0);
    const afterRemoval = created(holder) ? await runtime.create(shell, null) : null;
    if (afterRemoval && created(afterRemoval)) await runtime.remove(shell, afterRemoval);
    const { reading } = await readCgroups(context);
    context.journal.append({
      kind: 'hold.finished',
      kernel: context.row.name,
      freed,
      holder,
      filled,
      whenFull,
      refused,
      afterRemoval,
      reading,
    });
  },
};

async function takeTheRest(context: SlotsContext) {
  let filled = 0;
  let whenFull = await probe(context, 0);
  for (let round = 0; round < ROUNDS && (round === 0 || whenFull.capacity > 0); round++) {
    // Numbers nobody has used yet.
    const start = context.made + 1 + filled;
    filled += (await fill(context, start, start + 999)).made;
    whenFull = await probe(context, 0);
  }
  return { filled, whenFull };
}
