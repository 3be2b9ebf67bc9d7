import { UserError } from '../host/user-error.js';
import type { Artifact } from './artifact.js';
import type { LockEntry } from './lock-file.js';

/**
 * The expected hash of an artifact, from the configuration or the lock file.
 * @throws UserError if they differ.
 */
export function wantedHash(artifact: Artifact, entry: LockEntry | undefined, lockFile: string): string | undefined {
  const { name, sha256 } = artifact;
  if (sha256 !== undefined && entry !== undefined && sha256 !== entry.sha256) {
    throw new UserError({
      what: `the configuration and the lock file disagree about ${name}`,
      where: lockFile,
      why: `sha256 in the configuration ${sha256}, in the lock file ${entry.sha256}`,
      next: `correct the sha256 in kernels.yaml, or, if the new one is intended, delete the entry of ${name} from ${lockFile}`,
      kind: 'config',
    });
  }
  return sha256 ?? entry?.sha256;
}
