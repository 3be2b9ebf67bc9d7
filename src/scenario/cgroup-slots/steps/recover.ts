import { shell as sh } from '../../../remote/quote.js';
import type { Step } from '../../scenario.js';
import { clear, fill, liveDirectories, probe } from '../bulk.js';
import { lastProbe, type SlotsContext } from '../context.js';
import { readCgroups, readMemory } from '../readings.js';
import { settledProbe } from './churn.js';

/**
 * Step 9: do lost slots come back, after dropping caches, after removing every test directory? The second question
 * costs another filling and is asked only if something was lost and the first answer was no. Then all is removed.
 */
export const recover: Step<SlotsContext> = {
  phase: 'recover',
  title: 'Recover',
  testCase: 'verdict',
  describe: () =>
    'sync; echo 3 > /proc/sys/vm/drop_caches; probe; rmdir of all; if slots are lost: filled once more',
  async run(context) {
    const { shell, row, lost, marker } = context;
    const before = await settledProbe(context, lastProbe(context));
    const dropped = await shell.must('sync; echo 3 > /proc/sys/vm/drop_caches');
    const afterDropCaches = await probe(context, before.capacity + Math.max(0, lost));
    const cleared = await clear(context);
    const stillLost = lost > 0 && afterDropCaches.capacity < before.capacity + lost;
    const { refilled, liveOther, from: refillFrom } = stillLost ? await refill(context) : NOT_REFILLED;
    // What the kernel said since the scenario began, for the reader of the transcript.
    const log = await shell.run(sh`dmesg | sed -n ${`/${marker}/,$p`} | tail -n 40`);
    const { reading, from: readFrom } = await readCgroups(context);
    const { memory, from: memoryFrom } = await readMemory(context);
    context.journal.append({
      kind: 'recover.finished',
      kernel: row.name,
      lost,
      before,
      afterDropCaches,
      removed: cleared.removed,
      refilled,
      liveOther,
      reading,
      memory,
      from: [dropped.seq, cleared.seq, ...refillFrom, log.seq, ...readFrom, ...memoryFrom],
    });
  },
};

interface Refill {
  refilled: number | null;
  liveOther: number | null;
  from: number[];
}
const NOT_REFILLED: Refill = { refilled: null, liveOther: null, from: [] };

/** Fills the emptied hierarchy once more, counts, and empties it. */
async function refill(context: SlotsContext): Promise<Refill> {
  const { shell, hierarchy, settings } = context;
  const from = [(await shell.must(`mkdir ${hierarchy.test}`)).seq];
  if (hierarchy.version === 'v2')
    from.push((await shell.must(`echo +memory > ${hierarchy.test}/cgroup.subtree_control`)).seq);
  const filled = await fill(context, 1, settings.max_directories);
  const live = await liveDirectories(context);
  from.push(filled.seq, live.seq, (await clear(context)).seq);
  return { refilled: filled.made, liveOther: live.count - filled.made, from };
}
