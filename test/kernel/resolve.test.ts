import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KernelRow } from '../../src/config/plan.js';
import { fileKernels } from '../../src/doctor/file-kernels.js';
import { UserError } from '../../src/host/user-error.js';
import { bzImageRelease, resolveFileKernel } from '../../src/kernel/resolve.js';
import { plan } from '../fixtures/build.js';
import { bzImage } from './boot-header.js';
import { KERNEL_TOOLS, lacking } from '../needs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-kernel-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(content: Buffer | string): string {
  const path = join(folder, 'bzImage');
  writeFileSync(path, content);
  return path;
}

function refusal(path: string): UserError['parts'] {
  try {
    bzImageRelease(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).parts;
  }
  return expect.unreachable('it should have been refused');
}

describe('bzImageRelease', () => {
  it.each([
    ['3.10.0-514.el7.x86_64 (builder@kbuilder.dev.centos.org) #1 SMP', '3.10.0-514.el7.x86_64'],
    ['6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) #1 SMP', '6.1.0-56-cloud-amd64'],
    ['7.0.0-rc1+ (me@(none)) #3', '7.0.0-rc1+'],
    ['7.3-cloud-amd64 (two words@host.example) #1~bpo13 SMP', '7.3-cloud-amd64'],
  ])('reads the release out of %s', (version, release) => {
    expect(bzImageRelease(file(bzImage(version)))).toBe(release);
  });

  it('follows the pointer of the header, wherever it leads', () => {
    expect(bzImageRelease(file(bzImage('5.10.0-46-amd64', { at: 0x4321 })))).toBe('5.10.0-46-amd64');
  });

  it('tells an ELF vmlinux, and says what to give instead', () => {
    const { why, next } = refusal(file(Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(0x1000)])));
    expect(why).toBe('it is an ELF file');
    expect(next).toContain('bzImage');
  });

  it.each([
    ['a short file', 'MZ'],
    ['an empty file', ''],
    ['some other file', Buffer.alloc(0x1000, 'x')],
  ])('refuses %s', (_, content) => {
    expect(refusal(file(content)).why).toBe('it has no Linux boot header');
  });

  it.each([
    ['a FIFO', 'mkfifo "$0"'],
    ['a device without an end', 'mknod "$0" c 1 5'],
    ['a folder', 'mkdir "$0"'],
  ])('refuses %s without reading it', (_, make) => {
    const path = join(folder, 'special');
    // Not everybody may make a device; a FIFO stands in for it then.
    if (spawnSync('sh', ['-c', make, path]).status !== 0) spawnSync('mkfifo', [path]);
    expect(refusal(path).why).toBe('it is no regular file');
  });

  it('refuses a header that names no release', () => {
    const none = 'its header names no release of Linux';
    expect(refusal(file(bzImage(''))).why).toBe(none);
    expect(refusal(file(bzImage('no release here'))).why).toBe(none);
    // A pointer behind the end of the file.
    expect(refusal(file(bzImage('5.10.0').subarray(0, 0x1000))).why).toBe(none);
  });

  it.each(['1.0.0+git-20190125.36a4c85-5.1', '1.21.1+ (g1a2b3c)', '6.1.0 (nobody) #1', `${'6'.repeat(70)}.1 (a@b) #1`])(
    'refuses another program with the header of a kernel, by its version: %s',
    (version) => {
      // With a space behind, so that it stands as it is.
      expect(refusal(file(bzImage(`${version} `))).why).toBe('its header names no release of Linux');
    },
  );

  it('refuses a 32-bit kernel: it would not start in the guest', () => {
    const refused = refusal(file(bzImage('6.1.0-50-686', { xloadflags: 0x7e })));
    expect(refused.what).toMatch(/is a 32-bit kernel$/);
    expect(refused.why).toContain('6.1.0-50-686');
    // Headers before protocol 2.12 have no such flag.
    expect(bzImageRelease(file(bzImage('3.2.0-4-amd64', { xloadflags: 0, protocol: 0x20a })))).toBe('3.2.0-4-amd64');
  });

  it('refuses a file that is shorter than its header says, by however little', () => {
    const whole = bzImage('6.1.0-50-amd64');
    fc.assert(
      fc.property(fc.integer({ min: 0x4000, max: whole.length - 16 }), (length) => {
        expect(refusal(file(whole.subarray(0, length)))).toMatchObject({
          what: expect.stringMatching(/is cut off$/) as string,
          why: expect.stringContaining(`the file ${length}`) as string,
        });
      }),
      { numRuns: 50 },
    );
    // A signature may follow.
    expect(bzImageRelease(file(Buffer.concat([whole, Buffer.alloc(1472)])))).toBe('6.1.0-50-amd64');
  });

  it('refuses a zImage, a header without its flag and one of old days', () => {
    expect(refusal(file(bzImage('2.6.32', { loadflags: 0 }))).why).toContain('zImage');
    expect(refusal(file(bzImage('2.6.32', { bootFlag: 0 }))).why).toContain('0xAA55');
    expect(refusal(file(bzImage('2.4.0', { protocol: 0x201 }))).why).toContain('2.1');
  });

  it('says of any bytes why they do not serve, and never fails otherwise', () => {
    const header = bzImage('6.1.0-50-amd64');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0x240), fc.nat(255)), { maxLength: 8 }),
        fc.nat(0x8000),
        (changes, length) => {
          const bytes = Buffer.from(header);
          for (const [at, value] of changes) bytes[at] = value;
          const path = file(bytes.subarray(0, length));
          try {
            expect(bzImageRelease(path)).toBe('6.1.0-50-amd64');
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says that a file is missing, or that it is a folder', () => {
    expect(refusal(join(folder, 'missing'))).toMatchObject({ why: expect.stringContaining('ENOENT') as string });
    mkdirSync(join(folder, 'a-folder'));
    expect(refusal(join(folder, 'a-folder')).what).toContain('cannot be read');
  });
});

