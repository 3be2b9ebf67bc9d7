import { closeSync, openSync, readSync } from 'node:fs';
import { printable } from '../config/errors.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { SigningKey } from './artifact.js';
import { WrongContent } from './wrong-content.js';

/** Seconds for one call of gpg or rpmkeys; a package of 100 MB takes rpmkeys about a second. */
export const CHECK_SECONDS = 120;

/**
 * Checks that a file holds one OpenPGP public key, the pinned one, and no other.
 * @param home an empty folder that gpg may write to, so that the user's own keyring is neither read nor made.
 * @throws WrongContent if it holds none, another, a second one or a secret key.
 */
export async function requireKey(file: string, key: SigningKey, home: string, signal?: AbortSignal): Promise<void> {
  const found = await fingerprintsIn(file, home, signal);
  if (found.length === 1 && found[0] === key.fingerprint) return;
  throw new WrongContent({
    what: `${key.name} is not the key of ${key.owner}`,
    where: file,
    why: `pinned fingerprint ${key.fingerprint}, found ${found.join(' and ') || begins(file)}`,
    next: 'get the key from another place; a file with the pinned key and others besides is refused too',
  });
}

/** Fingerprints of the primary keys in a file, as 40 hex digits or more. */
async function fingerprintsIn(file: string, home: string, signal?: AbortSignal): Promise<string[]> {
  try {
    const { stdout } = await runTool(
      'gpg',
      ['--homedir', home, '--batch', '--show-keys', '--with-colons', '--', file],
      {
        timeout: CHECK_SECONDS,
        purpose: 'reading the fingerprint of a signing key',
        signal,
      },
    );
    return primaryFingerprints(stdout);
  } catch (error) {
    // gpg ends with 2 where it finds no key; only a gpg that is missing or hangs is an error of its own.
    if (error instanceof UserError && /exit code/.test(error.parts.what)) return [];
    throw error;
  }
}

/**
 * Primary fingerprints in `gpg --with-colons` output: the `fpr` record that follows each `pub` (doc/DETAILS of GnuPG). A
 * `sec` record, a secret key, counts as none.
 */
export function primaryFingerprints(colons: string): string[] {
  const found: string[] = [];
  let primary = false;
  for (const line of colons.split('\n')) {
    const fields = line.split(':');
    if (fields[0] === 'pub') primary = true;
    else if (fields[0] === 'fpr' && primary) {
      found.push(fields[9] ?? '');
      primary = false;
    } else if (fields[0] !== 'fpr') primary = false;
  }
  return found;
}

/** What a file that is not what it should be begins with: often a page of HTML that says why. */
export function begins(file: string): string {
  const head = readHead(file);
  return head === '' ? 'an empty file' : `a file that begins with "${printable(head)}"`;
}

function readHead(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(60);
    return head.toString('latin1', 0, readSync(handle, head));
  } finally {
    closeSync(handle);
  }
}
