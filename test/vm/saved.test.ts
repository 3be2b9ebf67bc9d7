/** A machine that was saved once its kernel was up: what a second run takes from it, and what it measures all the same. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { factsOfOnlyRun, shareUserlands, start, workFolder, writeConfig, type Ended } from './support.js';
import { lacking, MACHINES } from '../needs.js';

describe.skipIf(lacking(MACHINES))('a second run', () => {
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
  - name: panics
    source: deb
    suite: bookworm-security
    package: linux-image-6.1.*-cloud-amd64
    cmdline: [rdinit=/nonexistent]
`,
    );
    // The first measures all; the second some of them, from the image of all.
    for (const [name, ...some] of [['first'], ['second', '--kernels', '6.1-v2']]) {
      const words = ['matrix', '--config', config, '--runs-dir', join(folder, name!), ...some];
      ends.push(await start(words, { KERNEL_MATRIX_CACHE: cache }).ended);
    }
    [first, second] = [await factsOfOnlyRun(join(folder, 'first')), await factsOfOnlyRun(join(folder, 'second'))];
  });

  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  const row = (facts: RunFacts) => facts.rows.find(({ kernel }) => kernel.name === '6.1-v2')!;

  it('starts from the machine that the first has booted and saved, and says whose it was', () => {
    expect(ends.map(({ code }) => code)).toEqual([3, 0]);
    expect(second.rows.map(({ kernel }) => kernel.name)).toEqual(['6.1-v2']);
    expect(row(first).boot!.saved ?? null).toBeNull();
    expect(row(second).boot!.saved).toMatchObject({ run: first.run });
    expect(row(second).boot!.bootIdBefore).toBe(row(first).boot!.bootIdAfter);
    const page = readFileSync(join(folder, 'second', second.run, 'matrix.md'), 'utf8');
    expect(page).toContain(row(second).boot!.saved!.key);
  });

  it('of some of the kernels has the image of all', () => {
    expect(first.image).toMatchObject({ built: true });
    expect(second.image).toMatchObject({ built: false, image: first.image!.image });
  });

  it('asks the kernel itself what it is', () => {
    const [uname] = row(second).commands.shown.filter(({ command }) => command === 'uname -r');
    expect(uname!.stdout.trim()).toBe(row(first).boot!.release);
  });

  it('measures the same', () => {
    const verdict = (facts: RunFacts) => judgeRun(facts).find(({ kernel }) => kernel === '6.1-v2')!.verdict;
    expect(verdict(first)).toBe('clean');
    expect(verdict(second)).toBe('clean');
    expect(slotsOf(row(second)).exhausted!.made).toBe(slotsOf(row(first)).exhausted!.made);
    expect(slotsOf(row(second)).exhausted!.errno).toEqual(slotsOf(row(first)).exhausted!.errno);
  });
});
