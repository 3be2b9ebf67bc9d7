/**
 * Measures, in one run, what the design rests on, and prints ratios. Figures are of this host and this moment: only the
 * ratios are meant to be compared.
 *
 *   npm run bench            journal and replay on this host
 *   npm run bench -- --vm    also mkdir in a guest: the shell loop of the original procedure against the bulk tool
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../src/config/plan.js';
import { loadPlan } from '../src/config/select.js';
import { parseJournal } from '../src/journal/read.js';
import { replay } from '../src/journal/replay.js';
import { JournalWriter } from '../src/journal/writer.js';
import { GuestShell } from '../src/guest/guest-shell.js';
import { prepareBackend } from '../src/matrix/backend.js';
import { buildReports } from '../src/report/index.js';
import { installBulkTool } from '../src/sequence/bulk.js';
import { sourceJournal } from '../test/fixtures/source.js';

const ROUNDS = 5;

/** Runs both sides in turn and prints their medians and the ratio of A to B, pair by pair. */
async function compare(a: [name: string, work: () => Promise<void> | void], b: typeof a): Promise<void> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, [, work]] of [a, b].entries()) {
      const begun = performance.now();
      await work();
      // The first round warms up.
      if (round > 0) times[index]!.push(performance.now() - begun);
    }
  }
  const median = (values: number[]) => [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)]!;
  const ratios = times[0].map((time, index) => time / times[1][index]!);
  console.log(`${a[0]}: ${median(times[0]).toFixed(1)} ms`);
  console.log(`${b[0]}: ${median(times[1]).toFixed(1)} ms`);
  console.log(
    `  ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})\n`,
  );
}

async function onThisHost(folder: string): Promise<void> {
  const command = {
    kind: 'command',
    kernel: '6.1',
    machine: 'm1',
    phase: 'case2',
    command: 'docker run -id nginx',
    code: 0,
    stdout: 'x'.repeat(200),
    stderr: '',
    seconds: 1,
  } as const;
  let n = 0;
  const lines = (work: (file: string) => void) => () => work(join(folder, `${(n += 1)}`));
  await compare(
    [
      '200 events, each synced before the next effect (the journal)',
      lines((file) => {
        const journal = JournalWriter.create(file);
        for (let i = 0; i < 200; i++) journal.append(command);
        journal.close();
      }),
    ],
    [
      '200 events, synced once at the end',
      lines((file) => {
        const descriptor = openSync(file, 'wx');
        for (let i = 0; i < 200; i++)
          writeSync(descriptor, `${JSON.stringify({ v: 1, seq: i, at: new Date(), ...command })}\n`);
        fsyncSync(descriptor);
        closeSync(descriptor);
      }),
    ],
  );
  const text = sourceJournal().text();
  const facts = replay(parseJournal(text, 'bench').events, 'bench');
  await compare(
    [
      'read and replay the journal of the original procedure',
      () => void replay(parseJournal(text, 'bench').events, 'bench'),
    ],
    ['judge it and build every report', () => void buildReports(facts)],
  );
}

/** One machine, one kernel; 300 directories a round, which is far from any limit. */
async function inGuest(folder: string): Promise<void> {
  const plan: Plan = loadPlan('kernels.yaml', { profile: 'embedded', kernels: '6.1' });
  const journal = JournalWriter.create(join(folder, 'journal.jsonl'));
  const silent = { event: () => undefined, progress: () => undefined, close: () => undefined };
  const signal = new AbortController().signal;
  const backend = await prepareBackend({ plan, run: `bench-${process.pid}`, keepable: false }, journal, silent, signal);
  const machine = await backend.provider.start('m1', folder, signal);
  try {
    const shell = new GuestShell(await machine.connect(plan.timeouts.boot, signal), journal, null, 300);
    await installBulkTool(shell);
    const test = '/sys/fs/cgroup/memory/test';
    const clear = `perl /run/kernel-matrix/cgroups.pl clear ${test}`;
    await compare(
      [
        "300 directories, the procedure's shell loop",
        async () => {
          await shell.must(
            `mkdir ${test}; for i in $(seq 1 300); do mkdir ${test}/test-\${i} || break; done; ${clear}`,
          );
        },
      ],
      [
        '300 directories, the bulk tool',
        async () => {
          await shell.must(`mkdir ${test}; perl /run/kernel-matrix/cgroups.pl fill ${test} 1 300; ${clear}`);
        },
      ],
    );
  } finally {
    await machine.destroy();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'kernel-matrix-bench-'));
try {
  await onThisHost(folder);
  if (process.argv.includes('--vm')) await inGuest(folder);
} finally {
  rmSync(folder, { recursive: true });
}
