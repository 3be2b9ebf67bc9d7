import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { keyArtifact, type Artifact, type SigningKey } from '../../src/artifact/artifact.js';
import { readLockFile } from '../../src/artifact/lock-file.js';
import { listedKeys, primaryFingerprints } from '../../src/artifact/openpgp.js';
import { useBench } from './bench.js';
import { sha256 as hashOf } from './mirror.js';
import { lacking, RPM_TOOLS } from '../needs.js';
import { RpmKit } from './rpm-kit.js';

const NAME = 'tiny-1-1.noarch.rpm';

describe.skipIf(lacking(RPM_TOOLS))('signed packages', () => {
  const bench = useBench();
  let kit: RpmKit;
  let alice: { key: SigningKey; file: string };
  let mallory: typeof alice;
  let elder: typeof alice;
  let unsigned: string;
  let signed: string;
  beforeAll(() => {
    kit = new RpmKit();
    alice = kit.key('alice');
    mallory = kit.key('mallory');
    elder = kit.key('elder', 'old');
    unsigned = kit.build();
    signed = kit.sign(unsigned, 'alice');
  }, 120_000);
  afterAll(() => kit.dispose());

  /** A package served over HTTP, to be signed by `signer`, whose key is served from `keyFile`. */
  const served = (file: string, signer = alice, keyFile = signer.file): Artifact => ({
    name: NAME,
    urls: [bench.mirror.serve(NAME, readFileSync(file))],
    signature: 'rpm',
    key: { ...signer.key, urls: [bench.mirror.serve(signer.key.name, readFileSync(keyFile))] },
  });

  it('accepts the right signature and records package and key', async () => {
    const artifact = served(signed);
    const got = await bench.fetch(artifact);
    expect(hashOf(readFileSync(got.path))).toBe(hashOf(readFileSync(signed)));
    expect(got.verifiedBy).toBe(`rpm signature of ${alice.key.fingerprint}`);
    const entries = readLockFile(bench.lockFile);
    expect([...entries].map(([name, entry]) => [name, entry.verified_by, entry.first_seen])).toEqual([
      ['KEY-alice', `key fingerprint ${alice.key.fingerprint}`, bench.mirror.url('KEY-alice')],
      [NAME, got.verifiedBy, bench.mirror.url(NAME)],
    ]);
    expect(readdirSync(join(bench.root, 'cache', 'tmp'))).toEqual([]);
  });

  it('refuses a package that another key signed, and names it', async () => {
    const { parts } = await bench.refusal(served(kit.sign(unsigned, 'mallory')));
    const id = mallory.key.fingerprint.slice(-8).toLowerCase();
    expect(parts.why).toContain(`it is signed by key ${id}, not by alice (${alice.key.fingerprint})`);
    expect(readLockFile(bench.lockFile).has(NAME)).toBe(false);
  });

  it('refuses a package that nobody signed, which rpm itself lets pass', async () => {
    expect((await bench.refusal(served(unsigned))).parts.why).toContain('it has no signature of alice');
  });

  it.each([
    ['payload', 60, /Header V4 RSA\S+ Signature, key ID [0-9a-f]{8}: OK[^]*Payload SHA256 digest: BAD/],
    ['header', 20_500, /Header V4 RSA\S+ Signature, key ID [0-9a-f]{8}: BAD/],
  ])('refuses a package whose %s was changed after it was signed', async (_where, fromEnd, said) => {
    const { parts } = await bench.refusal(served(kit.tamper(signed, fromEnd)));
    expect(parts.why).toContain('it was changed or damaged after alice signed it');
    expect(parts.why).toMatch(said);
  });

  it('takes the mirror that has the real one', async () => {
    const artifact = served(signed);
    const bad = bench.mirror.serve('bad', readFileSync(kit.tamper(signed, 60)));
    expect((await bench.fetch({ ...artifact, urls: [bad, ...artifact.urls] })).refused).toHaveLength(1);
  });

  it('tells a web page from a package', async () => {
    const page = join(bench.root, 'page');
    writeFileSync(page, '<html>This mirror has moved');
    expect((await bench.refusal(served(page))).parts.why).toMatch(
      /it is not an RPM\n +a file that begins with "<html>This mirror has moved"/,
    );
  });

  it('refuses a key with another fingerprint, a second key in the file, and no key at all', async () => {
    const swapped = await bench.refusal(served(kit.sign(unsigned, 'mallory'), alice, mallory.file));
    expect(swapped.message).toContain(`pinned fingerprint ${alice.key.fingerprint}, found ${mallory.key.fingerprint}`);
    const two = join(bench.root, 'two');
    writeFileSync(two, readFileSync(alice.file, 'utf8') + readFileSync(mallory.file, 'utf8'));
    expect((await bench.refusal(served(signed, alice, two))).message).toContain(
      `found ${alice.key.fingerprint} and ${mallory.key.fingerprint}`,
    );
    writeFileSync(two, '<html>gone');
    expect((await bench.refusal(served(signed, alice, two))).message).toContain('a file that begins with "<html>gone"');
  });

  it("is not loosened by the user's own rpm macros", async () => {
    writeFileSync(join(bench.root, '.rpmmacros'), '%_pkgverify_level none\n%_vsflags_verify 0xfffff\n');
    vi.stubEnv('HOME', bench.root);
    expect((await bench.refusal(served(unsigned))).parts.why).toContain('it has no signature');
    expect(existsSync(join(bench.root, '.gnupg'))).toBe(false);
  });

  it('checks the signature of a stand-in too', async () => {
    const artifact = { ...served(signed), urls: [] };
    writeFileSync(join(bench.standIn, NAME), readFileSync(unsigned));
    expect((await bench.refusal(artifact, { standIn: bench.standIn })).parts.why).toContain('it has no signature');
    writeFileSync(join(bench.standIn, NAME), readFileSync(signed));
    expect((await bench.fetch(artifact, { standIn: bench.standIn })).from).toBe('stand-in');
  });

  it('asks for the signature even where only the hash was checked before, and not again once recorded', async () => {
    const artifact = served(signed);
    const { sha256 } = await bench.fetch({ name: NAME, urls: artifact.urls }, { trustFirstUse: true });
    expect(readLockFile(bench.lockFile).get(NAME)?.verified_by).toBe('first use');
    const again = await bench.fetch(artifact);
    expect(again).toMatchObject({ from: 'cache', sha256, verifiedBy: `rpm signature of ${alice.key.fingerprint}` });
    const requests = bench.mirror.seen.length;
    // With the record, neither rpmkeys nor the key is needed: on another host, with another cache.
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(bench.root, 'another'));
    expect((await bench.fetch(artifact)).from).toBe('url');
    expect(bench.mirror.seen.slice(requests).map(({ path }) => path)).toEqual([`/${NAME}`]);
  });

  it('refuses a signed package that differs from the recorded one, however well it is signed', async () => {
    await bench.fetch(served(signed));
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(bench.root, 'another'));
    const { parts } = await bench.refusal(served(kit.sign(kit.build(), 'alice')));
    expect(parts.why).toMatch(/recorded sha256 [0-9a-f]{64}, now [0-9a-f]{64}/);
    expect(parts.next).toContain('delete the entry');
  });

  it('says what the rpm of this host makes of a 1024-bit DSA key with SHA-1, and never lets it pass unsaid', async () => {
    const outcome = await bench.fetch(served(kit.sign(unsigned, 'elder', 'sha1'), elder)).then(
      (got) => got.verifiedBy,
      (error: Error) => error.message,
    );
    // Debian 12's rpm takes it; one with Sequoia's policy does not.
    expect([
      `rpm signature of ${elder.key.fingerprint}`,
      expect.stringContaining('the rpm of this host does not accept'),
    ]).toContainEqual(outcome);
  });

  it.each([
    ['has expired', 'expired', (one: typeof alice) => kit.expire(one)],
    ['is revoked', 'revoked', (one: typeof alice) => kit.revoke(one)],
  ])('refuses what a key signed that %s by its own file', async (_, word, end) => {
    const owner = `${word}-one`;
    const one = kit.oldKey(owner);
    const package_ = kit.sign(unsigned, owner);
    expect((await bench.fetch(served(package_, one))).verifiedBy).toContain(one.key.fingerprint);
    rmSync(bench.lockFile);
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(bench.root, 'another'));
    end(one);
    const { message } = await bench.refusal(served(package_, one));
    expect(message).toContain(`the key of ${owner} is ${word}`);
    expect(readLockFile(bench.lockFile).size).toBe(0);
  });

  it.each(['md5', 'sha1'])('refuses a signature of %s by a key that can sign better', async (digest) => {
    const { parts } = await bench.refusal(served(kit.sign(unsigned, 'alice', digest)));
    expect(parts.why).toContain(`RSA/${digest.toUpperCase()}, which can be forged`);
  });

  it.each([
    ['another version', () => kit.build(2), 'tiny-2-1.noarch.rpm'],
    [
      'another architecture',
      () => kit.pack(bench.root, { name: 'tiny', version: '1', release: '1' }),
      'tiny-1-1.x86_64.rpm',
    ],
    [
      'the sources',
      () => kit.pack(bench.root, { name: 'tiny', version: '1', release: '1', source: true }),
      'tiny-1-1.src.rpm',
    ],
  ])('refuses %s that the same key signed, and takes the right one from the next mirror', async (_, make, name) => {
    const wrong = bench.mirror.serve('wrong', readFileSync(kit.sign(make(), 'alice')));
    const artifact = served(signed);
    const got = await bench.fetch({ ...artifact, urls: [wrong, ...artifact.urls] });
    expect(got.refused[0]?.reason).toContain(`another package of the same signer: ${name}`);
  });

  describe('an rpm with a policy', () => {
    /** Puts an rpmkeys before the real one that says what Debian 13's (4.20.1, Sequoia) said to such a key. */
    const rpmkeysSaying = (onImport: string, onCheck: string) => {
      const folder = join(bench.root, 'bin');
      mkdirSync(folder);
      const script = `#!/bin/sh\ncase "$*" in *--import*) ${onImport} ;; *) ${onCheck} ;; esac\n`;
      writeFileSync(join(folder, 'rpmkeys'), script);
      chmodSync(join(folder, 'rpmkeys'), 0o755);
      vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    };

    it.each([
      [
        'key',
        `echo 'error: Certificate 519C6370FF253741:
  Policy rejects 519C6370FF253741: No binding signature at time 2026-11-24T03:38:55Z
error: /w/old.asc: key 1 import failed.' >&2; exit 1`,
        'exit 0',
      ],
      [
        'signature',
        'exit 0',
        `echo 'error: Verifying a signature, but no certificate was provided:
      because: SHA1 is not considered secure since 2013-02-01T00:00:00Z
    Header V4 DSA/SHA1 Signature, key ID ff253741: NOKEY'; exit 1`,
      ],
    ])('that refuses the %s: the error says so and what to do, and the download is kept', async (what, imp, check) => {
      rpmkeysSaying(imp, check);
      const { parts } = await bench.refusal(served(signed));
      expect(parts.what).toBe(`the rpm of this host does not accept the ${what} of alice (${alice.key.fingerprint})`);
      expect(parts.why).toMatch(/Policy rejects|not considered secure/);
      expect(parts.next).toContain('kernels.lock');
      expect(bench.parts()).toHaveLength(1);
      expect(readLockFile(bench.lockFile).has(NAME)).toBe(false);
    });

    it('that ends well but shows no signature is not believed', async () => {
      rpmkeysSaying('exit 0', "echo '    Header SHA256 digest: OK'; exit 0");
      expect((await bench.refusal(served(signed))).parts.why).toContain('it has no signature');
    });
  });

  it('takes a key as a file: URL like any other artifact', async () => {
    const key = { ...alice.key, urls: [pathToFileURL(alice.file).href] };
    expect((await bench.fetch(keyArtifact(key))).verifiedBy).toBe(`key fingerprint ${alice.key.fingerprint}`);
  });
});

it('reads primary fingerprints only: no subkeys, no secret keys', () => {
  const fpr = (digit: string) => `fpr:::::::::${digit.repeat(40)}:`;
  const listing = ['pub:u:2048:1:A:1:::u:::scSC:', fpr('A'), 'uid:u::::1::X::x:', 'sub:u:2048:1:B:1:', fpr('B')];
  expect(primaryFingerprints(listing.join('\n'))).toEqual(['A'.repeat(40)]);
  const states = ['r', 'e', 'i', 'd', '-', 'u'].map((state) => `pub:${state}:2048:17:A:1:\n${fpr('A')}`);
  expect(listedKeys(states.join('\n')).map(({ invalid, algorithm, length }) => [invalid, algorithm, length])).toEqual(
    ['revoked', 'expired', 'invalid', 'invalid', null, null].map((invalid) => [invalid, 17, 2048]),
  );
  expect(primaryFingerprints(['sec:u:2048:1:A:1:', fpr('A')].join('\n'))).toEqual([]);
});
