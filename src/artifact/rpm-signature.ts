import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from '../host/cache.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { SigningKey } from './artifact.js';
import { WrongContent } from './wrong-content.js';
import { begins, CHECK_SECONDS, notInForce, requireKey, type ListedKey } from './openpgp.js';

/**
 * Checks that header and payload of a package are signed by a key, with the host's rpmkeys and a separate database that contains only
 * this key. The rpm settings of the host and the user cannot weaken the check.
 *
 * Observed with rpm 4.18 (Debian 12) and 4.20 (Debian 13): without `_pkgverify_level all` an unsigned package passes with exit code 0;
 * 4.20 refuses to import a key that is 1024-bit DSA or self-signed with SHA-1.
 * @param keyFile the key in ASCII armour; its fingerprint is checked again here.
 * @throws WrongContent if the file is not an RPM, is not signed, is signed by another or an invalid key or with a weak hash, or has
 *   changed since it was signed.
 * @throws UserError if the policy of this host's rpm refuses the key or the signature, or rpmkeys cannot be run.
 */
export async function requireRpmSignature(
  file: string,
  keyFile: string,
  key: SigningKey,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await isRpm(file))) {
    throw new WrongContent({
      what: 'it is not an RPM',
      where: file,
      why: begins(file),
      next: 'get it from another place',
    });
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
          // Without the user's ~/.rpmmacros and ~/.config/rpm.
          env: { HOME: home, XDG_CONFIG_HOME: home },
          onLine: (line) => said.push(line),
        });
        return said;
      } catch (error) {
        // rpmkeys is missing, was killed or is too slow; this says nothing about the package.
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
/** A signature in the output of rpmkeys. */
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

/** 17 is DSA (RFC 4880, section 9.1); with 1024 bits it signs only hashes of 160 bits, which means SHA-1 (FIPS 186-2). */
const needsSha1 = ({ algorithm, length }: ListedKey) => algorithm === 17 && length <= 1024;

/**
 * Checks the hash of every signature, as one covers the header and another the payload. MD5 is never accepted, because others can make
 * a package with the same hash. SHA-1 is accepted only from a key that supports no other hash, such as ELRepo's first one, which is
 * pinned by its fingerprint.
 * @throws WrongContent for a weak hash, or if the subkey that signed is revoked or has expired.
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
      what: `its signature by ${key.owner} is ${algorithm}/${hash}, which can be forged`,
      where: file,
      why: `${hash} is not accepted from a key that supports a stronger hash`,
      next: 'get a package with a newer signature, or set sha256 and signed_by: none in kernels.yaml',
    });
  }
}

/** Messages of rpm's back ends for algorithms that they refuse: Sequoia's policy (4.20) and OpenSSL's (EL 9). */
const POLICY = /policy|not considered secure|legacy cryptography|NOTTRUSTED|not (supported|available)/i;

/** The error for a refusal by rpmkeys, with its output. */
function explain(step: Step, said: string, key: SigningKey, file: string): UserError {
  const why = said || '(rpmkeys printed nothing)';
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
  // The database contains the pinned key only.
  const by = /Signature, key (?:ID|fingerprint):? ([0-9a-f]+): NOKEY/.exec(said)?.[1];
  if (by !== undefined) return `it is signed by key ${by}, not by ${owner} (${fingerprint})`;
  if (/ Signature, key /.test(said)) return `its signature by ${owner} cannot be verified`;
  return `it has no signature of ${owner}, or of anyone else`;
}

/** Advice if a policy refuses; verification is never switched off. */
const POLICY_NEXT =
  'its policy refuses old algorithms: fetch the file once on a host with an older rpm (that of Debian 12 accepts 1024-bit DSA and SHA-1), and copy the kernels.lock from there; files with an entry in it are verified by sha256';

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
