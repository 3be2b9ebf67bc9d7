import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../src/host/user-error.js';
import { bzImageRelease, resolveFileKernel } from '../../../src/machine/qemu/image/kernel.js';
import { bzImage } from './boot-header.js';

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
    ['7.0.0-rc1+ (me@here) #3', '7.0.0-rc1+'],
    ['4.4.155', '4.4.155'],
  ])('reads the release out of %s', (version, release) => {
    expect(bzImageRelease(file(bzImage(version)))).toBe(release);
  });

  it('follows the pointer of the header, wherever it leads', () => {
    expect(bzImageRelease(file(bzImage('5.10.0-46-amd64 x', 0x4321)))).toBe('5.10.0-46-amd64');
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
    expect(refusal(file(bzImage(''))).why).toBe('its header names no release');
    expect(refusal(file(bzImage('no release here'))).why).toBe('its header names no release');
    // A pointer behind the end of the file.
    expect(refusal(file(bzImage('5.10.0 x').subarray(0, 0x1000))).why).toBe('its header names no release');
  });

  it('says that a file is missing, or that it is a folder', () => {
    expect(refusal(join(folder, 'missing'))).toMatchObject({ why: expect.stringContaining('ENOENT') as string });
    mkdirSync(join(folder, 'a-folder'));
    expect(refusal(join(folder, 'a-folder')).what).toContain('cannot be read');
  });
});

describe('resolveFileKernel', () => {
  it('fixes a kernel without modules by the hash of its file', async () => {
    const path = file(bzImage('4.4.155 x'));
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
    const path = file(bzImage('4.4.155 x'));
    const { moduleRoot } = await resolveFileKernel({ source: 'file', path, modules, initramfs: 'auto' });
    const taken = join(moduleRoot!, 'lib/modules/4.4.155');
    expect(readdirSync(taken)).toEqual(expect.arrayContaining(['kernel', 'modules.builtin', 'modules.dep']));
    expect(readdirSync(taken)).not.toEqual(expect.arrayContaining(['build']));
    expect(readdirSync(taken)).not.toEqual(expect.arrayContaining(['source']));
    expect(lstatSync(join(taken, 'kernel/a.ko')).isFile()).toBe(true);
    vi.unstubAllEnvs();
  });

  it('says that the modules directory is not there, and which one is meant', async () => {
    const path = file(bzImage('4.4.155 x'));
    const resolve = resolveFileKernel({ source: 'file', path, modules: join(folder, 'none'), initramfs: 'auto' });
    await expect(resolve).rejects.toThrow(/lib\/modules\/4\.4\.155/);
  });
});
