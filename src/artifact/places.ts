import { withoutTail } from '../base/text/plain.js';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder, cacheRoot } from '../host/cache.js';
import type { Artifact } from './artifact.js';

/**
 * The replacement for every URL: $KERNEL_MATRIX_ARTIFACTS, a folder (made absolute) or the base URL of a mirror; undefined if it is not
 * set.
 */
export function standInPlace(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const place = env['KERNEL_MATRIX_ARTIFACTS'];
  if (!place) return undefined;
  return isUrl(place) ? place : resolve(place);
}

/** The artifact's file in the stand-in folder; null if there is none, or if the stand-in is a mirror. */
export function standInOf(artifact: Artifact, place: string | undefined): string | null {
  const file = place === undefined || isUrl(place) ? null : join(place, artifact.name);
  return file !== null && existsSync(file) ? file : null;
}

/** The artifact with its URL on the stand-in mirror, if there is one, before all others. */
export function withMirror(artifact: Artifact, place: string | undefined): Artifact {
  if (place === undefined || !isUrl(place)) return artifact;
  return { ...artifact, urls: [`${withoutTail(place, '/')}/${encodeURIComponent(artifact.name)}`, ...artifact.urls] };
}

function isUrl(place: string): boolean {
  return /^https?:\/\//.test(place);
}

/** Path of verified content: below its hash, so that two files of one name (a package and its stand-in) do not collide. */
export function cachedPath(sha256: string, name: string): string {
  return join(cacheRoot(), 'artifacts', 'sha256', sha256, name);
}

/** Path of a download in progress: named by the expected hash, or else by its URLs. */
export function partPath(artifact: Artifact, wanted: string | undefined): string {
  const key = createHash('sha256')
    .update(wanted ?? artifact.urls.join('\n'))
    .digest('hex');
  return join(cacheFolder('artifacts', 'partial'), `${key.slice(0, 16)}-${artifact.name}.part`);
}
