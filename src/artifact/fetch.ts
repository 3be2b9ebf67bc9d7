import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NoSpace } from '../host/cache.js';
import { withLock } from '../host/lock.js';
import { UserError } from '../host/user-error.js';
import { checkArtifact, keyArtifact, proofOf, type Artifact } from './artifact.js';
import { copyLocal } from './copy.js';
import { download, type Progress } from './download.js';
import { readLockFile, recordArtifact } from './lock-file.js';
import { Part } from './part.js';
import { cachedPath, partPath, standInOf, standInPlace, withMirror } from './places.js';
import { limitsOf } from './limits.js';
import { isDiskError, isFull, listRefusals, reasonOf, type Refusal } from './reason.js';
import { verify, type Expectation, type Verified } from './verify.js';
import { wantedHash } from './wanted.js';
import { WrongContent } from './wrong-content.js';

/** Default for the longest silence of a server, in seconds. */
export const DEFAULT_STALL_SECONDS = 60;

export interface FetchOptions {
  /** Path of kernels.lock; see `lockFileOf`. */
  lockFile: string;
  /** A folder whose files replace every URL, or the base URL of a mirror; default: $KERNEL_MATRIX_ARTIFACTS. */
  standIn?: string | undefined;
  /** Longest silence of a server in seconds. */
  stall?: number | undefined;
  /** Minimum average rate of a server in bytes per second; default: `LEAST_RATE`. */
  leastRate?: number | undefined;
  /**
   * Accepts an artifact that has neither hash nor signature at its first download, and records its hash. Default: such an artifact is
   * refused.
   */
  trustFirstUse?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Called once if another run is fetching the same artifact. */
  onWait?: (() => void) | undefined;
}

/** A verified artifact in the cache. */
export interface FetchedArtifact {
  name: string;
  /** Path in the cache; must not be changed. */
  path: string;
  /** 64 hex digits. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** Source of this fetch. */
  from: 'cache' | 'stand-in' | 'url';
  /** URL or path of this fetch. */
  place: string;
  /** As in kernels.lock. */
  verifiedBy: string;
  /** Places that failed before, with reasons; worth showing even if another place succeeded. */
  refused: Refusal[];
}

/**
 * Fetches an artifact into the cache and verifies it: from the cache, or else the stand-in folder, or else its URLs in order. Only
 * verified files appear under their names. An interrupted download is continued next time.
 * @throws UserError if no place has it, with the reason for each; if it differs from kernels.lock; if it cannot be verified; if the
 *   disk cannot be written. The signal's reason if it aborts.
 */
export async function fetchArtifact(given: Artifact, options: FetchOptions): Promise<FetchedArtifact> {
  const artifact = checkArtifact(withMirror(given, options.standIn ?? standInPlace()));
  const { lockFile, signal } = options;
  const wanted = wantedHash(artifact, readLockFile(lockFile).get(artifact.name), lockFile);
  const part = new Part(partPath(artifact, wanted));
  return withLock(part.file, { signal, onWait: options.onWait }, async () => {
    // Read again, because the previous holder of the lock may have recorded it.
    const entry = readLockFile(lockFile).get(artifact.name);
    const now = wantedHash(artifact, entry, lockFile);
    if (now === undefined && proofOf(artifact) === null && !options.trustFirstUse) throw unprovable(artifact, lockFile);
    const fetchKey = async (key: NonNullable<Artifact['key']>) =>
      (await fetchArtifact(keyArtifact(key), { ...options, onWait: undefined })).path;
    return new Fetch(artifact, options, part, { artifact, wanted: now, entry, lockFile, fetchKey }).run();
  });
}

/** One attempt at an artifact, under its lock. */
class Fetch {
  private readonly refused: Refusal[] = [];
  /** Whether a place had other content under this name. */
  private differs = false;
  /** Whether a place needed more space than the disk has, or filled it. */
  private full = false;

  constructor(
    private readonly artifact: Artifact,
    private readonly options: FetchOptions,
    private readonly part: Part,
    private readonly expected: Expectation,
  ) {}

  async run(): Promise<FetchedArtifact> {
    const { artifact } = this;
    const cached = await this.fromCache();
    if (cached) return cached;
    const local = standInOf(artifact, this.standIn);
    if (local !== null) {
      const taken = await this.attempt(local, () => this.fromFile('stand-in', local, pathToFileURL(local).href));
      if (taken) return taken;
    }
    for (const url of artifact.urls) {
      const taken = await this.attempt(url, () =>
        url.startsWith('file:') ? this.fromFile('url', fileURLToPath(url), url) : this.fromUrl(url),
      );
      if (taken) return taken;
    }
    throw this.unavailable();
  }

