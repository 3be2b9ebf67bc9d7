/** A machine that was saved once its kernel was up: what a second run takes from it, and what it measures all the same. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunFacts } from '../../src/journal/replay.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { factsOfOnlyRun, shareUserlands, start, workFolder, writeConfig, type Ended } from './support.js';

describe('a second run', () => {
  const folder = workFolder();
  const cache = join(folder, 'cache');
  const ends: Ended[] = [];
  let first: RunFacts;
  let second: RunFacts;

  beforeAll(async () => {
    mkdirSync(cache);
    shareUserlands(cache);
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1, disk_bus: virtio }
guest: { os: debian }
sequence: { cycles: 1 }
kernels:
  - name: 6.1-v2
    source: deb
    suite: bookworm-security
    package: linux-image-6.1.*-cloud-amd64
    cgroup: v2
    expect: clean
`,
    );
    for (const name of ['first', 'second']) {
      const words = ['matrix', '--config', config, '--runs-dir', join(folder, name)];
      ends.push(await start(words, { KERNEL_MATRIX_CACHE: cache }).ended);
    }
    [first, second] = [await factsOfOnlyRun(join(folder, 'first')), await factsOfOnlyRun(join(folder, 'second'))];
  });

  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  const row = (facts: RunFacts) => facts.rows[0]!;

  it('starts from the machine that the first has booted and saved, and says whose it was', () => {
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(row(first).boot!.saved ?? null).toBeNull();
    expect(row(second).boot!.saved).toMatchObject({ run: first.run });
    expect(row(second).boot!.bootIdBefore).toBe(row(first).boot!.bootIdAfter);
    const page = readFileSync(join(folder, 'second', second.run, 'matrix.md'), 'utf8');
    expect(page).toContain(row(second).boot!.saved!.key);
  });

  it('asks the kernel itself what it is', () => {
    const [uname] = row(second).commands.filter(({ command }) => command === 'uname -r');
    expect(uname!.stdout.trim()).toBe(row(first).boot!.release);
  });

  it('measures the same', () => {
    const [before, after] = [judgeRun(first), judgeRun(second)];
    expect(after.map(({ verdict }) => verdict)).toEqual(['clean']);
    expect(before.map(({ verdict }) => verdict)).toEqual(['clean']);
    expect(row(second).exhausted!.made).toBe(row(first).exhausted!.made);
    expect(row(second).exhausted!.errno).toEqual(row(first).exhausted!.errno);
  });
});
