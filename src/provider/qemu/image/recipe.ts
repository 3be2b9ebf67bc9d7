import { createHash } from 'node:crypto';
import type { ResolvedKernel } from '../../../kernel/resolved-kernel.js';

/** What decides what is in a base image. */
export interface ImageRecipe {
  /** The hash of everything beside the kernels: userland, Docker, the guest's own files, the head of the menu. */
  base: string;
  /** In the order of the menu; the kernel that the guest boots first comes first. */
  kernels: ImageRecipeKernel[];
}

/** One kernel of an image. */
export interface ImageRecipeKernel {
  /** The row's name, or that of the kernel the guest boots first. */
  name: string;
  /** Every file it is made of. */
  files: ResolvedKernel['files'];
  /** Its entry in the menu, which holds its command line and whether it has an initramfs. */
  entry: string;
}

/** A short content address: the first 16 hex digits of the recipe's sha256. */
export function recipeHash(recipe: unknown): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}

/**
 * True if an image made by `kept` serves for `wanted`: the same but for the order of kernels, and for some that are not asked for.
 * Those lie on its disk and in its menu, and are neither booted nor looked at.
 */
export function serves(kept: ImageRecipe, wanted: ImageRecipe): boolean {
  const there = new Set(kept.kernels.map(recipeHash));
  return kept.base === wanted.base && wanted.kernels.every((kernel) => there.has(recipeHash(kernel)));
}
