import { posix } from 'node:path';
import { UserError } from '../host/user-error.js';

/**
 * A file that this program downloads: an RPM, a Vagrant box, an image archive, a signing key. It names the places to get it from, and
 * how its content is verified.
 */
export interface Artifact {
  /** File name, unique in a kernels.yaml: its name in the cache, in a stand-in folder and in kernels.lock. */
  name: string;
  /** http:, https: or file: URLs, tried in order. */
  urls: readonly string[];
  /** 64 hex digits, if kernels.yaml or this program pins the content. */
  sha256?: string | undefined;
  /** `rpm`: a package signed by `key`. `key`: the public key `key` itself, identified by its fingerprint. */
  signature?: 'rpm' | 'key' | undefined;
  /** Needed with `signature`. */
  key?: SigningKey | undefined;
}

/** A public key whose fingerprint is pinned; the key itself is fetched like any other artifact. */
export interface SigningKey {
  /** The owner, for messages: `CentOS 7`. */
  owner: string;
  /** Of the primary key: 40 hex digits, upper case, no spaces. */
  fingerprint: string;
  /** File name of the key, in ASCII armour. */
  name: string;
  urls: readonly string[];
}

/** A signing key as an artifact. */
export function keyArtifact(key: SigningKey): Artifact {
  return { name: key.name, urls: key.urls, signature: 'key', key };
}

/** How an artifact is verified, in the form of kernels.lock; null if it can only be trusted on first use. */
export function proofOf(artifact: Artifact): string | null {
  if (artifact.signature === 'rpm') return `rpm signature of ${artifact.key?.fingerprint}`;
  if (artifact.signature === 'key') return `key fingerprint ${artifact.key?.fingerprint}`;
  return artifact.sha256 === undefined ? null : 'sha256 in the configuration';
}

/** One path component without characters that are special to a shell, a URL, a terminal or YAML; starts with a letter or digit. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$/;
export const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a text may be an artifact's file name. */
export function isArtifactName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Checks an artifact before it is used: its name becomes a path, and its URLs are opened.
 * @returns the artifact with its hash in lower case.
 * @throws UserError for a name that is not a plain file name, a URL of another scheme or with a password, a malformed hash or
 *   fingerprint, a signature without a key.
 */
export function checkArtifact(artifact: Artifact): Artifact {
  const { name, urls, signature, key } = artifact;
  const shown = JSON.stringify(name.slice(0, 200));
  if (!isArtifactName(name)) {
    throw refuse(
      shown,
      'its name is not a plain file name',
      'use only letters, digits and . _ + ~ - (no folder), at most 200 characters, starting with a letter or digit',
    );
  }
  for (const url of urls) checkUrl(url, shown);
  const sha256 = artifact.sha256?.toLowerCase();
  if (sha256 !== undefined && !SHA256.test(sha256)) {
    throw refuse(shown, 'its sha256 is not 64 hexadecimal digits', 'take the hash from `sha256sum FILE`');
  }
  if (signature !== undefined && key === undefined) {
    throw refuse(shown, 'it requires a signature, but names no key', 'name the key in src/artifact/keys.ts');
  }
  if (key !== undefined && !/^[0-9A-F]{40}$/.test(key.fingerprint)) {
    throw refuse(
      shown,
      'its key has no fingerprint of 40 hexadecimal digits',
      'use the full fingerprint, not a key ID',
    );
  }
  return { ...artifact, sha256 };
}

function checkUrl(text: string, artifact: string): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse(artifact, `${JSON.stringify(text.slice(0, 200))} is not a URL`, 'write the full URL, with https://');
  }
  if (!['http:', 'https:', 'file:'].includes(url.protocol)) {
    throw refuse(artifact, `a URL starts with ${url.protocol}`, 'use http:, https: or file:');
  }
  // URLs are written to kernels.lock and shown in errors.
  if (url.username !== '' || url.password !== '') {
    throw refuse(artifact, `the URL at ${url.host} contains a user name or password`, 'put the file in a local folder');
  }
}

function refuse(artifact: string, why: string, next: string): UserError {
  return new UserError({ what: 'an artifact is refused', where: artifact, why, next, kind: 'config' });
}

/** The file name in a URL, as one part of a path: an encoded slash or line break in it is none. */
export function fileNameOf(url: string): string {
  const part = posix.basename(URL.canParse(url) ? new URL(url).pathname : url);
  return (
    decoded(part)
      .replace(/[^\p{L}\p{N}._+~-]/gu, '_')
      .replace(/^[.-]/, '_') || 'download'
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
