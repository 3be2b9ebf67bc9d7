/** In a machine: what is measured where the kernel under test is. One machine, one kernel. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../src/config/plan.js';
import { loadPlan } from '../src/config/select.js';
import { GuestShell } from '../src/guest/guest-shell.js';
import { JournalWriter } from '../src/journal/writer.js';
import { prepareBackend } from '../src/matrix/backend.js';
import { installBulkTool } from '../src/sequence/bulk.js';
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
  const journal = JournalWriter.create(join(folder, 'journal.jsonl'));
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
/** Directories of one side of a pair: as costly each as those of a whole exhaustion, by this kernel, and over before the host changes. */
const PART = 10_000;
const PAIRS = 10;
/** Far from any limit; the whole by a shell loop would take more than half an hour. */
const LOOPED = 300;
const LOOPS = 3;

/** What one way took, a round an entry. */
interface Times {
  make: number[];
  remove: number[];
}

async function directories(record: Recorder, shell: GuestShell, folder: string): Promise<void> {
  await installFloor(shell, folder);
  const times = (): Times => ({ make: [], remove: [] });
  const [whole, bulk, floor, loop] = [times(), times(), times(), times()];
  const byBulk = async ({ make, remove }: Times, most: number) => {
    const said = await timedInto(shell, make, `mkdir ${TEST}; ${TOOL} fill ${TEST} 1 ${most}`);
    await timedInto(shell, remove, `${TOOL} clear ${TEST}`);
    return Number(/^made (\d+)$/m.exec(said)![1]);
  };
  const byFloor = async ({ make, remove }: Times) => {
    const made = await timedInto(shell, make, `mkdir ${TEST}; /root/floor make ${TEST} ${PART}`);
    await timedInto(shell, remove, `/root/floor remove ${TEST} ${PART}; rmdir ${TEST}`);
    if (Number(made) !== PART) throw new Error(`the loop of C made ${made.trim()} directories`);
  };
  const byShell = async ({ make, remove }: Times) => {
    const each = `for i in $(seq 1 ${LOOPED}); do`;
    await timedInto(shell, make, `mkdir ${TEST}; ${each} mkdir ${TEST}/test-$i || break; done`);
    await timedInto(shell, remove, `${each} rmdir ${TEST}/test-$i; done; rmdir ${TEST}`);
  };

  // The first exhaustion takes its memory from the host.
  await byBulk(times(), 65_535);
  let made = 0;
  for (let round = 0; round < LOOPS; round++) {
    made = await byBulk(whole, 65_535);
    await byShell(loop);
  }
  for (let round = 0; round < PAIRS; round++) {
    const both = [() => byBulk(bulk, PART), () => byFloor(floor)];
    for (const one of round % 2 ? both : both.toReversed()) await one();
  }

  record.figure('directories made until refused', made, 'directories');
  for (const [what, call, way] of [
    ['made', 'mkdir', 'make'],
    ['removed', 'rmdir', 'remove'],
  ] as const) {
    const side = (name: string, seconds: readonly number[], of: number) => ({
      name,
      seconds: seconds.map((s) => s / of),
    });
    record.pair(
      pairsOf(
        `a directory ${what}, of ${PART}`,
        'wall',
        side('the bulk tool', bulk[way], PART),
        side(`C, ${call} alone`, floor[way], PART),
      ),
    );
    record.pair(
      pairsOf(
        `a directory ${what}`,
        'wall',
        side(`the procedure's shell loop, ${LOOPED} of them`, loop[way], LOOPED),
        side('the bulk tool, until refused', whole[way], made),
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
