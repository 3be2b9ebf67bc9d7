import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder, cacheRoot } from '../host/cache.js';
import type { Artifact } from './artifact.js';

/** The folder that stands in for every URL: $KERNEL_MATRIX_ARTIFACTS, absolute; undefined if it is not set. */
export function standInFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env['KERNEL_MATRIX_ARTIFACTS'] ? resolve(env['KERNEL_MATRIX_ARTIFACTS']) : undefined;
}

/** The artifact's file in the stand-in folder; null if there is none. */
export function standInOf(artifact: Artifact, folder: string | undefined): string | null {
  const file = folder === undefined ? null : join(folder, artifact.name);
  return file !== null && existsSync(file) ? file : null;
}

/** Where verified content is kept: below its hash, so that two of one name (a package and its stand-in) do not collide. */
export function cachedPath(sha256: string, name: string): string {
  return join(cacheRoot(), 'artifacts', 'sha256', sha256, name);
}

/** Where a download in progress is kept: by the content wanted, else by the places it comes from. */
export function partPath(artifact: Artifact, wanted: string | undefined): string {
  const key = createHash('sha256')
    .update(wanted ?? artifact.urls.join('\n'))
    .digest('hex');
  return join(cacheFolder('artifacts', 'partial'), `${key.slice(0, 16)}-${artifact.name}.part`);
}
