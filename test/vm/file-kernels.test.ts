/**
 * Kernels of a user's own: those that stop before they say a word are seen to have, at once; and on a bus whose driver is a module: with
 * modules they get an initramfs, without they cannot boot.
 */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { debianKernel, factsOfOnlyRun, modulesOf, start, workFolder, writeConfig, type Ended } from './support.js';
import { lacking, MACHINES } from '../needs.js';

/** Machine code in place of a kernel's first: `cli; hlt` for ever, and a trap with no table of handlers, which resets the machine. */
const HALTS = 'faf4ebfd';
const RESETS = '6a006a000f011c24cc';

/** A copy of a bzImage that begins with other instructions (Documentation/arch/x86/boot.rst: setup_sects at 0x1f1, then the code). */
function beginningWith(code: string, vmlinuz: string, copy: string): string {
  const bytes = readFileSync(vmlinuz);
  const start = ((bytes[0x1f1] || 4) + 1) * 512;
  bytes.set(Buffer.from(code, 'hex'), start);
  writeFileSync(copy, bytes);
  return copy;
}

describe.skipIf(lacking(MACHINES))('a kernel file that dies before its first word', () => {
  const folder = workFolder();
  const runs = join(folder, 'runs');
  let facts: RunFacts;

  beforeAll(async () => {
    const { vmlinuz } = await debianKernel('bookworm-security', 'linux-image-6.1.*-cloud-amd64');
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1 }
# Another kernel than theirs: of one release, a guest has one set of modules.
guest: { os: debian, boot_kernel: { suite: bullseye-security, package: 'linux-image-5.10.*-cloud-amd64' } }
sequence: { max_directories: 300 }
jobs: 2
kernels:
  - { name: halts, source: file, path: '${beginningWith(HALTS, vmlinuz, join(folder, 'halts'))}' }
  - { name: resets, source: file, path: '${beginningWith(RESETS, vmlinuz, join(folder, 'resets'))}' }
`,
    );
    await start(['matrix', '--config', config, '--runs-dir', runs, '--fresh']).ended;
    facts = await factsOfOnlyRun(runs);
  });

  it.each([
    ['halts', /every processor has halted with interrupts off/],
    ['resets', /boots again and again, and never says a word/],
  ])('ends its row long before the deadline where it %s', (name, reason) => {
    const row = facts.rows.find((each) => each.kernel.name === name)!;
    expect(row.outcome).toMatchObject({ outcome: 'failed', phase: 'boot' });
    expect(row.outcome!.reason).toMatch(reason);
    expect(row.selected).not.toBeNull();
  });
});

describe.skipIf(lacking(MACHINES))('a kernel file on the virtio bus', () => {
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
    expect(slotsOf(row('with-modules')).exhausted).toMatchObject({ made: 300, directories: 300, errno: null });
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
