/** Kernels of a user's own on a bus whose driver is a module: with modules they get an initramfs, without they cannot boot. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunFacts } from '../../src/journal/replay.js';
import { debianKernel, factsOfOnlyRun, modulesOf, start, workFolder, writeConfig, type Ended } from './support.js';

describe('a kernel file on the virtio bus', () => {
  const folder = workFolder();
  const runs = join(folder, 'runs');
  let end: Ended;
  let facts: RunFacts;

  beforeAll(async () => {
    const kernel = await debianKernel('bookworm-security', 'linux-image-6.1.*-cloud-amd64');
    const other = await debianKernel('bullseye-security', 'linux-image-5.10.*-cloud-amd64');
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1, disk_bus: virtio }
guest: { os: debian }
# Far below the kernel's limit: this is about booting.
sequence: { max_directories: 300 }
jobs: 2
kernels:
  - { name: with-modules, source: file, path: '${kernel.vmlinuz}', modules: '${modulesOf(kernel)}' }
  - { name: bare, source: file, path: '${other.vmlinuz}' }
  - { name: gone, source: file, path: ./no-such-bzImage }
`,
    );
    // It is booting that is asked about, so a machine kept from an earlier run of this test is not wanted.
    end = await start(['matrix', '--config', config, '--runs-dir', runs, '--fresh']).ended;
    facts = await factsOfOnlyRun(runs);
  });

  const row = (name: string) => facts.rows.find((each) => each.kernel.name === name)!;

  it('boots with an initramfs made from its modules', () => {
    const boot = row('with-modules').boot!;
    expect(boot.release).toBe(row('with-modules').artifact!.release);
    expect(boot.entry).toBe('k-with-modules');
    const console_ = readFileSync(join(runs, facts.run, 'kernels/with-modules/console.log'), 'latin1');
    expect(console_).toMatch(/Run \/init as init process|rootfs image as initramfs/);
  });

  it('says so when a kernel does not refuse, and never calls that a measurement', () => {
    expect(row('with-modules').exhausted).toMatchObject({ made: 300, directories: 300, errno: null });
    expect(row('with-modules').outcome!.reason).toMatch(/300 directories were made and the kernel did not refuse/);
    expect(end.code).toBe(3);
  });

  it('ends the row of one without modules at its panic, and says what would help', () => {
    expect(row('bare').outcome!.reason).toMatch(/Unable to mount root fs.*disk_bus/);
  });

  it('ends the row of a missing file with its path, while the others run', () => {
    expect(row('gone').outcome!.reason).toMatch(/no-such-bzImage cannot be read/);
    expect(row('gone').boot).toBeNull();
  });
});