  private async fromCache(): Promise<FetchedArtifact | null> {
    const { wanted } = this.expected;
    if (wanted === undefined) return null;
    const path = cachedPath(wanted, this.artifact.name);
    if (!existsSync(path)) return null;
    return this.attempt(path, async () => {
      let verified: Verified;
      try {
        verified = await verify(path, this.expected, this.options.signal);
      } catch (error) {
        // Damaged on the disk.
        if (error instanceof WrongContent) rmSync(path, { force: true });
        throw error;
      }
      return this.record(path, 'cache', path, this.artifact.urls[0] ?? pathToFileURL(path).href, verified);
    });
  }

  private async fromFile(from: 'stand-in' | 'url', source: string, url: string): Promise<FetchedArtifact> {
    const copy = `${this.part.file}.copy`;
    try {
      await copyLocal(this.artifact.name, source, url, copy, this.transfer());
      return await this.keep(copy, from, from === 'url' ? url : source, url);
    } finally {
      rmSync(copy, { force: true });
    }
  }

  private async fromUrl(url: string): Promise<FetchedArtifact> {
    const known = this.expected.wanted !== undefined;
    for (;;) {
      const { resumed } = await download(this.artifact.name, url, this.part, known, this.transfer());
      try {
        return await this.keep(this.part.file, 'url', url, url);
      } catch (error) {
        if (!(error instanceof WrongContent)) throw error;
        // The file is complete and wrong, so no part of it is useful.
        this.part.discard();
        // Parts from two mirrors, or of two versions, may have been joined: retry once from the first byte.
        if (!resumed) throw error;
      }
    }
  }

  /** Verifies a complete file and moves it to its place in the cache. */
  private async keep(
    file: string,
    from: FetchedArtifact['from'],
    place: string,
    url: string,
  ): Promise<FetchedArtifact> {
    const verified = await verify(file, this.expected, this.options.signal);
    const path = cachedPath(verified.sha256, this.artifact.name);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(file, path);
    this.part.discard();
    return this.record(path, from, place, url, verified);
  }

  private async record(
    path: string,
    from: FetchedArtifact['from'],
    place: string,
    url: string,
    { sha256, verifiedBy }: Verified,
  ): Promise<FetchedArtifact> {
    const { name } = this.artifact;
    const size = statSync(path).size;
    const entry = { sha256, size, verified_by: verifiedBy, first_seen: url };
    await recordArtifact(this.expected.lockFile, name, entry, this.options.signal);
    return { name, path, sha256, size, from, place, verifiedBy, refused: this.refused };
  }

  /** Tries one place. A failure of the place is recorded, and the next place is tried. */
  private async attempt(place: string, work: () => Promise<FetchedArtifact>): Promise<FetchedArtifact | null> {
    this.options.signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (isFatal(error)) throw error;
      this.differs ||= error instanceof WrongContent;
      this.full ||= error instanceof NoSpace || isFull(error);
      this.refused.push({ place, reason: reasonOfPlace(error) });
      return null;
    }
  }

  private get standIn(): string | undefined {
    return this.options.standIn ?? standInPlace();
  }

  private transfer() {
    const { stall = DEFAULT_STALL_SECONDS, signal, onProgress, leastRate } = this.options;
    return { stall, signal, onProgress, limits: limitsOf(this.artifact, this.expected.entry, leastRate) };
  }

  private unavailable(): UserError {
    const { artifact, expected, refused } = this;
    return new UserError({
      what: `${artifact.name} is not available from any of ${refused.length} place${refused.length === 1 ? '' : 's'}`,
      where: `searched the cache, ${this.standIn ?? 'no stand-in (KERNEL_MATRIX_ARTIFACTS is not set)'} and ${artifact.urls.length} URLs`,
      why: listRefusals(refused) || 'it is not in the cache and no URL is given',
      next:
        this.differs && expected.entry
          ? `find out why it changed; if the change is intended, delete the entry of ${artifact.name} from ${expected.lockFile}`
          : this.full
            ? `free some space (npm run clean -- --cache removes old images), or set KERNEL_MATRIX_CACHE to a larger disk`
            : `check the network; or put ${artifact.name} in a folder and set KERNEL_MATRIX_ARTIFACTS to it (or to the URL of a mirror)`,
    });
  }
}

/**
 * Whether another place would fail too: a disk that cannot be written, a policy that refuses the key, a missing program. The download is
 * kept, because it may be right.
 */
function isFatal(error: unknown): boolean {
  // A place may state a wrong size, or send too much; another place may still succeed.
  if (error instanceof NoSpace) return false;
  return isDiskError(error) || (error instanceof UserError && !(error instanceof WrongContent));
}

function reasonOfPlace(error: unknown): string {
  if (!(error instanceof UserError)) return reasonOf(error);
  return [error.parts.what, error.parts.why?.trim()].filter(Boolean).join('\n');
}

function unprovable(artifact: Artifact, lockFile: string): UserError {
  return new UserError({
    what: `${artifact.name} cannot be verified`,
    where: lockFile,
    why: 'it has no sha256 in kernels.yaml, no signature, and no entry in the lock file',
    next: `add its sha256 to kernels.yaml, or use a kernels.lock that has an entry for ${artifact.name}`,
    kind: 'config',
  });
}
