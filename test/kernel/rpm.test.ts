import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KernelRow } from '../../src/config/plan.js';
import { sha256Of, type DebianMirrors } from '../../src/host/apt.js';
import { UserError } from '../../src/host/user-error.js';
import { resolveKernel, resolveRpmKernel } from '../../src/kernel/resolve.js';
import type { LocalFile } from '../../src/kernel/local-file.js';
import { RpmKit } from '../artifact/rpm-kit.js';
import { bzImage } from './boot-header.js';
import { KERNEL_TOOLS, lacking, RPM_TOOLS } from '../needs.js';

const RELEASE = '3.10.0-693.21.1.el7.x86_64';

let kit: RpmKit;
let root: string;
beforeAll(() => {
  kit = new RpmKit();
});
afterAll(() => kit?.dispose());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-kernel-rpm-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const options = { onProgress: () => undefined, signal: new AbortController().signal };

/** Writes files below a fresh folder; a text that begins with `->` is where a link leads. */
function tree(files: Record<string, Buffer | string>): string {
  const folder = mkdtempSync(join(root, 'tree-'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'string' && content.startsWith('->')) symlinkSync(content.slice(2), path);
    else writeFileSync(path, content);
  }
  return folder;
}

type Head = Partial<Parameters<RpmKit['pack']>[1]>;
async function rpm(files: Record<string, Buffer | string>, head: Head = {}): Promise<LocalFile> {
  const path = kit.pack(tree(files), { name: 'kernel', version: '3.10.0', release: '693.21.1.el7', ...head });
  return { name: basename(path), path, sha256: await sha256Of(path), place: `http://mirror.test/${basename(path)}` };
}

