/** Ctrl-C and kill -9 at different moments: what is left running, what is kept, what can be resumed. */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { cacheFolder } from '../../src/host/cache.js';
import { listMachines } from '../../src/provider/qemu/registry.js';
import { factsOfOnlyRun, qemuProcesses, shareUserlands, start, workFolder, writeConfig } from './support.js';
import { lacking, MACHINES } from '../needs.js';

// A cache of this file's own: all that is there is its own doing, whatever other files do meanwhile.
const cache = join(workFolder(), 'cache');
shareUserlands(cache);
process.env['KERNEL_MATRIX_CACHE'] = cache;
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** A profile whose image nobody has built yet. */
function profile(): string {
  return `machine: { provider: qemu, cpus: 1 }
guest: { os: debian }
sequence: { cycles: 1 }
kernels:
  - name: panics
    source: deb
    suite: bookworm-security
    package: linux-image-6.1.*-cloud-amd64
    cmdline: [init=/nonexistent, test=${randomBytes(4).toString('hex')}]
  - { name: 6.1, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64', expect: clean }
`;
}

const images = () => readdirSync(cacheFolder('images')).filter((name) => !name.endsWith('.lock'));
const scratch = () => readdirSync(cacheFolder('tmp'));

describe.skipIf(lacking(MACHINES))('a run that is stopped', () => {
  it('by Ctrl-C while the image is built leaves no image and nothing half-made', async () => {
    const folder = workFolder();
    const before = images();
    const run = start(['matrix', '--config', writeConfig(folder, profile()), '--runs-dir', join(folder, 'runs')]);
    await run.says(/making the disk/);
    run.child.kill('SIGINT');
    const end = await run.ended;
    expect(end.code, end.stderr).toBe(130);
    expect(end.stderr).toMatch(/--resume/);
    expect(images()).toEqual(before);
    expect(scratch()).toEqual([]);
  });

  it('by kill -9 takes its machine with it, and resumes at the first unfinished kernel', async () => {
    const folder = workFolder();
    const runs = join(folder, 'runs');
    const config = writeConfig(folder, profile());
    const killed = start(['matrix', '--config', config, '--runs-dir', runs]);
    await killed.says(/6\.1 .*exhaust: \d+/);
    expect(qemuProcesses(folder)).toHaveLength(1);
    killed.child.kill('SIGKILL');
    await killed.ended;
    await vi.waitFor(() => expect(qemuProcesses(folder)).toEqual([]), { timeout: 10_000 });
    expect(listMachines()).toHaveLength(1);

    const resumed = start(['matrix', '--resume', '--config', config, '--runs-dir', runs]);
    await resumed.says(/removed machine .*left by a run that was killed/);
    await resumed.says(/6\.1 .*exhaust: \d+/);
    const during = await factsOfOnlyRun(runs);
    expect(during.rows[0]!.outcome).toMatchObject({ outcome: 'failed', phase: 'boot' });
    expect(during.rows.map((row) => row.attempts)).toEqual([1, 2]);

    // And Ctrl-C in the middle of the exhaustion.
    resumed.child.kill('SIGINT');
    const end = await resumed.ended;
    expect(end.code, end.stderr).toBe(130);
    expect(qemuProcesses(folder)).toEqual([]);
    expect(listMachines()).toEqual([]);
    const after = await factsOfOnlyRun(runs);
    expect(after.interrupted?.signal).toBe('SIGINT');
    expect(after.rows[1]!.outcome).toBeNull();
    // What there is is shown: the row that ended, and that the other was not measured.
    expect(end.stdout).toMatch(/panics/);
    expect(end.stdout).toMatch(/not measured/);
  });
});
