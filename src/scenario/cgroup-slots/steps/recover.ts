import type { CapacitySample } from '../../../journal/events.js';
import { shell as sh } from '../../../remote/quote.js';
import { clear, fill, liveDirectories, probe } from '../bulk.js';
import type { SequenceContext } from '../context.js';
import { readCgroups, readMemory } from '../readings.js';
import { settledProbe } from './churn.js';

/**
 * Step 9: do lost slots come back, after dropping caches, after removing every test directory? The second question
 * costs another filling and is asked only if something was lost and the first answer was no. Then all is removed.
 * @param last the probe that step 8 ended with: what is free once late ids are back.
 * @param lost slots lost so far.
 * @param marker the line in the kernel log that the sequence began with.
 */
export async function recover(
  context: SequenceContext,
  last: CapacitySample,
  lost: number,
  marker: string,
): Promise<void> {
  const { shell, hierarchy, sequence } = context;
  const from: number[] = [];
  const before = await settledProbe(context, last);
  from.push((await shell.must('sync; echo 3 > /proc/sys/vm/drop_caches')).seq);
  const afterDropCaches = await probe(context, before.capacity + Math.max(0, lost));
  const cleared = await clear(context);
  from.push(cleared.seq);

  let refilled: number | null = null;
  let liveOther: number | null = null;
  if (lost > 0 && afterDropCaches.capacity < before.capacity + lost) {
    from.push((await shell.must(`mkdir ${hierarchy.test}`)).seq);
    if (hierarchy.version === 'v2')
      from.push((await shell.must(`echo +memory > ${hierarchy.test}/cgroup.subtree_control`)).seq);
    const filled = await fill(context, 1, sequence.max_directories);
    const live = await liveDirectories(context);
    refilled = filled.made;
    liveOther = live.count - filled.made;
    from.push(filled.seq, live.seq, (await clear(context)).seq);
  }
  // What the kernel said since the sequence began, for the reader of the transcript.
  from.push((await shell.run(sh`dmesg | sed -n ${`/${marker}/,$p`} | tail -n 40`)).seq);
  const { reading, from: readFrom } = await readCgroups(context);
  const memory = await readMemory(context);
  context.journal.append({
    kind: 'recover.finished',
    kernel: context.kernel,
    lost,
    before,
    afterDropCaches,
    removed: cleared.removed,
    refilled,
    liveOther,
    reading,
    memory: memory.memory,
    from: [...from, ...readFrom, ...memory.from],
  });
}
