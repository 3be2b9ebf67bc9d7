/** Faults of the host: full disks, a clock that jumps, two runs at once, an impatient user. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cacheRoot } from '../../src/host/cache.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { qemuProcesses } from '../vm/support.js';
import { copyCache, Lab, nothingLostNothingLeft, record } from './lab.js';
import { PROFILE, ROWS } from './profile.js';
import { FAKETIME, lacking, MACHINES } from '../needs.js';

const mounted: string[] = [];
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder]);
});

function tmpfs(size: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'km-fault-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  mounted.push(folder);
  return folder;
}

/** Leaves a tmpfs so many bytes. */
function leave(folder: string, bytes: number): void {
  const { blocks, bfree, bsize } = statfsSync(folder);
  execFileSync('mount', ['-o', `remount,size=${(blocks - bfree) * bsize + bytes}`, folder]);
}

describe.skipIf(process.getuid?.() !== 0 || lacking([...MACHINES, FAKETIME]))('a host', () => {
  it('whose disk of overlays is full ends the row with that reason', async (context) => {
    const cache = tmpfs('12g');
    copyCache(cacheRoot(), cache);
    const lab = Lab.withRun({ cache });
    const run = lab.resume();
    await lab.phase(ROWS.hit, 'exhaust');
    leave(cache, 4096);
    await lab.inGuest('dd if=/dev/urandom of=/root/fill bs=1M count=64 conv=fsync').catch(() => undefined);
    const row = await lab.ended(ROWS.hit);
    expect(row.outcome!.reason).toMatch(/disk of this host is full|no space/i);
    await run.ended;
    await nothingLostNothingLeft(context, lab);
  });

  it('whose disk of runs is full ends tidily, says so, and goes on once there is space', async (context) => {
    const runs = tmpfs('64m');
    const lab = Lab.withRun({ runs });
    const run = lab.resume();
    await lab.phase(ROWS.hit, 'exhaust');
    leave(runs, 0);
    const end = await run.ended;
    expect(end.code, end.stderr).toBe(3);
    expect(end.stderr).toMatch(/journal.*\n?.*(full|no space)/i);
    expect(qemuProcesses(lab.folder)).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=64m', runs]);
    const again = lab.resume();
    await lab.phase(ROWS.hit, 'exhaust');
    await lab.stop(again);
    await nothingLostNothingLeft(context, lab);
  });

  it('whose clock jumps a day back and forth measures as ever', async (context) => {
    const lab = Lab.withRun({
      env: {
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: join(tmpdir(), `km-clock-${process.pid}`),
        FAKETIME_NO_CACHE: '1',
        DONT_FAKE_MONOTONIC: '1',
      },
    });
    const clock = join(tmpdir(), `km-clock-${process.pid}`);
    writeFileSync(clock, '+0\n');
    const run = lab.resume();
    for (const [at, shift] of [
      ['exhaust', '+1d'],
      ['case2', '-1d'],
      ['case3', '+0'],
    ]) {
      await lab.phase(ROWS.hit, at!);
      writeFileSync(clock, `${shift}\n`);
    }
    expect((await lab.ended(ROWS.hit)).outcome).toMatchObject({ outcome: 'measured' });
    expect(judgeRun(lab.facts()).find(({ kernel }) => kernel === ROWS.hit)).toMatchObject({ verdict: 'clean' });
    await lab.stop(run);
    const days = lab.events().map(({ at }) => at.slice(0, 10));
    expect(new Set(days).size).toBeGreaterThan(1);
    await nothingLostNothingLeft(context, lab);
  });

  it('on which two runs start at once does both', async ({ task }) => {
    const labs = [Lab.empty(), Lab.empty()];
    const profile = PROFILE.replaceAll('cycles: 2', 'cycles: 1');
    const runs = labs.map((lab) => lab.program(['matrix', '--config', lab.config(profile), '--kernels', ROWS.hit]));
    const ends = await Promise.all(runs.map(({ ended }) => ended));
    for (const end of ends) expect(end.code, end.stderr).toBe(0);
    for (const lab of labs) expect(judgeRun(lab.facts())[0]).toMatchObject({ verdict: 'clean' });
    const left = labs.flatMap((lab) => lab.left());
    record(task, { lost: [], left });
    expect(left).toEqual([]);
  });

  it('on which a run is gone on with twice at once refuses the second', async (context) => {
    const lab = Lab.withRun();
    const first = lab.resume();
    await lab.phase(ROWS.hit, 'machine');
    const second = await lab.beside(['matrix', '--resume', '--config', lab.config()]).ended;
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/is under way: process \d+/);
    await lab.phase(ROWS.hit, 'boot');
    await lab.stop(first);
    await nothingLostNothingLeft(context, lab);
  });

  it('whose user presses Ctrl-C twice is left with nothing that runs, and can go on', async (context) => {
    const lab = Lab.withRun();
    const run = lab.resume();
    await lab.phase(ROWS.hit, 'exhaust');
    run.child.kill('SIGINT');
    await run.says(/again to force/);
    // The second is another wish only a second after the first; the machine takes up to two to end.
    const twice = setInterval(() => run.child.kill('SIGINT'), 300);
    const end = await run.ended;
    clearInterval(twice);
    expect(end.code).toBe(130);
    const again = lab.resume();
    await lab.phase(ROWS.hit, 'boot');
    await lab.stop(again);
    await nothingLostNothingLeft(context, lab);
  });
});
