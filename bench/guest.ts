/** In a machine: what is measured where the kernel under test is. One machine, one kernel. */
import { createJournal } from '../src/scenario/journal.js';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPlan } from '../src/cli/kernels-yaml.js';
import type { Plan } from '../src/config/plan.js';
import { GuestShell } from '../src/remote/guest-shell.js';
import { prepareBackend } from '../src/run/backend.js';
import { installBulkTool } from '../src/scenario/cgroup-slots/bulk.js';
import { pairsOf, timed } from './compare.js';
import type { Recorder } from './results.js';
import type { Subject } from './subject.js';

export const guest: Subject = {
  about:
    "in a guest: making and removing directories by the bulk tool, by the procedure's shell loop and by C (needs cc)",
  slow: true,
  run: (record, folder) => withGuest(folder, (shell) => directories(record, shell, folder)),
};

/** Starts a machine on the service kernel with the bulk tool in it, and removes it whatever happens. */
export async function withGuest(
  folder: string,
  work: (shell: GuestShell) => Promise<void>,
  plan: Plan = loadPlan('kernels.yaml', { profile: 'embedded', kernels: '6.1' }),
): Promise<void> {
  const journal = createJournal(join(folder, 'journal.jsonl'));
  const silent = { event: () => undefined, progress: () => undefined, close: () => undefined };
  const { signal } = new AbortController();
  const backend = await prepareBackend({ plan, run: `bench-${process.pid}`, keepable: false }, journal, silent, signal);
  const machine = await backend.provider.start('m1', folder, signal);
  try {
    const shell = new GuestShell(await machine.connect(plan.timeouts.boot, signal), journal, null, 600);
    await installBulkTool(shell);
    await work(shell);
  } finally {
    await machine.destroy();
    journal.close();
  }
}

const TEST = '/sys/fs/cgroup/memory/test';
const TOOL = 'perl /run/kernel-matrix/cgroups.pl';
/** Pairs of whole exhaustions, after one that warms up: the first takes its memory from the host. */
const ROUNDS = 3;
/** Far from any limit; the whole by a shell loop would take more than half an hour. */
const LOOPED = 300;

/** What one way took, a round an entry. */
interface Times {
  make: number[];
  remove: number[];
}

async function directories(record: Recorder, shell: GuestShell, folder: string): Promise<void> {
  await installFloor(shell, folder);
  const bulk: Times = { make: [], remove: [] };
  const floor: Times = { make: [], remove: [] };
  let made = 0;
  const byBulk = async () => {
    made = Number(
      /^made (\d+)$/m.exec(await timedInto(shell, bulk.make, `mkdir ${TEST}; ${TOOL} fill ${TEST} 1 65535`))![1],
    );
    await timedInto(shell, bulk.remove, `${TOOL} clear ${TEST}`);
  };
  const byFloor = async () => {
    const count = (await timedInto(shell, floor.make, `mkdir ${TEST}; /root/floor make ${TEST}`)).trim();
    await timedInto(shell, floor.remove, `/root/floor remove ${TEST} ${count}; rmdir ${TEST}`);
  };
  for (let round = 0; round <= ROUNDS; round++)
    for (const one of round % 2 ? [byBulk, byFloor] : [byFloor, byBulk]) await one();
  for (const times of [bulk, floor]) for (const each of [times.make, times.remove]) each.shift();

  const loop: Times = { make: [], remove: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const each = `for i in $(seq 1 ${LOOPED}); do`;
    await timedInto(shell, loop.make, `mkdir ${TEST}; ${each} mkdir ${TEST}/test-$i || break; done`);
    await timedInto(shell, loop.remove, `${each} rmdir ${TEST}/test-$i; done; rmdir ${TEST}`);
  }

  record.figure('directories made until refused', made, 'directories');
  const whole = (name: string, seconds: readonly number[]) => ({ name, seconds });
  const single = (name: string, seconds: readonly number[], of: number) => ({
    name,
    seconds: seconds.map((s) => s / of),
  });
  for (const [what, way] of [
    ['made until refused', 'make'],
    ['removed', 'remove'],
  ] as const) {
    record.pair(
      pairsOf(
        what,
        'wall',
        whole('the bulk tool', bulk[way]),
        whole(`C, ${way === 'make' ? 'mkdir' : 'rmdir'} alone`, floor[way]),
      ),
    );
    record.pair(
      pairsOf(
        `a directory ${what}`,
        'wall',
        single(`the procedure's shell loop, ${LOOPED} of them`, loop[way], LOOPED),
        single('the bulk tool, all of them', bulk[way], made),
      ),
    );
  }
}

async function timedInto(shell: GuestShell, times: number[], command: string): Promise<string> {
  let said = '';
  times.push(await timed(async () => void (said = (await shell.must(command)).stdout), 'wall'));
  return said;
}

/** Compiled here, statically, for the guest has no compiler. */
async function installFloor(shell: GuestShell, folder: string): Promise<void> {
  const binary = join(folder, 'floor');
  execFileSync('cc', ['-O2', '-static', '-o', binary, join(import.meta.dirname, 'in-guest/floor.c')]);
  await shell.must('base64 -d > /root/floor && chmod +x /root/floor', {
    input: readFileSync(binary).toString('base64'),
  });
}
