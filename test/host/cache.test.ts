import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, cacheRoot, claimFolder, scratchFolder, sweepScratch } from '../../src/host/cache.js';

describe('cacheRoot', () => {
  it.each([
    ['its own variable first', { KERNEL_MATRIX_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
    ['then the XDG folder', { XDG_CACHE_HOME: '/b' }, '/b/kernel-matrix'],
    ['then the home folder', {}, join(homedir(), '.cache', 'kernel-matrix')],
    [
      'nothing from an empty variable',
      { KERNEL_MATRIX_CACHE: '', XDG_CACHE_HOME: '' },
      `${homedir()}/.cache/kernel-matrix`,
    ],
  ])('takes %s', (_, env, root) => {
    expect(cacheRoot(env)).toBe(root);
  });
});

describe('a claimed folder', () => {
  it('is its owner’s alone, also where two want the same name', () => {
    const root = mkdtempSync(join(tmpdir(), 'km-claim-'));
    const claim = () => claimFolder(root, '20260101-000000-m1');
    expect([claim(), claim(), claim()]).toEqual([
      '20260101-000000-m1',
      '20260101-000000-m1-x2',
      '20260101-000000-m1-x3',
    ]);
    expect(statSync(join(root, '20260101-000000-m1-x2')).mode & 0o777).toBe(0o700);
    rmSync(join(root, '20260101-000000-m1'), { recursive: true });
    expect(claim()).toBe('20260101-000000-m1');
    rmSync(root, { recursive: true });
  });
});

describe('scratch folders', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'km-cache-'));
    vi.stubEnv('KERNEL_MATRIX_CACHE', root);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true });
  });

  it('are new each time', () => {
    expect(scratchFolder('image')).not.toBe(scratchFolder('image'));
  });

  it('go when their process is gone, and only then', () => {
    const dead = spawnSync('true').pid;
    const left = join(cacheFolder('tmp'), `my-1-userland-${dead}-AbCdEf`);
    mkdirSync(left);
    writeFileSync(join(left, 'half-made'), '');
    const living = scratchFolder('image');
    expect(sweepScratch()).toBe(1);
    expect(existsSync(left)).toBe(false);
    expect(existsSync(living)).toBe(true);
  });
});
