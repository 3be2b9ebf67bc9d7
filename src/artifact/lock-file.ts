import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { cacheFolder } from '../host/cache.js';
import { withLock } from '../host/lock.js';
import { placeOf } from '../host/named-file.js';
import { redact } from '../host/redact.js';
import { UserError } from '../host/user-error.js';
import { writeWhole } from '../host/write-file.js';
import { isArtifactName, SHA256 } from './artifact.js';
import { WrongContent } from './wrong-content.js';

/** The record of a verified artifact. Keys are spelled as in the file. */
export interface LockEntry {
  /** 64 hex digits. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** How: `rpm signature of <fingerprint>`, `key fingerprint …`, `sha256 in the configuration`, `first use`. */
  verified_by: string;
  /** The URL it first came from; `file:` for a local folder. */
  first_seen: string;
}

const HEADER = `# The content of each artifact when it was verified. An artifact that differs from its entry is refused.
# Written by kernel-matrix. Commit it beside kernels.yaml. To accept a change on purpose, delete the entry.
`;

const shape = z.strictObject({
  version: z.literal(1),
  artifacts: z.record(
    z.string().refine(isArtifactName, 'not a plain file name'),
    z.strictObject({
      sha256: z.string().regex(SHA256, 'not 64 lower-case hexadecimal digits'),
      size: z.int().nonnegative(),
      verified_by: z.string(),
      first_seen: z.string(),
    }),
  ),
});

/** kernels.lock, beside the kernels.yaml given. */
export function lockFileOf(configFile: string): string {
  return join(dirname(configFile), 'kernels.lock');
}

/**
 * Reads a lock file; a missing file has no entries.
 * @throws UserError if it cannot be read or is malformed, for example after a merge conflict.
 */
export function readLockFile(file: string): Map<string, LockEntry> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw unreadable(file, (error as Error).message);
  }
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    throw unreadable(file, (error as Error).message);
  }
  const result = shape.safeParse(content);
  if (result.success) return new Map(Object.entries(result.data.artifacts));
  throw unreadable(
    file,
    result.error.issues.map((issue) => `${issue.path.join(' › ') || 'the file'}: ${issue.message}`).join('\n'),
  );
}

/**
 * Records a verified artifact: a new entry, or a stronger proof for the same content. The file is sorted by name, and written only if
 * something changes. Parallel runs do not lose each other's entries.
 * @throws UserError if the artifact is recorded with other content, or the file cannot be written.
 */
export async function recordArtifact(
  file: string,
  name: string,
  entry: LockEntry,
  signal?: AbortSignal,
): Promise<LockEntry> {
  // The lock is in the cache, so that only kernels.lock appears in the user's folder.
  const guard = join(cacheFolder('artifacts', 'locks'), createHash('sha256').update(file).digest('hex').slice(0, 16));
  return withLock(guard, { signal }, () => Promise.resolve().then(() => recorded(file, name, entry)));
}

function recorded(file: string, name: string, entry: LockEntry): LockEntry {
  const entries = readLockFile(file);
  const before = entries.get(name);
  if (before && before.sha256 !== entry.sha256) throw changed(file, name, before.sha256, entry.sha256);
  if (before && before.verified_by === entry.verified_by) return before;
  const after = { ...entry, first_seen: redact(before?.first_seen ?? entry.first_seen) };
  entries.set(name, after);
  const artifacts = Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  try {
    writeWhole(placeOf(file).path, HEADER + stringify({ version: 1, artifacts }, { lineWidth: 0 }));
  } catch (error) {
    throw new UserError({
      what: 'the lock file cannot be written',
      where: file,
      why: (error as Error).message,
      next: 'make its folder writable: every verified file is recorded there before it is used',
      cause: error,
    });
  }
  return after;
}

/** The error for an artifact whose content differs from its entry. */
export function changed(file: string, name: string, recorded: string, now: string): WrongContent {
  return new WrongContent({
    what: `${name} has changed since it was verified`,
    where: file,
    why: `recorded sha256 ${recorded}, now ${now}`,
    next: `find out why it changed; if the change is intended, delete the entry of ${name} from ${file}`,
  });
}

function unreadable(file: string, why: string): UserError {
  return new UserError({
    what: 'the lock file cannot be read',
    where: file,
    why,
    next: 'restore it from version control; if you delete it, every artifact is verified again',
    kind: 'config',
  });
}