async function refusal(work: Promise<unknown>): Promise<UserError['parts']> {
  const error = await work.then(
    () => expect.unreachable('it should have been refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).parts;
}

const resolve = (file: LocalFile | undefined, ...modules: LocalFile[]) =>
  resolveRpmKernel({ rpm: file?.name ?? 'kernel-1.rpm' }, file && [file, ...modules], options);

describe.skipIf(lacking([...RPM_TOOLS, ...KERNEL_TOOLS]))('a kernel RPM', () => {
  const kernel = {
    [`boot/vmlinuz-${RELEASE}`]: bzImage(RELEASE),
    [`boot/.vmlinuz-${RELEASE}.hmac`]: 'a checksum',
    [`lib/modules/${RELEASE}/modules.builtin`]: 'kernel/drivers/virtio/virtio.ko\n',
  };

  it('is extracted with its modules indexed, and says what it is', async () => {
    const file = await rpm(kernel);
    const found = await resolve(file);
    expect(found).toMatchObject({
      source: 'rpm',
      release: RELEASE,
      package: 'kernel',
      version: '3.10.0-693.21.1.el7',
      origin: file.place,
      sha256: file.sha256,
      files: [{ name: file.name, sha256: file.sha256 }],
    });
    expect(found.vmlinuz).toBe(join(found.moduleRoot!, 'boot', `vmlinuz-${RELEASE}`));
    expect(existsSync(join(found.moduleRoot!, 'lib/modules', RELEASE, 'modules.dep'))).toBe(true);
  });

  it('is extracted once: the second time what lies in the cache is taken', async () => {
    const file = await rpm(kernel);
    const first = await resolve(file);
    const mark = join(first.moduleRoot!, 'mark');
    writeFileSync(mark, '');
    expect((await resolve(file)).moduleRoot).toBe(first.moduleRoot);
    expect(existsSync(mark)).toBe(true);
  });

  it('may have everything below usr/lib/modules, as newer distributions do', async () => {
    const release = '6.12.0-1.el10.x86_64';
    const found = await resolve(
      await rpm(
        {
          [`usr/lib/modules/${release}/vmlinuz`]: bzImage(release),
          [`usr/lib/modules/${release}/modules.builtin`]: '',
        },
        { name: 'kernel-core', version: '6.12.0', release: '1.el10' },
      ),
    );
    expect(found.release).toBe(release);
    expect(existsSync(join(found.moduleRoot!, 'lib/modules', release, 'modules.dep'))).toBe(true);
  });

  it('loses the links that lead out of it: to headers that are no part of it, or to files of this host', async () => {
    const modules = `lib/modules/${RELEASE}`;
    const found = await resolve(
      await rpm({
        ...kernel,
        [`${modules}/build`]: `->/usr/src/kernels/${RELEASE}`,
        [`${modules}/source`]: '->build',
        [`${modules}/stolen`]: '->/etc/passwd',
        [`${modules}/inside`]: '->modules.builtin',
      }),
    );
    const names = readdirSync(join(found.moduleRoot!, modules));
    expect(names).toEqual(expect.arrayContaining(['inside', 'modules.builtin']));
    for (const gone of ['build', 'source', 'stolen']) expect(names).not.toContain(gone);
  });

  it('without modules has none', async () => {
    const found = await resolve(await rpm({ [`boot/vmlinuz-${RELEASE}`]: bzImage(RELEASE) }));
    expect(found.moduleRoot).toBeNull();
  });
});

describe.skipIf(lacking([...RPM_TOOLS, ...KERNEL_TOOLS]))('a kernel that is split into several RPMs', () => {
  const release = '4.18.0-553.el8_10.x86_64';
  const head = (name: string) => ({ name, version: '4.18.0', release: '553.el8_10' });
  const core = (lib = 'lib') =>
    rpm(
      {
        [`${lib}/modules/${release}/vmlinuz`]: bzImage(release),
        [`${lib}/modules/${release}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
        [`${lib}/modules/${release}/kernel/core.ko`]: 'core',
      },
      head('kernel-core'),
    );
  const modules = (of = release, lib = 'lib') =>
    rpm({ [`${lib}/modules/${of}/kernel/more.ko`]: 'more' }, head('kernel-modules'));

  it.each([
    ['lib', 'lib'],
    ['usr/lib', 'usr/lib'],
    ['usr/lib', 'lib'],
    ['lib', 'usr/lib'],
  ])('is one kernel with the modules of all of them (%s and %s)', async (first, second) => {
    const [own, more] = [await core(first), await modules(release, second)];
    const found = await resolve(own, more);
    expect(found).toMatchObject({
      ...{ release, package: 'kernel-core', sha256: own.sha256 },
      files: [own, more].map(({ name, sha256 }) => ({ name, sha256 })),
    });
    const folder = join(found.moduleRoot!, 'lib/modules', release);
    expect(readdirSync(join(folder, 'kernel')).sort()).toEqual(['core.ko', 'more.ko']);
    expect(existsSync(join(folder, 'modules.dep'))).toBe(true);
    // The kernel alone is another: what lies in the cache of one is not taken for the other.
    expect(readdirSync(join((await resolve(own)).moduleRoot!, 'lib/modules', release, 'kernel'))).toEqual(['core.ko']);
  });

  it('is refused where the modules are of another build', async () => {
    const { what } = await refusal(resolve(await core(), await modules('4.18.0-477.el8_8.x86_64')));
    expect(what).toMatch(/has modules of 4\.18\.0-477\.el8_8\.x86_64, its kernel is 4\.18\.0-553\.el8_10\.x86_64$/);
  });
});

describe.skipIf(lacking([...RPM_TOOLS, ...KERNEL_TOOLS]))('an RPM that does not serve', () => {
  it('was not fetched', async () => {
    expect(await refusal(resolve(undefined))).toMatchObject({
      what: 'kernel-1.rpm is not there',
      next: expect.stringContaining('doctor') as string,
    });
  });

  it('holds no vmlinuz: the error names the package that would', async () => {
    const file = await rpm({ [`lib/modules/${RELEASE}/modules.builtin`]: '' }, { name: 'kernel-modules' });
    expect(await refusal(resolve(file))).toMatchObject({
      what: `${file.name} holds no kernel`,
      where: file.place,
      next: expect.stringContaining('kernel-core') as string,
    });
  });

  it('is a source RPM', async () => {
    const file = await rpm({}, { source: true });
    expect(file.name).toMatch(/\.src\.rpm$/);
    expect((await refusal(resolve(file))).what).toBe(`${file.name} is a source RPM`);
  });

  it('is for another architecture', async () => {
    const file = await rpm({ 'boot/vmlinuz-1': 'x' }, { arch: 'aarch64' });
    expect((await refusal(resolve(file))).what).toBe(`${file.name} is for aarch64`);
  });

  it('holds something else for a kernel', async () => {
    const file = await rpm({ [`boot/vmlinuz-${RELEASE}`]: 'no kernel' });
    expect((await refusal(resolve(file))).why).toBe('it has no Linux boot header');
  });

  it('is of another release than the row says: both are named', async () => {
    const file = await rpm({ [`boot/vmlinuz-${RELEASE}`]: bzImage('3.10.0-862.el7.x86_64') });
    const row: KernelRow = {
      ...{ name: '3.10', source: 'rpm', rpm: file.name, urls: [], signed_by: 'centos7' },
      ...{ release: RELEASE, cgroup: 'v1', cmdline: [] },
    };
    const mirrors: DebianMirrors = { main: '', security: '' };
    const { what, where, next } = await refusal(resolveKernel(row, [file], mirrors, options));
    expect(what).toBe('kernel 3.10 is 3.10.0-862.el7.x86_64');
    expect(where).toBe(`${file.place}; kernels.yaml says release: ${RELEASE}`);
    expect(next).not.toContain('leave it out');
  });
});
