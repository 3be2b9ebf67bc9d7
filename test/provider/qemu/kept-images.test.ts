import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dropOldImages, findImage, imageFolder } from '../../../src/provider/qemu/image/kept.js';
import { recipeHash, type ImageRecipe } from '../../../src/provider/qemu/image/recipe.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-images-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const recipe = (...names: string[]): ImageRecipe => ({
  base: 'b',
  kernels: names.map((name) => ({ name, files: [], entry: name })),
});

/** Puts an image into the cache, as one that is there whole. @param used seconds since 1970. */
function keep(made: ImageRecipe, used: number): string {
  const hash = recipeHash(made);
  mkdirSync(imageFolder(hash), { recursive: true });
  writeFileSync(join(imageFolder(hash), 'disk.raw'), '');
  writeFileSync(join(imageFolder(hash), 'image.json'), JSON.stringify({ recipe: made }));
  utimesSync(imageFolder(hash), used, used);
  return hash;
}

describe('findImage', () => {
  it('finds nothing in an empty cache, nor where a kernel is missing', () => {
    expect(findImage(recipe('boot', '6.1'))).toBeNull();
    keep(recipe('boot', '5.10'), 1);
    expect(findImage(recipe('boot', '6.1'))).toBeNull();
  });

  it('finds the image of these kernels before a larger one', () => {
    const own = keep(recipe('boot', '6.1'), 1);
    keep(recipe('boot', '5.10', '6.1'), 2);
    expect(findImage(recipe('boot', '6.1'))).toEqual({ hash: own, disk: join(imageFolder(own), 'disk.raw') });
  });

  it('finds the larger one used last, and marks it as used', () => {
    keep(recipe('boot', '5.10', '6.1'), 1);
    const last = keep(recipe('boot', '6.1', '6.12'), 2);
    expect(findImage(recipe('boot', '6.1'))?.hash).toBe(last);
    expect(statSync(imageFolder(last)).mtimeMs).toBeGreaterThan(2000);
  });

  it('does not take one whose recipe is damaged, missing, or not its own', () => {
    const hash = keep(recipe('boot', '5.10', '6.1'), 1);
    const file = join(imageFolder(hash), 'image.json');
    for (const text of ['{"recipe"', '{}', 'null', JSON.stringify({ recipe: recipe('boot', '6.1', '6.12') })]) {
      writeFileSync(file, text);
      expect(findImage(recipe('boot', '6.1')), text).toBeNull();
    }
    rmSync(file);
    expect(findImage(recipe('boot', '6.1'))).toBeNull();
  });

  it('does not take one without a disk', () => {
    const hash = keep(recipe('boot', '5.10', '6.1'), 1);
    rmSync(join(imageFolder(hash), 'disk.raw'));
    expect(findImage(recipe('boot', '6.1'))).toBeNull();
  });
});

describe('dropOldImages', () => {
  it('keeps three, the current one among them however old, and touches nothing else', async () => {
    const current = keep(recipe('boot', '1'), 1);
    const oldest = keep(recipe('boot', '2'), 2);
    const [third, fourth] = [keep(recipe('boot', '3'), 3), keep(recipe('boot', '4'), 4)];
    mkdirSync(imageFolder('somebody-elses'));
    await dropOldImages(current);
    expect(existsSync(imageFolder(oldest))).toBe(false);
    expect(readdirSync(join(root, 'images')).sort()).toEqual([current, third, fourth, 'somebody-elses'].sort());
  });
});
