import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findSnapshot, keepSnapshot, snapshotKey, type SnapshotRecipe } from '../../../src/provider/qemu/saved.js';

const RECIPE: SnapshotRecipe = { image: 'i', row: '6.1', arguments: ['-m', '3072'], qemu: 'QEMU 7.2', processor: null };
const boot = (key: string, image = 'i') => ({
  key,
  image,
  run: 'r',
  at: 't',
  release: '6.1.0',
  entry: 'k-6.1',
  bootId: 'b',
});

let root: string;
let overlay: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-snapshots-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', root);
  mkdirSync(join(root, 'images', 'i'), { recursive: true });
  overlay = join(root, 'overlay');
  writeFileSync(overlay, 'disk');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const keep = (key: string, image = 'i') =>
  keepSnapshot(boot(key, image), overlay, (file) => Promise.resolve(writeFileSync(file, 'state')));

describe('a snapshot', () => {
  it('is another one for another image, row, machine, QEMU or processor', () => {
    const others: Partial<SnapshotRecipe>[] = [
      { image: 'j' },
      { row: '6.12' },
      { arguments: ['-m', '4096'] },
      { qemu: 'QEMU 8.0' },
      { processor: 'x' },
    ];
    const keys = [{}, ...others].map((other) => snapshotKey({ ...RECIPE, ...other }));
    expect(new Set(keys).size).toBe(keys.length);
    expect(snapshotKey({ ...RECIPE })).toBe(keys[0]);
  });

  it('is found as it was kept, and is not there before', async () => {
    expect(findSnapshot('a')).toBeNull();
    await keep('a');
    const found = findSnapshot('a')!;
    expect(found).toMatchObject(boot('a'));
    expect(readFileSync(found.state, 'utf8')).toBe('state');
    expect(readFileSync(found.disk, 'utf8')).toBe('disk');
  });

  it('is none where its files are damaged or of another key', async () => {
    await keep('a');
    writeFileSync(join(root, 'snapshots', 'a', 'saved.json'), '{"key":"b"}');
    expect(findSnapshot('a')).toBeNull();
    writeFileSync(join(root, 'snapshots', 'a', 'saved.json'), '{"key"');
    expect(findSnapshot('a')).toBeNull();
  });

  it('leaves nothing behind where the state cannot be written', async () => {
    await expect(keepSnapshot(boot('a'), overlay, () => Promise.reject(new Error('no space')))).rejects.toThrow(
      'no space',
    );
    expect(findSnapshot('a')).toBeNull();
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('that two runs make at once is kept once', async () => {
    await Promise.all([keep('a'), keep('a')]);
    expect(readdirSync(join(root, 'snapshots'))).toEqual(['a']);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('goes with its image, and when there are too many', async () => {
    await keep('old', 'gone');
    for (let n = 0; n < 13; n++) {
      await keep(`k${n}`);
      utimesSync(join(root, 'snapshots', `k${n}`), n, n);
    }
    await keep('last');
    expect(existsSync(join(root, 'snapshots', 'old'))).toBe(false);
    expect(readdirSync(join(root, 'snapshots'))).toHaveLength(12);
    expect(findSnapshot('k1')).toBeNull();
    expect(findSnapshot('k12')).not.toBeNull();
  });
});
