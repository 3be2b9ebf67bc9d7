/** In a machine: what is measured where the kernel under test is. One machine, one kernel. */
import { join } from 'node:path';
import { loadPlan } from '../src/config/select.js';
import { GuestShell } from '../src/guest/guest-shell.js';
import { JournalWriter } from '../src/journal/writer.js';
import { prepareBackend } from '../src/matrix/backend.js';
import { installBulkTool } from '../src/sequence/bulk.js';
import { comparePairs } from './compare.js';
import type { Recorder } from './results.js';
import type { Subject } from './subject.js';

export const guest: Subject = {
  about: "in a guest: mkdir by the original procedure's shell loop against the bulk tool (boots a machine)",
  slow: true,
  run: (record, folder) => withGuest(folder, (shell) => directories(record, shell)),
};

/** Starts a machine on the service kernel with the bulk tool in it, and removes it whatever happens. */
export async function withGuest(folder: string, work: (shell: GuestShell) => Promise<void>): Promise<void> {
  const plan = loadPlan('kernels.yaml', { profile: 'embedded', kernels: '6.1' });
  const journal = JournalWriter.create(join(folder, 'journal.jsonl'));
  const silent = { event: () => undefined, progress: () => undefined, close: () => undefined };
  const { signal } = new AbortController();
  const backend = await prepareBackend({ plan, run: `bench-${process.pid}`, keepable: false }, journal, silent, signal);
  const machine = await backend.provider.start('m1', folder, signal);
  try {
    const shell = new GuestShell(await machine.connect(plan.timeouts.boot, signal), journal, null, 300);
    await installBulkTool(shell);
    await work(shell);
  } finally {
    await machine.destroy();
    journal.close();
  }
}

/** 300 directories a round, which is far from any limit. */
async function directories(record: Recorder, shell: GuestShell): Promise<void> {
  const test = '/sys/fs/cgroup/memory/test';
  const clear = `perl /run/kernel-matrix/cgroups.pl clear ${test}`;
  const timedIn = (command: string) => async () => void (await shell.must(`mkdir ${test}; ${command}; ${clear}`));
  record.pair(
    await comparePairs(
      '300 directories, made and removed',
      {
        name: "the procedure's shell loop",
        work: timedIn(`for i in $(seq 1 300); do mkdir ${test}/test-\${i} || break; done`),
      },
      { name: 'the bulk tool', work: timedIn(`perl /run/kernel-matrix/cgroups.pl fill ${test} 1 300`) },
      'wall',
    ),
  );
}
