import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.js';
import { fetchArtifact, type FetchedArtifact, type FetchOptions } from '../../src/artifact/fetch.js';
import { UserError } from '../../src/host/user-error.js';
import { Mirror } from './mirror.js';

/** What every test of this folder needs: a cache and a lock file of its own, and a server. Fresh for each test. */
class Bench {
  root = '';
  lockFile = '';
  standIn = '';
  mirror!: Mirror;

  /** Fetches with this bench's cache and lock file. */
  fetch(artifact: Artifact, options: Partial<FetchOptions> = {}): Promise<FetchedArtifact> {
    return fetchArtifact(artifact, { lockFile: this.lockFile, ...options });
  }

  /** The UserError that a fetch ends with. */
  async refusal(artifact: Artifact, options: Partial<FetchOptions> = {}): Promise<UserError> {
    const outcome = await this.fetch(artifact, options).catch((error: unknown) => error);
    if (outcome instanceof UserError) return outcome;
    throw new Error(`no UserError but ${String(outcome)}`, { cause: outcome });
  }

  /** Names of unfinished downloads in the cache. */
  parts(): string[] {
    return readdirSync(this.partial()).filter((name) => /\.part$/.test(name));
  }

  /** Bytes of the one unfinished download. */
  partSize(): number {
    const [name, ...others] = this.parts();
    if (name === undefined || others.length > 0) throw new Error('there is not one part');
    return statSync(join(this.partial(), name)).size;
  }

  private partial(): string {
    return join(this.root, 'cache', 'artifacts', 'partial');
  }
}

/** Registers hooks that prepare a bench for each test of a file. */
export function useBench(): Bench {
  const bench = new Bench();
  // Every file is synced, which may take seconds on a disk that others use too.
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeEach(async () => {
    bench.root = mkdtempSync(join(tmpdir(), 'km-artifact-'));
    bench.lockFile = join(bench.root, 'project', 'kernels.lock');
    bench.standIn = join(bench.root, 'stand-in');
    mkdirSync(join(bench.root, 'project'));
    mkdirSync(bench.standIn);
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(bench.root, 'cache'));
    vi.stubEnv('KERNEL_MATRIX_ARTIFACTS', '');
    bench.mirror = await Mirror.start();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await bench.mirror.stop();
    rmSync(bench.root, { recursive: true, force: true });
  });
  return bench;
}
