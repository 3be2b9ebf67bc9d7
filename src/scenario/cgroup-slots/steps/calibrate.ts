import type { Step } from '../../scenario.js';
import { fill, probe, take } from '../bulk.js';
import type { SlotsContext } from '../context.js';
import type { CapacitySample } from '../events.js';

/** Step 3: the probe must see 0, then 1 after one rmdir, then 0 once it is taken back. */
export const calibrate: Step<SlotsContext> = {
  phase: 'calibrate',
  title: 'Calibrate the probe',
  testCase: 'calibration',
  describe: () => 'the capacity probe must see 0, then 1 after one rmdir, then 0',
  async run(context) {
    const samples: { expected: number; sample: CapacitySample }[] = [];
    samples.push({ expected: 0, sample: await probe(context, 0) });
    const freed = await take(context, 1);
    const one = await probe(context, 1);
    one.from.unshift(freed.seq);
    samples.push({ expected: 1, sample: one });
    // The lowest number was removed; the same one takes the slot back.
    const back = await fill(context, 1, 1);
    const none = await probe(context, 0);
    none.from.unshift(back.seq);
    samples.push({ expected: 0, sample: none });
    context.journal.append({ kind: 'calibrated', kernel: context.row.name, samples });
  },
};
