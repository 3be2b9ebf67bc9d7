/** Two shards as processes at the same time, each with a machine and a kernel of its own, and the run that merging makes of them. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { readJournal, replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { qemuProcesses, start, workFolder, writeConfig, type Ended } from './support.js';
import { lacking, MACHINES } from '../needs.js';

describe.skipIf(lacking(MACHINES))('two shards at the same time', () => {
  const folder = workFolder();
  const runs = join(folder, 'runs');
  let ends: Ended[];
  let merged: Ended;
  let facts: RunFacts;

  beforeAll(async () => {
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1 }
guest: { os: debian }
sequence: { cycles: 1 }
jobs: 1
kernels:
  - { name: 6.1, source: deb, suite: bookworm-security, package: linux-image-6.1.*-cloud-amd64, expect: clean }
  - { name: 5.10, source: deb, suite: bullseye-security, package: linux-image-5.10.*-cloud-amd64, expect: clean }
`,
    );
    // Their consoles are asked about, so both boot, whatever an earlier run has saved.
    const shard = (part: string) =>
      start(['matrix', '--config', config, '--runs-dir', runs, '--fresh', '--shard', part]).ended;
    ends = await Promise.all([shard('1/2'), shard('2/2')]);
    const parts = readdirSync(runs).reverse();
    merged = await start(['merge', ...parts, '--runs-dir', runs, '--into', 'whole']).ended;
    const file = join(runs, 'whole/journal.jsonl');
    facts = replay((await readJournal(file)).events, file);
    process.stdout.write(merged.stdout);
  });

  it('each measure their own kernel', () => {
    for (const end of ends) expect(end.code, end.stderr).toBe(0);
    expect(ends.map(({ stderr }) => /^shard [^;]*/m.exec(stderr)?.[0])).toEqual([
      'shard 1/2: 6.1 (of 2 rows)',
      'shard 2/2: 5.10 (of 2 rows)',
    ]);
  });

  it('become one run with both, measured and as expected', () => {
    expect(merged.code, merged.stderr).toBe(0);
    expect(judgeRun(facts)).toMatchObject([
      { kernel: '6.1', verdict: 'clean', status: 'as-expected' },
      { kernel: '5.10', verdict: 'clean', status: 'as-expected' },
    ]);
    for (const row of facts.rows) {
      expect(row.boot!.entry).toBe(`k-${row.kernel.name}`);
      expect(slotsOf(row).exhausted!.made).toBeGreaterThan(65_000);
      expect(row.machine!.machine).toMatch(/^s[12]-m1$/);
    }
  });

  it('bring the consoles of kernels and machines', () => {
    for (const name of ['6.1', '5.10']) {
      const log = readFileSync(join(runs, 'whole/kernels', name, 'console.log'), 'latin1');
      expect(log).toContain(`Linux version ${facts.rows.find(({ kernel }) => kernel.name === name)!.boot!.release}`);
    }
    for (const { machine } of facts.rows) expect(existsSync(join(runs, 'whole', machine!.console!))).toBe(true);
  });

  it('leave no machine', () => {
    expect(qemuProcesses(folder)).toEqual([]);
  });
});
