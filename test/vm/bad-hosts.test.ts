/** What a host can lack: a free port, disk space, a tool. */
import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shareUserlands, start, workFolder, writeConfig } from './support.js';
import { lacking, MACHINES } from '../needs.js';

const KERNEL = "{ name: 6.1, source: deb, suite: bookworm-security, package: 'linux-image-6.1.*-cloud-amd64'";

/** Leaves a tmpfs so little that what is being written to it no longer fits: at once, as a build takes a few seconds only. */
function fillUp(folder: string): void {
  const { blocks, bfree, bsize } = statfsSync(folder);
  const used = (blocks - bfree) * bsize;
  execFileSync('mount', ['-o', `remount,size=${used + 2 ** 24}`, folder]);
}

describe.skipIf(lacking(MACHINES))('a host', () => {
  it('whose port is taken is told which, and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const folder = workFolder();
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1, ssh_port: ${port} }\nguest: { os: debian }\nkernels:\n  - ${KERNEL} }\n`,
    );
    const end = await start(['matrix', '--config', config, '--runs-dir', join(folder, 'runs')]).ended;
    server.close();
    expect(end.code).toBe(3);
    expect(end.stdout + end.stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
  });

  it.skipIf(process.getuid?.() !== 0)('whose disk fills up during the build keeps no half-made image', async () => {
    const folder = workFolder();
    const cache = join(folder, 'cache');
    mkdirSync(cache);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2400m', 'tmpfs', cache]);
    try {
      shareUserlands(cache);
      const config = writeConfig(
        folder,
        `machine: { provider: qemu, cpus: 1 }\nguest: { os: debian }\nkernels:\n  - ${KERNEL}, cmdline: [test=${randomBytes(4).toString('hex')}] }\n`,
      );
      const run = start(['matrix', '--config', config, '--runs-dir', join(folder, 'runs')], {
        KERNEL_MATRIX_CACHE: cache,
      });
      await run.says(/making the disk/);
      fillUp(cache);
      const end = await run.ended;
      expect(end.code).toBe(3);
      expect(end.stderr).toMatch(/the disk is full/);
      expect(readdirSync(join(cache, 'images')).filter((name) => !name.endsWith('.lock'))).toEqual([]);
      expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', cache]);
      rmSync(folder, { recursive: true });
    }
  });

  it('without QEMU is sent to npm run setup before anything is started', async () => {
    const folder = workFolder();
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1 }\nguest: { os: debian }\nkernels:\n  - ${KERNEL} }\n`,
    );
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const end = await start(['matrix', '--config', config, '--runs-dir', join(folder, 'runs')], { PATH: bin }).ended;
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/missing on this host: qemu-system-x86_64/);
    expect(end.stderr).toMatch(/npm run setup/);
    expect(readdirSync(folder)).not.toContain('runs');
  });
});
