import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyInside } from '../../src/host/copy-files.js';
import { namedFile, placeOf, writeNamed } from '../../src/host/named-file.js';
import { partName, sweepParts } from '../../src/host/part-file.js';
import { UserError } from '../../src/host/user-error.js';
import { refuseLinksInside, writeInside, writeWhole } from '../../src/host/write-file.js';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'km-write-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string) => join(root, name);

/** Puts something that is neither folder nor file at a path; `outside` is what a link leads to. */
const ODD = {
  'a link to a file': (path: string, outside: string) => symlinkSync(join(outside, 'file'), path),
  'a link to a folder': (path: string, outside: string) => symlinkSync(outside, path),
  'a link that leads nowhere': (path: string, outside: string) => symlinkSync(join(outside, 'new'), path),
  'a link to itself': (path: string) => symlinkSync(path, path),
  'a FIFO': (path: string) => void execFileSync('mkfifo', [path]),
};
type Odd = keyof typeof ODD;

const names = fc.array(fc.constantFrom('a', 'b', 'kernels', 'x.md'), { minLength: 1, maxLength: 4 });

describe('writeInside', () => {
  it('refuses whatever is odd at any component, and touches nothing outside', () => {
    fc.assert(
      fc.property(names, fc.nat(3), fc.constantFrom(...(Object.keys(ODD) as Odd[])), (parts, index, odd) => {
        const place = mkdtempSync(at('case-'));
        const [inside, outside] = [join(place, 'in'), join(place, 'out')];
        mkdirSync(outside);
        writeFileSync(join(outside, 'file'), 'mine');
        const bad = join(inside, ...parts.slice(0, (index % parts.length) + 1));
        mkdirSync(dirname(bad), { recursive: true });
        ODD[odd](bad, outside);
        expect(() => writeInside(inside, parts.join('/'), 'theirs')).toThrow(UserError);
        expect(() => refuseLinksInside(inside)).toThrow(UserError);
        expect(readdirSync(outside)).toEqual(['file']);
        expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('mine');
        expect(lstatSync(bad).isFile()).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('makes the folders that are missing, and leaves nothing but the file', () => {
    writeInside(root, 'kernels/6.1/console.log', 'text');
    expect(readFileSync(at('kernels/6.1/console.log'), 'utf8')).toBe('text');
    expect(readdirSync(at('kernels/6.1'))).toEqual(['console.log']);
    expect(() => refuseLinksInside(root)).not.toThrow();
  });
});

describe('writeWhole', () => {
  it('keeps the mode of what was there, and leaves it as it was where it fails', () => {
    writeFileSync(at('f'), 'old', { mode: 0o640 });
    writeWhole(at('f'), 'new');
    expect(statSync(at('f')).mode & 0o777).toBe(0o640);
    mkdirSync(at('folder'));
    expect(() => writeWhole(at('folder'), 'x')).toThrow(/a folder is in the place of a file/);
    expect(readdirSync(root).sort()).toEqual(['f', 'folder']);
  });

  it('names the file, not its part, where its folder is missing', () => {
    expect(() => writeWhole(at('none/f'), 'x')).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: at('none/f') }),
    );
  });

  it('removes what a process that is gone left, and neither what lives nor what is another’s', () => {
    const dead = partName('matrix.md').replace(/-\d+-\d+-(\d+)\./, '-4194304-1-$1.');
    const other = partName('x').replace(/\.[0-9a-f]{12}-/, '.0123456789ab-');
    const old = partName('x').replace(/\.[0-9a-f]{12}-/, '.ba9876543210-');
    const mine = partName('y');
    for (const name of [dead, other, old, mine, 'matrix.md.1234']) writeFileSync(at(name), '');
    utimesSync(at(old), 1, 1);
    writeWhole(at('matrix.md'), 'text');
    expect(readdirSync(root).sort()).toEqual([other, mine, 'matrix.md', 'matrix.md.1234'].sort());
    expect(sweepParts(at('none'))).toBe(0);
  });
});

describe('a name that a user gave', () => {
  it.each(['', '/', '.', '..', 'new/', 'a/.', 'a/..', './'])('is refused as a folder or as none: %j', (name) => {
    expect(() => namedFile('--out', name)).toThrow(UserError);
  });

  it('is followed through links to a regular file, which is replaced while the links stay', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/file'), 'old');
    symlinkSync('d/file', at('one'));
    symlinkSync('one', at('two'));
    await writeNamed(at('two'), 'new');
    expect(readFileSync(at('d/file'), 'utf8')).toBe('new');
    expect([lstatSync(at('one')).isSymbolicLink(), lstatSync(at('two')).isSymbolicLink()]).toEqual([true, true]);
  });

  it('means an open file of this process where it says so', () => {
    symlinkSync('/dev/stdout', at('out'));
    expect([placeOf('/dev/stdout'), placeOf('/dev/fd/1'), placeOf('/proc/self/fd/1'), placeOf(at('out'))]).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ descriptor: 1 }) as unknown),
    );
  });

  it('is refused with ELOOP where its links lead in a circle', async () => {
    symlinkSync('b', at('a'));
    symlinkSync('a', at('b'));
    await expect(writeNamed(at('a'), 'x')).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it.runIf(process.getuid?.() === 0)('may be a device, which stays one and says when it is full', async () => {
    execFileSync('mknod', [at('null'), 'c', '1', '3']);
    execFileSync('mknod', [at('full'), 'c', '1', '7']);
    await writeNamed(at('null'), 'x');
    await expect(writeNamed(at('full'), 'x')).rejects.toMatchObject({ code: 'ENOSPC', path: at('full') });
    expect([statSync(at('null')), statSync(at('full'))].map((each) => each.isCharacterDevice())).toEqual([true, true]);
  });

  it.runIf(process.getuid?.() === 0)('may be no disk', async () => {
    execFileSync('mknod', [at('disk'), 'b', '7', '250']);
    await expect(writeNamed(at('disk'), 'x')).rejects.toBeInstanceOf(UserError);
    expect(statSync(at('disk')).isBlockDevice()).toBe(true);
  });
});

describe('copyInside', () => {
  it.each(Object.keys(ODD) as Odd[])('leaves out %s wherever it is, and says so', (odd) => {
    mkdirSync(at('in/m'), { recursive: true });
    mkdirSync(at('out'));
    mkdirSync(at('to'));
    writeFileSync(at('out/file'), 'mine');
    writeFileSync(at('in/m/log'), 'log');
    ODD[odd](at('in/m/odd'), at('out'));
    ODD[odd](at('in/top'), at('out'));
    const copy = (name: string) => copyInside({ root: at('in'), name }, { root: at('to'), name });
    expect(copy('m')).toEqual([at('in/m/odd')]);
    expect(copy('top')).toEqual([at('in/top')]);
    expect(copy('top/file')).toEqual([at('in/top')]);
    expect(copy('none')).toEqual([]);
    expect(readdirSync(at('to'), { recursive: true }).sort()).toEqual(['m', 'm/log']);
    expect(existsSync(at('out/new'))).toBe(false);
  });
});
