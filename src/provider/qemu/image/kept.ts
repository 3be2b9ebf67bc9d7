import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../../host/cache.js';
import { recipeHash, serves, type ImageRecipe } from './recipe.js';

/** Images kept in the cache; the least recently used beyond it are removed. */
const KEEP_IMAGES = 3;

/** A base image that lies in the cache. */
export interface KeptImage {
  hash: string;
  disk: string;
}

/** The folder of an image, by its hash. */
export function imageFolder(hash: string): string {
  return join(cacheFolder('images'), hash);
}

/**
 * The image of a recipe, or one that serves for it because it has more kernels, and marks it as used. Of several the one used
 * last: a run of some rows then finds the machines that a run of all has saved.
 * @returns null if there is none.
 */
export function findImage(wanted: ImageRecipe): KeptImage | null {
  const own = recipeHash(wanted);
  const hash = existsSync(diskOf(own))
    ? own
    : byLastUse().find((other) => {
        const kept = recipeOf(other);
        return kept !== null && serves(kept, wanted);
      });
  if (hash === undefined) return null;
  const now = new Date();
  utimesSync(imageFolder(hash), now, now);
  return { hash, disk: diskOf(hash) };
}

/** Removes the images that were not used for longest; a running machine keeps its open file all the same. */
export async function dropOldImages(current: string): Promise<void> {
  const others = byLastUse().filter((hash) => hash !== current);
  for (const hash of others.slice(KEEP_IMAGES - 1)) await rm(imageFolder(hash), { recursive: true, force: true });
}

function diskOf(hash: string): string {
  return join(imageFolder(hash), 'disk.raw');
}

function byLastUse(): string[] {
  return readdirSync(cacheFolder('images'))
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .map((hash) => ({ hash, used: statSync(imageFolder(hash), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.used - a.used)
    .map(({ hash }) => hash);
}

/** What an image was made of; null where that is not known, so that it is not taken for another. */
function recipeOf(hash: string): ImageRecipe | null {
  try {
    const { recipe } = JSON.parse(readFileSync(join(imageFolder(hash), 'image.json'), 'utf8')) as {
      recipe?: ImageRecipe;
    };
    return recipe !== undefined && recipeHash(recipe) === hash && existsSync(diskOf(hash)) ? recipe : null;
  } catch {
    return null;
  }
}
