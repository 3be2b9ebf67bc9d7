import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from '../host/cache.js';
import { runTool } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import type { SigningKey } from './artifact.js';
import { WrongContent } from './wrong-content.js';
import { begins, CHECK_SECONDS, requireKey } from './openpgp.js';

/**
 * Checks that a package is signed by a key, header and payload both, with the host's rpmkeys and a database of its own
 * that holds this one key. The host's and the user's rpm settings cannot loosen it.
 *
 * As found with rpm 4.18 (Debian 12) and 4.20 (Debian 13): without `_pkgverify_level all` an unsigned package passes with
 * exit code 0; 4.20 refuses to import a key that is 1024-bit DSA or self-signed with SHA-1.
 * @param keyFile the key in ASCII armour; its fingerprint is checked here once more.
 * @throws WrongContent that says which: no RPM, not signed, signed by another key, changed since it was signed.
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
    await requireKey(keyFile, key, home, signal);
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
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

type Step = 'import' | 'check';

/** `    Header V4 RSA/SHA512 Signature, key ID a93b0ba9: OK` */
const SIGNED = /^ +(Header )?V\d \S+ Signature, key (ID|fingerprint):? [0-9a-f]+: OK$/;
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
