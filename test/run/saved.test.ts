/** Runs that start from what an earlier run has saved, on model machines. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { UserError } from '../../src/host/user-error.js';
import { runMatrix } from '../../src/run/run.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { kernelRow } from '../fixtures/build.js';
import { TempJournal } from '../guest/fakes.js';
import { EL7, V4_4 } from '../scenario/cgroup-slots/model.js';
import { Lab, labPlan } from './lab.js';

const ROWS = [kernelRow('3.10', 'leaks'), kernelRow('4.4', 'clean')];

/** Runs of one lab. */
class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'km-saved-'));
  readonly lab = new Lab(
    new Map([
      ['3.10', EL7],
      ['4.4', V4_4],
    ]),
  );
  private readonly journals: TempJournal[] = [];

  async run({ fresh = false } = {}): Promise<TempJournal> {
    const journal = new TempJournal(ROWS);
    this.journals.push(journal);
    const { folder, lab } = this;
    const consoleFile = (kernel: string) => `${kernel}.log`;
    const input = { run: 'test-run', folder, plan: labPlan(ROWS), rows: ROWS, keep: false, fresh, consoleFile };
    await runMatrix(input, journal.writer, lab.observer, new AbortController().signal, lab.prepare);
    return journal;
  }

  remove(): void {
    for (const journal of this.journals) journal.remove();
    rmSync(this.folder, { recursive: true });
  }
}

// Each row waits a second for cgroups that come back late, so the runs go on side by side.
const test = it.extend<{ bench: Bench }>({
  bench: async ({}, use) => {
    const bench = new Bench();
    await use(bench);
    bench.remove();
  },
});

const verdicts = (journal: TempJournal) => judgeRun(journal.facts()).map(({ verdict, status }) => [verdict, status]);

describe.concurrent('a run after another', () => {
  test('starts each kernel from what that has saved, and finds the same', async ({ bench, expect }) => {
    const { lab } = bench;
    const first = await bench.run();
    expect(first.of('machine.saved').map(({ kernel }) => kernel)).toEqual(['3.10', '4.4']);
    const second = await bench.run();
    expect(second.of('boot.selected')).toEqual([]);
    expect(second.of('machine.saved')).toEqual([]);
    expect(second.of('boot.proven').map(({ kernel, saved }) => [kernel, saved?.run])).toEqual([
      ['3.10', 'earlier-run'],
      ['4.4', 'earlier-run'],
    ]);
    expect(verdicts(second)).toEqual(verdicts(first));
    expect(verdicts(second)).toEqual([
      ['leaks', 'as-expected'],
      ['clean', 'as-expected'],
    ]);
    expect(lab.machines.every(({ destroyed }) => destroyed === 1)).toBe(true);
  });

  test('boots each kernel for real with fresh, and saves nothing', async ({ bench, expect }) => {
    const { lab } = bench;
    await bench.run();
    lab.snapshots.delete('4.4');
    const second = await bench.run({ fresh: true });
    expect(second.of('boot.proven').map(({ saved }) => saved ?? null)).toEqual([null, null]);
    expect(second.of('machine.saved')).toEqual([]);
  });

  test('boots a kernel for real whose snapshot does not start, forgets that, and tells', async ({ bench, expect }) => {
    const { lab } = bench;
    await bench.run();
    lab.noRestore = new Error('Missing section footer');
    const second = await bench.run();
    expect(verdicts(second)).toEqual([
      ['leaks', 'as-expected'],
      ['clean', 'as-expected'],
    ]);
    expect(second.facts().retried.map(({ reason }) => reason)).toEqual([
      'Missing section footer',
      'Missing section footer',
    ]);
    expect(second.of('machine.saved').map(({ kernel }) => kernel)).toEqual(['3.10', '4.4']);
  });

  test('keeps a snapshot where something else kept the machine from starting', async ({ bench, expect }) => {
    const { lab } = bench;
    await bench.run();
    lab.noRestore = new UserError({ what: 'port 2222 on 127.0.0.1 is taken' });
    const second = await bench.run();
    expect(second.of('row.finished').map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect(second.facts().rows[0]!.outcome!.reason).toContain('port 2222');
    expect(second.facts().retried).toEqual([]);
    expect([...lab.snapshots.keys()]).toEqual(['3.10', '4.4']);
  });

  test('measures nothing in a machine that is not the one that was saved', async ({ bench, expect }) => {
    const { lab } = bench;
    await bench.run();
    const saved = lab.snapshots.get('4.4')!;
    lab.snapshots.set('4.4', { ...saved, bootId: 'another' });
    lab.interfere = (row, command) =>
      row === '4.4' && command === 'cat /proc/sys/kernel/random/boot_id' ? `${saved.bootId}\n` : undefined;
    const second = await bench.run();
    const [, row] = second.facts().rows;
    expect(row!.outcome).toMatchObject({ outcome: 'failed', phase: 'boot' });
    expect(row!.outcome!.reason).toMatch(/snapshot 4\.4 should hold .* boot another/);
    expect(slotsOf(row!).cleaned).toBeNull();
  });
});