describe('doctor, of a kernel of the user’s own', () => {
  const row = (path: string, modules?: string): KernelRow => ({
    ...{ name: 'mine', source: 'file', path, initramfs: 'auto', cgroup: 'v1', cmdline: [] },
    ...(modules === undefined ? {} : { modules }),
  });
  const findings = (...rows: KernelRow[]) => fileKernels(plan(rows));

  it('tells its release, or why it would not do', async () => {
    const path = file(bzImage('6.1.0-50-amd64'));
    expect(await findings(row(path))).toEqual([
      { ok: true, topic: 'kernel mine', detail: '6.1.0-50-amd64, without modules' },
    ]);
    mkdirSync(join(folder, '6.1.0-50-686/kernel'), { recursive: true });
    const [other, gone] = await findings(row(path, join(folder, '6.1.0-50-686')), row(join(folder, 'none')));
    expect(other).toMatchObject({ ok: false, detail: expect.stringContaining('is that of 6.1.0-50-686') as string });
    expect(gone).toMatchObject({ ok: false, detail: expect.stringContaining('ENOENT') as string });
  });
});

describe.skipIf(lacking(KERNEL_TOOLS))('resolveFileKernel', () => {
  it('fixes a kernel without modules by the hash of its file', async () => {
    const path = file(bzImage('4.4.155'));
    const kernel = await resolveFileKernel({ source: 'file', path, initramfs: 'auto' });
    expect(kernel).toMatchObject({ release: '4.4.155', vmlinuz: path, moduleRoot: null, source: 'file' });
    expect(kernel.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(kernel.files).toEqual([{ name: 'bzImage', sha256: kernel.sha256 }]);
  });

  it('takes the modules, through links too, but not the source tree that make modules_install links to', async () => {
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(folder, 'cache'));
    const modules = join(folder, 'modules');
    for (const each of ['modules/kernel', 'source', 'elsewhere']) mkdirSync(join(folder, each), { recursive: true });
    writeFileSync(join(folder, 'source/Makefile'), '');
    writeFileSync(join(folder, 'elsewhere/a.ko'), 'a module');
    writeFileSync(join(modules, 'modules.builtin'), '');
    symlinkSync(join(folder, 'source'), join(modules, 'build'));
    symlinkSync(join(folder, 'gone'), join(modules, 'source'));
    symlinkSync(join(folder, 'elsewhere/a.ko'), join(modules, 'kernel/a.ko'));
    const path = file(bzImage('4.4.155'));
    const { moduleRoot } = await resolveFileKernel({ source: 'file', path, modules, initramfs: 'auto' });
    const taken = join(moduleRoot!, 'lib/modules/4.4.155');
    expect(readdirSync(taken)).toEqual(expect.arrayContaining(['kernel', 'modules.builtin', 'modules.dep']));
    expect(readdirSync(taken)).not.toEqual(expect.arrayContaining(['build']));
    expect(readdirSync(taken)).not.toEqual(expect.arrayContaining(['source']));
    expect(lstatSync(join(taken, 'kernel/a.ko')).isFile()).toBe(true);
    vi.unstubAllEnvs();
  });

  describe('with modules', () => {
    const RELEASE = '6.1.0-50-cloud-amd64';
    /** A folder of modules as make modules_install leaves it, with a module built for a release; a compressed one by its ending. */
    const modulesAt = (path: string, vermagic: string, ending = '') => {
      const built = join(folder, path, 'kernel/fs');
      mkdirSync(built, { recursive: true });
      writeFileSync(join(folder, path, 'modules.order'), '');
      const module = Buffer.from(`\x7fELF\0license=GPL\0vermagic=${vermagic} SMP preempt mod_unload \0`);
      writeFileSync(join(built, `a.ko${ending}`), ending === '.gz' ? gzipSync(module) : module);
      return join(folder, path);
    };
    const refused = async (modules: string): Promise<UserError['parts']> => {
      vi.stubEnv('KERNEL_MATRIX_CACHE', join(folder, 'cache'));
      const path = file(bzImage(RELEASE));
      const error = await resolveFileKernel({ source: 'file', path, modules, initramfs: 'auto' }).then(
        () => expect.unreachable('it should have been refused'),
        (reason: unknown) => reason,
      );
      vi.unstubAllEnvs();
      expect(error).toBeInstanceOf(UserError);
      return (error as UserError).parts;
    };

    it.each(['6.1.0-50-686', `${RELEASE}-dirty`, `${RELEASE}+`, '6.1.0-51-cloud-amd64'])(
      'of %s refuses them: what a module was built for tells, whatever the folder is called',
      async (other) => {
        for (const [name, ending] of [
          [other, ''],
          [RELEASE, ''],
          ['copy-of-modules', '.gz'],
        ] as const) {
          const { why } = await refused(modulesAt(`of-${other}-${name}/${name}`, other, ending));
          expect(why).toContain(`its modules are of ${other} (vermagic of a.ko`);
        }
      },
    );

    it('goes by the name of the folder where no module can be read', async () => {
      const modules = join(folder, '6.1.0-50-686');
      mkdirSync(modules);
      writeFileSync(join(modules, 'modules.builtin'), '');
      expect((await refused(modules)).why).toBe('its name is that of 6.1.0-50-686');
    });

    it.each(['lib/modules', 'lib', '.'])('tells that %s lies too high, and which folder is meant', async (above) => {
      const modules = modulesAt(`root/lib/modules/${RELEASE}`, RELEASE);
      const { why, next } = await refused(join(folder, 'root', above));
      expect(why).toContain('it lies too high');
      expect(next).toBe(`modules: ${modules}`);
    });

    it('tells one that lies too low, and one that is something else', async () => {
      const modules = modulesAt(RELEASE, RELEASE);
      expect((await refused(join(modules, 'kernel'))).next).toBe(`modules: ${modules}`);
      mkdirSync(join(folder, 'unrelated'));
      writeFileSync(join(folder, 'unrelated/notes.txt'), '');
      expect((await refused(join(folder, 'unrelated'))).why).toMatch(/neither kernel\/ nor modules.builtin/);
    });
  });

  it('says that the modules directory is not there, and which one is meant', async () => {
    const path = file(bzImage('4.4.155'));
    const resolve = resolveFileKernel({ source: 'file', path, modules: join(folder, 'none'), initramfs: 'auto' });
    await expect(resolve).rejects.toThrow(/lib\/modules\/4\.4\.155/);
  });
});
