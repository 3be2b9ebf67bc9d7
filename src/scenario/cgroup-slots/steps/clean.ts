import { shell as sh } from '../../../remote/quote.js';
import { ScenarioError, type Step } from '../../scenario.js';
import { clear } from '../bulk.js';
import type { SlotsContext } from '../context.js';
import { readCgroups, readMemory } from '../readings.js';

/** Step 1: nothing of before is left, and what runs is recorded. */
export const clean: Step<SlotsContext> = {
  phase: 'clean',
  title: 'Clean',
  testCase: 'exhaustion',
  describe: () => 'docker rm -f of every container; marker to /dev/kmsg; readings',
  async run(context) {
    const { shell, row, hierarchy, runtime, marker } = context;
    const removedContainers = await runtime.removeAll(shell);
    const cleared = await clear(context);
    await shell.must(sh`echo ${marker} > /dev/kmsg`);
    const uname = await shell.must('uname -r');
    const bootId = await shell.must('cat /proc/sys/kernel/random/boot_id');
    const cmdline = await shell.must('cat /proc/cmdline');
    const { from: infoFrom, ...docker } = await runtime.info(shell);
    if (docker.cgroupVersion !== (hierarchy.version === 'v1' ? '1' : '2')) {
      throw new ScenarioError(
        `Docker uses cgroup version ${docker.cgroupVersion}, the row asks for ${hierarchy.version} (this kernel may lack its memory controller)`,
      );
    }
    const menu = await shell.must(context.menu);
    const { reading, from } = await readCgroups(context);
    const { memory, from: memoryFrom } = await readMemory(context);
    context.journal.append({
      kind: 'cleaned',
      kernel: row.name,
      uname: uname.stdout.trim(),
      bootId: bootId.stdout.trim(),
      cmdline: cmdline.stdout.trim(),
      marker,
      docker,
      menu: menu.stdout.split('\n').filter((line) => line !== ''),
      removedContainers,
      removedDirectories: cleared.removed,
      reading,
      memory,
      from: [uname.seq, bootId.seq, cmdline.seq, ...infoFrom, menu.seq, ...from, ...memoryFrom],
    });
    context.memory = memory;
  },
};
