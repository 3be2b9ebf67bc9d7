import type { EventBodies, MemoryReading } from '../../../journal/events.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { countDirectories, fill } from '../bulk.js';
import { SequenceError, type SequenceContext } from '../context.js';
import { readCgroups, readMemory } from '../readings.js';

/** Rounds of filling: ids that come back late (of containers and directories removed before) are taken by a later one. */
const ROUNDS = 5;

/** Step 2: directories until the kernel refuses. @throws SequenceError if it never does. */
export async function exhaust(
  context: SequenceContext,
  memoryBefore: MemoryReading,
): Promise<EventBodies['exhausted']> {
  const { shell, hierarchy, sequence, kernel } = context;
  const from: number[] = [];
  if (hierarchy.version === 'v2') {
    // Without the controller in both, children take no memory id and mkdir never ends.
    from.push((await shell.must(`echo +memory > ${hierarchy.root}/cgroup.subtree_control`)).seq);
  }
  from.push((await shell.must(`mkdir ${hierarchy.test}`)).seq);
  if (hierarchy.version === 'v2')
    from.push((await shell.must(`echo +memory > ${hierarchy.test}/cgroup.subtree_control`)).seq);
  let made = 0;
  let seconds = 0;
  let errno: EventBodies['exhausted']['errno'] = null;
  for (let round = 1; round <= ROUNDS; round++) {
    const filled = await fill(context, made + 1, sequence.max_directories);
    made += filled.made;
    seconds += filled.seconds;
    errno = filled.errno;
    from.push(filled.seq);
    if (errno === null || (round > 1 && filled.made === 0)) break;
    await sleep(1000);
  }
  const directories = await countDirectories(context);
  const { reading, from: readFrom } = await readCgroups(context);
  const memory = await readMemory(context);
  const body: EventBodies['exhausted'] = {
    kernel,
    directory: hierarchy.test,
    made,
    errno,
    directories: directories.count,
    reading,
    memoryBefore,
    memory: memory.memory,
    seconds,
    from: [...from, directories.seq, ...readFrom, ...memory.from],
  };
  context.journal.append({ kind: 'exhausted', ...body });
  if (errno === null)
    throw new SequenceError(`${made} directories were made and the kernel did not refuse (max_directories)`);
  return body;
}
