import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DebKernelSource, KernelRow } from '../../src/config/plan.js';
import { kernelTable } from '../../src/cli/command/doctor.js';
import { kernelsOfSuite, suites } from '../../src/doctor/deb-kernels.js';
import { UserError } from '../../src/host/user-error.js';
import { requireDrivers } from '../../src/provider/qemu/image/drivers.js';
import { resolveDebKernel, resolveKernel } from '../../src/kernel/resolve.js';
import { plan } from '../fixtures/build.js';
import { bzImage } from './boot-header.js';
import { DebArchive } from './debs.js';
import { KERNEL_TOOLS, lacking } from '../needs.js';

const SUITE = 'trixie-backports';
const mirrors = { main: 'http://deb.example/debian', security: 'http://security.example/debian-security' };

let root: string;
let archive: DebArchive;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-kernel-deb-'));
  archive = new DebArchive(mkdtempSync(join(root, 'archive-')));
  vi.stubEnv('PATH', archive.path);
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Whatever the drivers of the virtio bus and of the machine's network card. */
const BUILT_IN = ['virtio/virtio_pci', 'block/virtio_blk', 'net/virtio_net']
  .map((name) => `kernel/drivers/${name}.ko\n`)
  .join('');
const LISTS = { 'modules.builtin': `${BUILT_IN}kernel/fs/ext4/ext4.ko\n`, 'modules.order': '' };

/** A module of a release, as far as is looked at. */
const module = (release: string) => Buffer.from(`\x7fELF\0vermagic=${release} SMP \0`);
const below = (folder: string, files: Record<string, Buffer | string>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));

/** A kernel of one package, as up to 6.17. */
function whole(release: string, version: string, prefix = 'lib/modules'): void {
  archive.add(
    {
      name: `linux-image-${release}`,
      version,
      depends: 'kmod, linux-base (>= 4.3~), initramfs-tools | linux-initramfs-tool',
    },
    {
      [`boot/vmlinuz-${release}`]: bzImage(release),
      ...below(`${prefix}/${release}`, { ...LISTS, 'kernel/a.ko': module(release) }),
    },
  );
}

/** A kernel of four packages; from 7.2 on none of them has a /boot. */
function split(release: string, version: string, { boot = false, lists = LISTS } = {}): void {
  const modules = `usr/lib/modules/${release}`;
  const exact = (part: string) => `linux-${part}-${release} (= ${version})`;
  archive.add({
    name: `linux-image-${release}`,
    version,
    depends: `dracut | linux-initramfs-tool, ${exact('base')}, ${exact('binary')}, ${exact('modules')}`,
  });
  archive.add({ name: `linux-base-${release}`, version }, below(modules, lists));
  archive.add(
    { name: `linux-binary-${release}`, version, depends: exact('base') },
    { [boot ? `boot/vmlinuz-${release}` : `${modules}/vmlinuz`]: bzImage(release) },
  );
  archive.add(
    { name: `linux-modules-${release}`, version, depends: `kmod, ${exact('base')}` },
    below(modules, { 'kernel/a.ko': module(release) }),
  );
  // What lies beside them in every index.
  archive.list({ name: `linux-headers-${release}`, version, depends: `linux-image-${release} (= ${version})` });
  archive.list({ name: `linux-image-${release}-dbg`, version: `${version}+newer` });
  archive.list({ name: `linux-image-${release}-unsigned`, version: `${version}+newer` });
}

function resolve(pattern: string, more: Partial<DebKernelSource> = {}, said: string[] = []) {
  const options = { onProgress: (line: string) => void said.push(line), signal: new AbortController().signal };
  return resolveDebKernel({ source: 'deb', suite: SUITE, package: pattern, ...more }, mirrors, options);
}

