import { closeSync, openSync, readSync } from 'node:fs';
import { printable } from '../config/errors.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { SigningKey } from './artifact.js';
import { WrongContent } from './wrong-content.js';

/** Deadline in seconds for one call of gpg or rpmkeys; rpmkeys needs about a second for 100 MB. */
export const CHECK_SECONDS = 120;

/** A public key in a file, or a subkey of the key before it, as listed by gpg. */
export interface ListedKey {
  primary: boolean;
  /** 16 hex digits, upper case. */
  id: string;
  /** 40 hex digits, upper case. */
  fingerprint: string;
  /** Why its signatures are not accepted, by its self-signature or a revocation; null if the key is valid. */
  invalid: 'revoked' | 'expired' | 'invalid' | null;
  /** A number of RFC 4880, section 9.1: 1 RSA, 17 DSA. */
  algorithm: number;
  /** Bits. */
  length: number;
}

/**
 * Checks that a file contains exactly one OpenPGP public key, the pinned one, and that it is valid.
 * @param home an empty folder that gpg may write to, so that the user's keyring is neither read nor created.
 * @returns the key and its subkeys.
 * @throws WrongContent if it contains none, another, several or a secret key, or if the key is revoked or has expired.
 */
export async function requireKey(
  file: string,
  key: SigningKey,
  home: string,
  signal?: AbortSignal,
): Promise<ListedKey[]> {
  const listing = await listKeys(file, home, signal);
  const found = primaryFingerprints(listing);
  if (found.length !== 1 || found[0] !== key.fingerprint) {
    throw new WrongContent({
      what: `${key.name} is not the key of ${key.owner}`,
      where: file,
      why: `pinned fingerprint ${key.fingerprint}, found ${found.join(' and ') || begins(file)}`,
      next: 'get the key from another place; a file must contain the pinned key only',
    });
  }
  const keys = listedKeys(listing);
  const invalid = keys.find((each) => each.primary)?.invalid ?? null;
  if (invalid !== null) throw notInForce(key, invalid, file);
  return keys;
}

/** The error for a key that is revoked or has expired. @param which the key, or `a subkey of it`. */
export function notInForce(
  key: SigningKey,
  invalid: NonNullable<ListedKey['invalid']>,
  file: string,
  which = 'the key',
): WrongContent {
  return new WrongContent({
    what: `${which} of ${key.owner} is ${invalid}`,
    where: file,
    why: `${key.fingerprint} is ${invalid} according to its own file, so its signatures are not accepted`,
    next: 'get the key from another place, where it may have been renewed; or set sha256 and signed_by: none in kernels.yaml',
  });
}

/** gpg's listing of a file, in its `--with-colons` format; empty if it finds no key. */
async function listKeys(file: string, home: string, signal?: AbortSignal): Promise<string> {
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
    return stdout;
  } catch (error) {
    // gpg exits with 2 if it finds no key. A gpg that is missing or hangs is a separate error.
    if (error instanceof UserError && /exit code/.test(error.parts.what)) return '';
    throw error;
  }
}

/** Primary fingerprints in `gpg --with-colons` output, without those of secret keys (`sec` records). */
export function primaryFingerprints(colons: string): string[] {
  return listedKeys(colons).flatMap((each) => (each.primary ? [each.fingerprint] : []));
}

/** Field 2 of a record: the validity (doc/DETAILS of GnuPG). */
const INVALID: Readonly<Record<string, NonNullable<ListedKey['invalid']>>> = {
  r: 'revoked',
  e: 'expired',
  i: 'invalid',
  d: 'invalid',
};

/** Keys in `gpg --with-colons` output: each `pub` and `sub` record, with the `fpr` record after it. */
export function listedKeys(colons: string): ListedKey[] {
  const found: ListedKey[] = [];
  let open: Omit<ListedKey, 'fingerprint'> | null = null;
  for (const line of colons.split('\n')) {
    const [kind, validity = '', length, algorithm, id = '', ...rest] = line.split(':');
    if (kind === 'pub' || kind === 'sub') {
      const invalid = INVALID[validity] ?? null;
      open = { primary: kind === 'pub', id, invalid, algorithm: Number(algorithm), length: Number(length) };
    } else if (kind === 'fpr' && open) {
      found.push({ ...open, fingerprint: rest[4] ?? '' });
      open = null;
    } else if (kind !== 'fpr') open = null;
  }
  return found;
}

/** The beginning of an unexpected file: often an HTML page that explains the problem. */
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
