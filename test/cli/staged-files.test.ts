import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StagedFiles } from '../../src/cli/staged-files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-staged-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('staged files', () => {
  it('appear together, each with its pieces in their order, in place of what was there', () => {
    writeFileSync(join(folder, 'a.md'), 'old');
    const staged = new StagedFiles(folder);
    staged.write('a.md', ['x', 'é', '😀']);
    for (let i = 0; i < 3; i += 1) for (const name of ['k/1.txt', 'k/2.txt']) staged.append(name, `${name} ${i}\n`);
    staged.finish('k/1.txt');
    staged.write('empty', []);
    expect(read('a.md')).toBe('old');
    expect(existsSync(join(folder, 'k'))).toBe(false);
    staged.commit();
    expect(read('a.md')).toBe('xé😀');
    for (const name of ['k/1.txt', 'k/2.txt']) expect(read(name)).toBe(`${name} 0\n${name} 1\n${name} 2\n`);
    expect(read('empty')).toBe('');
    expect(readdirSync(folder).sort()).toEqual(['a.md', 'empty', 'k']);
  });

  it('of any size and number keep their order', () => {
    const staged = new StagedFiles(folder);
    const names = Array.from({ length: 100 }, (_, i) => `${i}`);
    for (let round = 0; round < 4; round += 1) {
      for (const name of names) staged.append(name, `${round}${name}`.padEnd(round === 2 ? 100_000 : 20_000, '.'));
    }
    staged.commit();
    for (const name of names) {
      const text = read(name);
      expect(text).toHaveLength(160_000);
      expect([0, 20_000, 40_000, 140_000].map((at) => text[at])).toEqual(['0', '1', '2', '3']);
    }
  });

  it('leave nothing when they are given up, and remove what a killed process has left', () => {
    // The name of a stage of this process, with a start that it has not had: another one of this number, which is gone.
    const own = new StagedFiles(folder);
    const [name] = readdirSync(folder);
    own.discard();
    mkdirSync(join(folder, name!.replace(/-\d+-(\d+\.kernel)/, '-1-$1')));
    const staged = new StagedFiles(folder);
    staged.write('a', ['b']);
    staged.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('go through no link, and none is put in its place if one cannot be', () => {
    const outside = mkdtempSync(join(tmpdir(), 'km-outside-'));
    mkdirSync(join(folder, 'k'));
    symlinkSync(outside, join(folder, 'k/6.1'));
    const staged = new StagedFiles(folder);
    staged.write('a.md', ['new']);
    staged.write('k/6.1/transcript.txt', ['new']);
    expect(() => staged.commit()).toThrow(/a link is in the place of a folder/);
    staged.discard();
    expect(readdirSync(folder)).toEqual(['k']);
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });
});