async function refusal(work: Promise<unknown>): Promise<UserError['parts']> {
  const error = await work.then(
    () => expect.unreachable('it should have been refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).parts;
}

describe.skipIf(lacking(KERNEL_TOOLS))('a kernel from Debian', () => {
  it.each(['lib/modules', 'usr/lib/modules'])('is one package with /boot and %s', async (prefix) => {
    whole('6.1.0-50-cloud-amd64', '6.1.176-1', prefix);
    const kernel = await resolve('linux-image-6.1.*-cloud-amd64');
    expect(kernel).toMatchObject({ release: '6.1.0-50-cloud-amd64', version: '6.1.176-1', withdrawn: null });
    expect(kernel).not.toHaveProperty('note');
    expect(kernel.files).toHaveLength(1);
    expect(await requireDrivers('a', kernel, 'virtio')).toEqual([]);
  });

  it.each([true, false])('is four packages, with /boot: %s; all of them are named', async (boot) => {
    split('7.3.4+deb13-cloud-amd64', '7.3.4-1~bpo13+1', { boot });
    const kernel = await resolve('linux-image-7.*-cloud-amd64');
    expect(kernel.release).toBe('7.3.4+deb13-cloud-amd64');
    expect(kernel.files.map(({ name }) => name.split('-')[1]).sort()).toEqual(['base', 'binary', 'image', 'modules']);
    expect(await requireDrivers('a', kernel, 'virtio')).toEqual([]);
  });

  it('is the same package by its metapackage', async () => {
    split('7.3.4+deb13-cloud-amd64', '7.3.4-1');
    archive.add({
      name: 'linux-image-cloud-amd64',
      version: '7.3.4-1',
      depends: 'linux-image-7.3.4+deb13-cloud-amd64 (= 7.3.4-1)',
    });
    archive.list({
      name: 'linux-image-7.3-cloud-amd64',
      version: '7.3.4-1',
      depends: 'linux-image-7.3.4+deb13-cloud-amd64 (= 7.3.4-1)',
    });
    expect((await resolve('linux-image-cloud-amd64')).release).toBe('7.3.4+deb13-cloud-amd64');
    // A pattern means the kernel itself.
    expect((await resolve('linux-image-*')).package).toBe('linux-image-7.3.4+deb13-cloud-amd64');
    expect(await resolve('linux-image-7.*')).not.toHaveProperty('note');
  });

  it('is never debug symbols, headers or a part of another, whatever the pattern matches', async () => {
    split('7.3.4+deb13-cloud-amd64', '7.3.4-1');
    for (const pattern of ['linux-*', 'linux-*7.*', 'linux-image-7.3.4*', '*amd64*'])
      expect((await resolve(pattern)).package, pattern).toBe('linux-image-7.3.4+deb13-cloud-amd64');
    archive.list({ name: 'linux-image-8.0-amd64-dbg', version: '8' });
    expect((await refusal(resolve('linux-image-8.*-dbg'))).why).toContain('debug symbols');
    expect((await refusal(resolve('linux-image-8.*'))).what).toBe(`no package linux-image-8.* in ${SUITE}`);
  });

  it('of a version that several have is the plain one, wherever it stands in the index, and that is told', async () => {
    for (const flavour of ['rt-amd64', 'cloud-amd64', 'amd64']) whole(`6.1.0-50-${flavour}`, '6.1.176-1');
    whole('6.1.0-49-amd64', '6.1.175-1');
    const said: string[] = [];
    const { note, release } = await resolve('linux-image-6.1.*', {}, said);
    expect(release).toBe('6.1.0-50-amd64');
    expect(note).toBe(
      'linux-image-6.1.0-50-amd64 taken of several of version 6.1.176-1; also: linux-image-6.1.0-50-rt-amd64, linux-image-6.1.0-50-cloud-amd64',
    );
    expect(said).toContain(note);
    // The same if the index has been turned round.
    for (const flavour of ['rt-amd64', 'amd64']) {
      archive.withdraw(`linux-image-6.1.0-50-${flavour}`);
      whole(`6.1.0-50-${flavour}`, '6.1.176-1');
    }
    expect((await resolve('linux-image-6.1.*')).note).toBe(note);
  });
});

describe.skipIf(lacking(KERNEL_TOOLS))('a kernel of which packages were withdrawn', () => {
  const release = '7.1.3+deb13-cloud-amd64';

  it('boots without the one that holds only lists', async () => {
    archive.add(
      {
        name: 'linux-image-6.18.15+deb13-cloud-amd64',
        version: '1',
        depends: 'linux-base-6.18.15+deb13-cloud-amd64 (= 1)',
      },
      {
        'boot/vmlinuz-6.18.15+deb13-cloud-amd64': bzImage('6.18.15+deb13-cloud-amd64'),
        ...below('usr/lib/modules/6.18.15+deb13-cloud-amd64', LISTS),
      },
    );
    const kernel = await resolve('linux-image-6.18.*');
    expect(kernel).toMatchObject({
      withdrawn: null,
      note: expect.stringContaining('complete enough to boot') as string,
    });
    expect(await requireDrivers('a', kernel, 'virtio')).toEqual([]);
  });

  it('is used without its modules where what it needs is built in, and another where not: that is refused', async () => {
    split(release, '7.1.3-1');
    archive.withdraw(`linux-modules-${release}`);
    const kernel = await resolve('linux-image-7.*');
    expect(kernel.note).toContain(`without its modules`);
    expect(await requireDrivers('a', kernel, 'virtio')).toEqual([]);
    const refused = await refusal(requireDrivers('a', kernel, 'nvme'));
    expect(refused.what).toBe(`kernel a (${release}) has no nvme built in`);
    expect(refused.where).toBe(`linux-modules-${release} no longer in ${SUITE}`);
  });

  it('is refused where nothing tells what is built in; the newest complete one is named', async () => {
    whole('6.18.1-cloud-amd64', '6.18.1-1');
    whole('6.17.9-cloud-amd64', '6.17.9-1');
    split(release, '7.1.3-1', { boot: true });
    for (const part of ['modules', 'base']) archive.withdraw(`linux-${part}-${release}`);
    const { why, where, next } = await refusal(requireDrivers('a', await resolve('linux-image-*'), 'virtio'));
    expect(where).toBe(`linux-base-${release}, linux-modules-${release} no longer in ${SUITE}`);
    expect(why).toMatch(/no package that is left tells/);
    expect(next).toContain('set package: linux-image-6.18.1-cloud-amd64 ');
  });

  it('is refused where the kernel itself is gone; nothing is downloaded for that', async () => {
    split(release, '7.1.3-1');
    archive.withdraw(`linux-binary-${release}`);
    const { why, next } = await refusal(resolve('linux-image-7.*'));
    expect(why).toContain(`cannot boot: linux-binary-${release} is no longer in the index`);
    expect(next).toContain(`npm run doctor -- --kernels ${SUITE}`);
  });

  it('is not taken for what it was when it was whole', async () => {
    split(release, '7.1.3-1');
    const before = await resolve('linux-image-7.*');
    archive.withdraw(`linux-modules-${release}`);
    const after = await resolve('linux-image-7.*');
    expect(after.moduleRoot).not.toBe(before.moduleRoot);
  });
});

describe.skipIf(lacking(KERNEL_TOOLS))('whatever is wrong with a package costs its row, with a reason', () => {
  const row: KernelRow = {
    ...{ name: 'r', source: 'deb', suite: SUITE, package: 'linux-image-6.*' },
    ...{ cgroup: 'v1', cmdline: [] },
  };
  const refused = () =>
    refusal(
      resolveKernel(row, undefined, mirrors, { onProgress: () => undefined, signal: new AbortController().signal }),
    );

  it('no kernel in it', async () => {
    archive.add({ name: 'linux-image-6.1', version: '1' }, { 'usr/share/doc/x': '' });
    expect((await refused()).why).toMatch(/neither boot\/vmlinuz-\* nor lib\/modules/);
  });

  it('several kernels in it', async () => {
    archive.add(
      { name: 'linux-image-6.1', version: '1' },
      { 'boot/vmlinuz-6.1': bzImage('6.1.0-1'), 'boot/vmlinuz-6.2': bzImage('6.2.0-1') },
    );
    expect((await refused()).what).toContain('several kernels: 6.1.0-1, 6.2.0-1');
  });

  it('modules of another kernel', async () => {
    archive.add(
      { name: 'linux-image-6.1', version: '1' },
      { 'boot/vmlinuz-6.1': bzImage('6.1.0-1'), 'lib/modules/6.1.0-2/kernel/a.ko': module('6.1.0-2') },
    );
    expect((await refused()).what).toContain('has modules of 6.1.0-2, its kernel is 6.1.0-1');
  });

  it('a cut package, one that is gone, one with another hash', async () => {
    const file = archive.add({ name: 'linux-image-6.1', version: '1' }, { 'boot/vmlinuz-6.1': bzImage('6.1.0-1') });
    writeFileSync(file, 'cut');
    expect((await refused()).what).toContain('has sha256');
    rmSync(file);
    expect(await refused()).toMatchObject({
      what: 'linux-image-6.1 1 is gone from the mirror',
      where: `the index of ${SUITE} still lists it`,
      why: expect.stringContaining('404') as string,
    });
  });

  it('a folder where the kernel should be, and no room in the cache', async () => {
    archive.add({ name: 'linux-image-6.1', version: '1' }, { 'boot/vmlinuz-6.1/x': '' });
    expect((await refused()).why).toBe('it is no regular file');
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(archive.root, 'index'));
    expect((await refused()).what).toMatch(
      /^the kernel of row r cannot be made ready: .*a file stands where a folder is needed$/,
    );
  });
});

describe('doctor', () => {
  const deb = (name: string, pattern: string): KernelRow => ({
    ...{ name, source: 'deb', suite: SUITE, package: pattern },
    ...{ cgroup: 'v1', cmdline: [] },
  });

  it('tells of each row which kernel it is today, and what is incomplete', async () => {
    whole('6.1.0-50-cloud-amd64', '6.1.176-1');
    split('7.1.3+deb13-cloud-amd64', '7.1.3-1');
    archive.withdraw('linux-modules-7.1.3+deb13-cloud-amd64');
    const base = plan([deb('good', 'linux-image-6.1.*'), deb('half', 'linux-image-*'), deb('none', 'linux-image-9.*')]);
    const guest = {
      ...{ os: 'debian' as const, suite: SUITE, mirror: mirrors.main, security_mirror: mirrors.security },
      boot_kernel: { suite: SUITE, package: 'linux-image-6.1.*' },
    };
    const found = await suites({ ...base, guest });
    expect(found.map(({ topic, ok }) => `${topic} ${ok}`)).toEqual([
      ...[`${SUITE} true`, 'first kernel true', 'kernel good true', 'kernel half false', 'kernel none false'],
    ]);
    expect(found[2]!.detail).toBe('linux-image-6.1.0-50-cloud-amd64 6.1.176-1: complete');
    expect(found[3]).toMatchObject({
      detail: expect.stringContaining('linux-modules-7.1.3+deb13-cloud-amd64 is no longer in the index') as string,
      mend: expect.stringContaining('package: linux-image-6.1.0-50-cloud-amd64') as string,
    });
  });

  it('lists what a suite has, the newest first, a line each', async () => {
    whole('6.9.0-1-amd64', '6.9.1-1');
    whole('6.10.0-1-amd64', '6.10.1-1~bpo1');
    split('6.10.0-2-amd64', '6.10.1-1');
    archive.withdraw('linux-binary-6.10.0-2-amd64');
    const { offers } = await kernelsOfSuite(SUITE, { mirror: mirrors.main, security_mirror: mirrors.security });
    expect(kernelTable(offers).split('\n')).toEqual([
      expect.stringMatching(/^package +version +what is left of it$/),
      expect.stringMatching(/^linux-image-6\.10\.0-2-amd64 +6\.10\.1-1 +incomplete, cannot boot: /),
      expect.stringMatching(/^linux-image-6\.10\.0-1-amd64 +6\.10\.1-1~bpo1 +complete$/),
      expect.stringMatching(/^linux-image-6\.9\.0-1-amd64 +6\.9\.1-1 +complete$/),
      '',
    ]);
  });
});
