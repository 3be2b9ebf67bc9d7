import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { append } from '../base/lists.js';
import { sha256Of } from '../host/apt.js';
import { checkArtifact, keyArtifact, proofOf, type Artifact } from './artifact.js';
import { ask, contentLength, contentRange, statusLine } from './download.js';
import { DEFAULT_STALL_SECONDS, type FetchOptions } from './fetch.js';
import { readLockFile, type LockEntry } from './lock-file.js';
import { cachedPath, standInOf, standInPlace, withMirror } from './places.js';
import { reasonOf, type Refusal } from './reason.js';
import { guardAgainstStall } from './stall.js';
import { wantedHash } from './wanted.js';

/** The answer of one URL to a request for the first byte. */
export interface UrlProbe {
  url: string;
  answers: boolean;
  /** Size of the file in bytes; null if it is unknown. */
  size: number | null;
  /** `HTTP 206 Partial Content`, or why it does not answer. */
  detail: string;
}

/** Information about an artifact without fetching it. */
export interface ArtifactProbe {
  name: string;
  /** The source that a fetch would use; `missing` if there is none. */
  from: 'cache' | 'stand-in' | 'url' | 'missing';
  /** Its entry in kernels.lock; null if it was never verified. */
  locked: LockEntry | null;
  /** Path in the cache. Its size was compared; a fetch also compares its hash. */
  cached: string | null;
  /** In the stand-in folder; `problem` if it would be refused. */
  standIn: { path: string; problem: string | null } | null;
  /** In the order of the artifact. */
  urls: UrlProbe[];
  /** The key for its signature; null if none is needed, or if kernels.lock records that the signature was verified. */
  key: ArtifactProbe | null;
  /** What is missing and where; empty if a fetch would succeed. */
  missing: Refusal[];
}

/**
 * Finds the sources of an artifact without downloading it: the cache, the stand-in folder, and every URL in parallel, with a request
 * for one byte (not every server allows HEAD).
 * @throws UserError for a malformed artifact or lock file. The signal's reason if it aborts.
 */
export async function probeArtifact(
  given: Artifact,
  options: Pick<FetchOptions, 'lockFile' | 'standIn' | 'stall' | 'signal' | 'trustFirstUse'>,
): Promise<ArtifactProbe> {
  const place = options.standIn ?? standInPlace();
  const artifact = checkArtifact(withMirror(given, place));
  const { name } = artifact;
  const locked = readLockFile(options.lockFile).get(name);
  const wanted = wantedHash(artifact, locked, options.lockFile);
  const cached = wanted === undefined ? null : cachedCopy(wanted, name, locked);
  const standIn = await standInProbe(artifact, wanted, place);
  const { stall = DEFAULT_STALL_SECONDS, signal } = options;
  const needsKey = artifact.signature === 'rpm' && artifact.key && locked?.verified_by !== proofOf(artifact);
  const [urls, key] = await Promise.all([
    Promise.all(artifact.urls.map((url) => probeUrl(url, stall, signal))),
    needsKey ? probeArtifact(keyArtifact(artifact.key!), options) : null,
  ]);
  const usable = standIn?.problem === null;
  const from = cached ? 'cache' : usable ? 'stand-in' : urls.some((each) => each.answers) ? 'url' : 'missing';
  const missing: Refusal[] = [];
  if (wanted === undefined && proofOf(artifact) === null && !options.trustFirstUse) {
    missing.push({ place: name, reason: 'it has no sha256 and no signature, so it cannot be verified' });
  }
  if (from === 'missing') {
    if (standIn?.problem) missing.push({ place: standIn.path, reason: standIn.problem });
    for (const { url, detail } of urls) missing.push({ place: url, reason: detail });
    if (missing.length === 0) missing.push({ place: name, reason: 'no URL is given' });
  }
  append(missing, key?.missing ?? []);
  return { name, from, locked: locked ?? null, cached, standIn, urls, key, missing };
}

function cachedCopy(wanted: string, name: string, locked: LockEntry | undefined): string | null {
  const path = cachedPath(wanted, name);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  return size === undefined || (locked !== undefined && locked.size !== size) ? null : path;
}

async function standInProbe(
  artifact: Artifact,
  wanted: string | undefined,
  folder: string | undefined,
): Promise<ArtifactProbe['standIn']> {
  const path = standInOf(artifact, folder);
  if (path === null) return null;
  try {
    if (!statSync(path).isFile()) return { path, problem: 'it is not a regular file' };
    const sha256 = wanted === undefined ? undefined : await sha256Of(path);
    return { path, problem: sha256 === wanted ? null : `its sha256 is ${sha256}, expected ${wanted}` };
  } catch (error) {
    return { path, problem: reasonOf(error) };
  }
}

async function probeUrl(url: string, stall: number, signal: AbortSignal | undefined): Promise<UrlProbe> {
  const dead = (detail: string): UrlProbe => ({ url, answers: false, size: null, detail });
  if (url.startsWith('file:')) {
    const path = fileURLToPath(url);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return dead('no such file');
    return found.isFile()
      ? { url, answers: true, size: found.size, detail: 'a local file' }
      : dead('not a regular file');
  }
  const guard = guardAgainstStall(stall, signal);
  try {
    const response = await ask(url, { Range: 'bytes=0-0' }, guard);
    await response.body?.cancel();
    if (response.status !== 206 && response.status !== 200) return dead(statusLine(response));
    // A mirror that has moved, or a captive portal, answers every request with a web page.
    if (/^text\/html\b/.test(response.headers.get('content-type') ?? '')) return dead('it answers with a web page');
    const size = response.status === 206 ? contentRange(response)?.total : contentLength(response);
    return { url, answers: true, size: size ?? null, detail: statusLine(response) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return dead(reasonOf(error));
  } finally {
    guard.end();
  }
}
