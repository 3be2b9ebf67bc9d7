import { setTimeout as sleep } from 'node:timers/promises';
import { ScenarioError, type Step } from '../../scenario.js';
import { countDirectories, fill } from '../bulk.js';
import type { SlotsContext } from '../context.js';
import type { Errno } from '../events.js';
import { hierarchyOf } from '../hierarchy.js';
import { readCgroups, readMemory } from '../readings.js';

/** Rounds of filling: ids that come back late (of containers and directories removed before) are taken by a later one. */
const ROUNDS = 5;

/** Step 2: directories until the kernel refuses. */
export const exhaust: Step<SlotsContext> = {
  phase: 'exhaust',
  title: 'Exhaust',
  testCase: 'exhaustion',
  describe: ({ cgroup }, { sequence }) =>
    `mkdir ${hierarchyOf(cgroup).test}/test-N until refused (at most ${sequence.max_directories})`,
  async run(context) {
    const { hierarchy, row, memory: memoryBefore } = context;
    const from = await makeTestDirectory(context);
    const { made, errno, seconds, from: filledFrom } = await fillUp(context);
    const directories = await countDirectories(context);
    const { reading, from: readFrom } = await readCgroups(context);
    const { memory, from: memoryFrom } = await readMemory(context);
    context.journal.append({
      kind: 'exhausted',
      kernel: row.name,
      directory: hierarchy.test,
      made,
      errno,
      directories: directories.count,
      reading,
      memoryBefore,
      memory,
      seconds,
      from: [...from, ...filledFrom, directories.seq, ...readFrom, ...memoryFrom],
    });
    if (errno === null)
      throw new ScenarioError(`${made} directories were made and the kernel did not refuse (max_directories)`);
    context.made = made;
  },
};

async function makeTestDirectory({ shell, hierarchy }: SlotsContext): Promise<number[]> {
  const make = `mkdir ${hierarchy.test}`;
  // Without the controller in both, children take no memory id and mkdir never ends.
  const enable = (directory: string) => `echo +memory > ${directory}/cgroup.subtree_control`;
  const commands = hierarchy.version === 'v2' ? [enable(hierarchy.root), make, enable(hierarchy.test)] : [make];
  const from: number[] = [];
  for (const command of commands) from.push((await shell.must(command)).seq);
  return from;
}

interface FilledUp {
  made: number;
  /** The last refusal; null without one. */
  errno: Errno | null;
  seconds: number;
  from: number[];
}

async function fillUp(context: SlotsContext): Promise<FilledUp> {
  const result: FilledUp = { made: 0, errno: null, seconds: 0, from: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    const filled = await fill(context, result.made + 1, context.settings.max_directories);
    result.made += filled.made;
    result.seconds += filled.seconds;
    result.errno = filled.errno;
    result.from.push(filled.seq);
    if (filled.errno === null || (round > 1 && filled.made === 0)) break;
    await sleep(1000);
  }
  return result;
}
