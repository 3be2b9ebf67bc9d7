import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from '../host/cache.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { SigningKey } from './artifact.js';
import { WrongContent } from './wrong-content.js';
import { begins, CHECK_SECONDS, notInForce, requireKey, type ListedKey } from './openpgp.js';

/**
 * Checks that a package is signed by a key, header and payload both, with the host's rpmkeys and a database of its own
 * that holds this one key. The host's and the user's rpm settings cannot loosen it.
 *
 * As found with rpm 4.18 (Debian 12) and 4.20 (Debian 13): without `_pkgverify_level all` an unsigned package passes with
 * exit code 0; 4.20 refuses to import a key that is 1024-bit DSA or self-signed with SHA-1.
 * @param keyFile the key in ASCII armour; its fingerprint is checked here once more.
 * @throws WrongContent that says which: no RPM, not signed, signed by another key or one that is not in force, with a hash that
 *   is broken, changed since it was signed.
 * @throws UserError if the policy of this host's rpm refuses the key or the signature, or rpmkeys cannot be run.
 */
export async function requireRpmSignature(
  file: string,
  keyFile: string,
  key: SigningKey,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await isRpm(file))) {
    throw new WrongContent({ what: 'it is no RPM', where: file, why: begins(file), next: 'get it from another place' });
  }
  const home = scratchFolder('rpmkeys');
  try {
    const keys = await requireKey(keyFile, key, home, signal);
    const rpmkeys = async (step: Step, args: string[]) => {
      const said: string[] = [];
      try {
        await runTool('rpmkeys', ['--dbpath', join(home, 'db'), ...args], {
          timeout: CHECK_SECONDS,
          purpose: step === 'import' ? `reading the key of ${key.owner}` : `checking the signature of ${key.owner}`,
          signal,
          // The user's ~/.rpmmacros and ~/.config/rpm are not for this.
          env: { HOME: home, XDG_CONFIG_HOME: home },
          onLine: (line) => said.push(line),
        });
        return said;
      } catch (error) {
        // Missing, killed or too slow: no judgement of the package.
        if (!(error instanceof UserError) || !error.parts.what.includes('exit code')) throw error;
        throw explain(step, said.join('\n'), key, file);
      }
    };
    await rpmkeys('import', ['--import', keyFile]);
    const strict = ['--define', '_pkgverify_level all', '--define', '_pkgverify_flags 0'];
    const said = await rpmkeys('check', [...strict, '--checksig', '-v', file]);
    if (!said.some((line) => SIGNED.test(line))) throw explain('check', said.join('\n'), key, file);
    requireStrength(signaturesIn(said), keys, key, file);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

type Step = 'import' | 'check';

/** `    Header V4 RSA/SHA512 Signature, key ID a93b0ba9: OK` */
const SIGNED = /^ +(Header )?V\d \S+ Signature, key (ID|fingerprint):? [0-9a-f]+: OK$/;
/** A signature that rpmkeys tells of. */
interface Signature {
  /** `RSA`, `DSA`, `EdDSA`. */
  algorithm: string;
  /** `SHA256`, `MD5`. */
  hash: string;
  /** The last 8 or more hex digits of the key's id, or its fingerprint; upper case. */
  by: string;
}

const SIGNATURE = /^ +(?:Header )?V\d ([^\s/]+)\/(\S+) Signature, key (?:ID|fingerprint):? ([0-9a-f]+):/;

function signaturesIn(said: readonly string[]): Signature[] {
  return said.flatMap((line) => {
    const found = SIGNATURE.exec(line);
    return found ? [{ algorithm: found[1]!, hash: found[2]!.toUpperCase(), by: found[3]!.toUpperCase() }] : [];
  });
}

/** 17 is DSA (RFC 4880, section 9.1); with 1024 bits it signs hashes of 160 bits, so SHA-1 is all it can (FIPS 186-2). */
const needsSha1 = ({ algorithm, length }: ListedKey) => algorithm === 17 && length <= 1024;

/**
 * Every signature counts: one covers the header, another the payload. Their hashes must be such that nobody can make another
 * package with the same: MD5 never is; SHA-1 is taken only from a key that can sign no other, as ELRepo's first, which is
 * pinned by its fingerprint.
 * @throws WrongContent also if the subkey that signed is revoked or has expired.
 */
function requireStrength(
  signatures: readonly Signature[],
  keys: readonly ListedKey[],
  key: SigningKey,
  file: string,
): void {
  for (const { algorithm, hash, by } of signatures) {
    const signer = keys.find(({ id, fingerprint }) => id.endsWith(by) || fingerprint === by);
    if (signer?.invalid) throw notInForce(key, signer.invalid, file, 'the subkey that signed it');
    const weak = /^(?:MD|RIPEMD)/.test(hash) || (/^SHA-?1$/.test(hash) && !(signer && needsSha1(signer)));
    if (!weak) continue;
    throw new WrongContent({
      what: `its signature by ${key.owner} is ${algorithm}/${hash}, which others could forge`,
      where: file,
      why: `${hash} is accepted from no key that can sign a stronger hash`,
      next: 'get a package with a newer signature, or give sha256 in kernels.yaml and signed_by: none',
    });
  }
}

/** Words of rpm's back ends for what they will not take: Sequoia's policy (4.20) and OpenSSL's (EL 9). */
const POLICY = /policy|not considered secure|legacy cryptography|NOTTRUSTED|not (supported|available)/i;

/** Tells the ways in which rpmkeys refuses apart; its own words are kept. */
function explain(step: Step, said: string, key: SigningKey, file: string): UserError {
  const why = said || '(rpmkeys said nothing)';
  if (POLICY.test(said)) {
    return new UserError({
      what: `the rpm of this host does not accept the ${step === 'import' ? 'key' : 'signature'} of ${key.owner} (${key.fingerprint})`,
      where: file,
      why,
      next: POLICY_NEXT,
    });
  }
  return new WrongContent({ what: wrong(step, said, key), where: file, why, next: 'get it from another place' });
}

function wrong(step: Step, said: string, { owner, fingerprint }: SigningKey): string {
  if (step === 'import') return `rpm cannot read the key of ${owner}`;
  if (/: BAD\b/.test(said)) return `it was changed or damaged after ${owner} signed it`;
  // The database holds the pinned key only.
  const by = /Signature, key (?:ID|fingerprint):? ([0-9a-f]+): NOKEY/.exec(said)?.[1];
  if (by !== undefined) return `it is signed by key ${by}, not by ${owner} (${fingerprint})`;
  if (/ Signature, key /.test(said)) return `its signature by ${owner} cannot be verified`;
  return `it has no signature, neither of ${owner} nor of anybody else`;
}

/** What to do where a policy refuses; switching verification off is not it. */
const POLICY_NEXT =
  "its policy refuses old algorithms and is left as it is: fetch once on a host with an older rpm (Debian 12's takes 1024-bit DSA and SHA-1) and bring the kernels.lock written there; what is recorded in it is checked by sha256";

/** The lead's magic number (rpm's docs/manual/format.md). */
async function isRpm(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32BE(0) === 0xedabeedb;
  } finally {
    await handle.close();
  }
}
