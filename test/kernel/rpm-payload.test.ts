import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { membersOf, unpackRpm } from '../../src/kernel/rpm-payload.js';
import { KERNEL_TOOLS, lacking } from '../needs.js';

const FILE = 0o100644;
const FOLDER = 0o040755;
const LINK = 0o120777;

let inode = 0;

/** One member of a newc archive (cpio(5)). */
function member(name: string, mode: number, content = ''): Buffer {
  inode += 1;
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const padded = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '\0');
  return Buffer.from(padded(`${header}${name}\0`) + padded(content), 'latin1');
}

const archive = (...members: Buffer[]) => Buffer.concat([...members, member('TRAILER!!!', 0)]);

let root: string;
let folder: string;
let outside: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-payload-'));
  folder = join(root, 'folder');
  outside = join(root, 'outside');
  for (const each of [folder, outside, join(root, 'bin')]) mkdirSync(each);
  // No real RPM can hold what these hold, so the payload itself stands for one.
  writeFileSync(join(root, 'bin/rpm2cpio'), '#!/bin/sh\ncat "$1"\n');
  chmodSync(join(root, 'bin/rpm2cpio'), 0o755);
  vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env['PATH']}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

function unpack(payload: Buffer): Promise<void> {
  const file = join(root, 'hostile.rpm');
  writeFileSync(file, payload);
  return unpackRpm(file, 'hostile.rpm', folder, new AbortController().signal);
}

const below = (path: string) => readdirSync(path, { recursive: true }).map(String).sort();

describe.skipIf(lacking(KERNEL_TOOLS))('unpackRpm', () => {
  it('unpacks files and folders, and leaves nothing else', async () => {
    await unpack(archive(member('./lib', FOLDER), member('./lib/a', FILE, 'text'), member('./lib/b', LINK, 'a')));
    expect(below(folder)).toEqual(['lib', 'lib/a', 'lib/b']);
    expect(readFileSync(join(folder, 'lib/b'), 'utf8')).toBe('text');
  });

  it.each([
    ['..', () => [member('./lib/../../outside/x', FILE, 'x')], 'leads out of it'],
    [
      'a link out of it and a file behind it',
      () => [member('./lib', LINK, outside), member('./lib/x', FILE, 'x')],
      'lies behind the link lib',
    ],
    [
      'a link and then a file of the same name',
      () => [member('./x', LINK, join(outside, 'x')), member('x', FILE, 'x')],
      'is there twice',
    ],
    ['a device', () => [member('./disk', 0o060600)], 'neither a file nor a folder'],
  ])('writes nothing of an archive with %s', async (_, members, why) => {
    await expect(unpack(archive(...members()))).rejects.toThrow(why);
    expect(below(outside)).toEqual([]);
    expect(below(folder)).toEqual(['.payload.cpio']);
  });

  it('keeps an absolute name inside', async () => {
    await unpack(archive(member('/etc/x', FILE, 'x')));
    expect(below(folder)).toEqual(['etc', 'etc/x']);
  });
});

describe('membersOf', () => {
  const members = (content: Buffer) => {
    writeFileSync(join(root, 'a.cpio'), content);
    return [...membersOf(join(root, 'a.cpio'), 'a.rpm')];
  };

  it('reads names and types, whatever lies between them', () => {
    const found = members(archive(member('./a', FILE, '070701 like a header'), member('./ab', LINK, 'abc')));
    expect(found).toEqual([
      { name: './a', type: 0o100000 },
      { name: './ab', type: 0o120000 },
    ]);
  });

  it('refuses what is no such archive, or ends before its trailer', () => {
    expect(() => members(Buffer.alloc(1000, 'x'))).toThrow('no header at byte 0');
    expect(() => members(member('./a', FILE, 'content'))).toThrow('it ends at byte');
    expect(() => members(Buffer.alloc(0))).toThrow('it ends at byte 0');
  });
});
