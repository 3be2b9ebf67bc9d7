import { rm } from 'node:fs/promises';
import { sha256Of } from '../host/apt.js';
import { scratchFolder } from '../host/cache.js';
import { proofOf, type Artifact, type SigningKey } from './artifact.js';
import { changed, type LockEntry } from './lock-file.js';
import { requireKey } from './openpgp.js';
import { requireRpmName } from './rpm-name.js';
import { requireRpmSignature } from './rpm-signature.js';
import { WrongContent } from './wrong-content.js';

/** What a file is verified against. */
export interface Expectation {
  artifact: Artifact;
  /** The expected hash, if one is known. */
  wanted: string | undefined;
  /** The entry in kernels.lock, if there is one. */
  entry: LockEntry | undefined;
  lockFile: string;
  /** Fetches a signing key and returns its path; called only if a signature has to be checked. */
  fetchKey: (key: SigningKey) => Promise<string>;
}

/** The result of a verification. */
export interface Verified {
  /** 64 hex digits. */
  sha256: string;
  /** As in kernels.lock. */
  verifiedBy: string;
}

/**
 * Verifies a complete file: its hash, if one is known, and its signature, unless the lock file records that it was verified for the
 * same content.
 * @throws WrongContent if either does not match; another UserError if this host cannot check it.
 */
export async function verify(file: string, expected: Expectation, signal?: AbortSignal): Promise<Verified> {
  const { artifact, wanted, entry } = expected;
  const sha256 = await sha256Of(file);
  if (wanted !== undefined && sha256 !== wanted) {
    if (entry !== undefined) throw changed(expected.lockFile, artifact.name, entry.sha256, sha256);
    throw new WrongContent({
      what: `its sha256 is ${sha256}, the configuration expects ${wanted}`,
      where: artifact.name,
      next: 'get it from another place, or correct the sha256 in kernels.yaml',
    });
  }
  const proof = proofOf(artifact) ?? 'first use';
  if (entry?.verified_by !== proof) await prove(file, artifact, expected.fetchKey, signal);
  // Keep an earlier proof of the same content if no stronger one is required now.
  return { sha256, verifiedBy: proof === 'first use' ? (entry?.verified_by ?? proof) : proof };
}

async function prove(
  file: string,
  { name, signature, key }: Artifact,
  fetchKey: Expectation['fetchKey'],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signature === undefined || key === undefined) return;
  if (signature === 'rpm') {
    await requireRpmSignature(file, await fetchKey(key), key, signal);
    return requireRpmName(file, name, signal);
  }
  const home = scratchFolder('gpg');
  try {
    await requireKey(file, key, home, signal);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
