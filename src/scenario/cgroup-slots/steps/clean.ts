import type { EventBodies } from '../../../journal/events.js';
import { shell as sh } from '../../../remote/quote.js';
import { clear } from '../bulk.js';
import { SequenceError, type SequenceContext } from '../context.js';
import { readCgroups, readMemory } from '../readings.js';

/** Step 1: nothing of before is left, and what runs is written down. */
export async function clean(context: SequenceContext): Promise<EventBodies['cleaned']> {
  const { shell, kernel, hierarchy, timeouts } = context;
  const found = await shell.must('docker ps -aq', { timeout: timeouts.docker });
  const containers = found.stdout.split('\n').filter((line) => line !== '');
  if (containers.length > 0) await shell.must(sh`docker rm -f ${containers}`, { timeout: timeouts.docker });
  const cleared = await clear(context);
  const marker = `kernel-matrix: ${context.run} ${kernel} begins`;
  await shell.must(sh`echo ${marker} > /dev/kmsg`);
  const uname = await shell.must('uname -r');
  const bootId = await shell.must('cat /proc/sys/kernel/random/boot_id');
  const cmdline = await shell.must('cat /proc/cmdline');
  const info = await shell.must('docker info 2>/dev/null', { timeout: timeouts.docker });
  const docker = parseDockerInfo(info.stdout);
  if (docker.cgroupVersion !== (hierarchy.version === 'v1' ? '1' : '2')) {
    throw new SequenceError(
      `Docker uses cgroup version ${docker.cgroupVersion}, the row asks for ${hierarchy.version} (this kernel may lack its memory controller)`,
    );
  }
  const menu = await shell.must(context.menu);
  const { reading, from } = await readCgroups(context);
  const memory = await readMemory(context);
  const body: EventBodies['cleaned'] = {
    kernel,
    uname: uname.stdout.trim(),
    bootId: bootId.stdout.trim(),
    cmdline: cmdline.stdout.trim(),
    marker,
    docker,
    menu: menu.stdout.split('\n').filter((line) => line !== ''),
    removedContainers: containers.length,
    removedDirectories: cleared.removed,
    reading,
    memory: memory.memory,
    from: [uname.seq, bootId.seq, cmdline.seq, info.seq, menu.seq, ...from, ...memory.from],
  };
  context.journal.append({ kind: 'cleaned', ...body });
  return body;
}

/** The lines of `docker info` that matter here; Docker before 20.10 knows v1 only and has no Cgroup Version line. */
export function parseDockerInfo(text: string): EventBodies['cleaned']['docker'] {
  const value = (key: string) => new RegExp(`^[ \\t]*${key}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    server: value('Server Version'),
    runc: value('runc version'),
    storageDriver: value('Storage Driver'),
    cgroupDriver: value('Cgroup Driver'),
    cgroupVersion: value('Cgroup Version') || '1',
  };
}
