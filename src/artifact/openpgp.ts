import { closeSync, openSync, readSync } from 'node:fs';
import { printable } from '../config/errors.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { SigningKey } from './artifact.js';
import { WrongContent } from './wrong-content.js';

/** Seconds for one call of gpg or rpmkeys; a package of 100 MB takes rpmkeys about a second. */
export const CHECK_SECONDS = 120;

/** A public key of a file, or a subkey of the one before it, as gpg tells it. */
export interface ListedKey {
  primary: boolean;
  /** 16 hex digits, upper case. */
  id: string;
  /** 40 hex digits, upper case. */
  fingerprint: string;
  /** Why nothing it has signed is accepted: its own self-signature or a revocation says so; null if it is in force. */
  invalid: 'revoked' | 'expired' | 'invalid' | null;
  /** A number of RFC 4880, section 9.1: 1 RSA, 17 DSA. */
  algorithm: number;
  /** Bits. */
  length: number;
}

/**
 * Checks that a file holds one OpenPGP public key, the pinned one, in force, and no other.
 * @param home an empty folder that gpg may write to, so that the user's own keyring is neither read nor made.
 * @returns the key and its subkeys.
 * @throws WrongContent if it holds none, another, a second one or a secret key, or if the key is revoked or has expired.
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
      next: 'get the key from another place; a file with the pinned key and others besides is refused too',
    });
  }
  const keys = listedKeys(listing);
  const invalid = keys.find((each) => each.primary)?.invalid ?? null;
  if (invalid !== null) throw notInForce(key, invalid, file);
  return keys;
}

/** The refusal of a key that its owner has withdrawn, or whose time is over. @param which the key, or `a subkey of it`. */
export function notInForce(
  key: SigningKey,
  invalid: NonNullable<ListedKey['invalid']>,
  file: string,
  which = 'the key',
): WrongContent {
  return new WrongContent({
    what: `${which} of ${key.owner} is ${invalid}`,
    where: file,
    why: `${key.fingerprint} is ${invalid} by its own file, so what it signed proves nothing`,
    next: 'get the key from another place, where it may have been prolonged; or give sha256 in kernels.yaml and signed_by: none',
  });
}

/** What gpg tells of a file, in its `--with-colons` form; nothing where it finds no key. */
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
    // gpg ends with 2 where it finds no key; only a gpg that is missing or hangs is an error of its own.
    if (error instanceof UserError && /exit code/.test(error.parts.what)) return '';
    throw error;
  }
}

/** Primary fingerprints in `gpg --with-colons` output. A `sec` record, a secret key, counts as none. */
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

/** Keys in `gpg --with-colons` output: each `pub` and `sub` record with the `fpr` record that follows it. */
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
