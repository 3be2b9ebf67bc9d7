import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SigningKey } from '../../src/artifact/artifact.js';
import { primaryFingerprints } from '../../src/artifact/openpgp.js';

/** Makes throw-away keys and small packages signed with them, with the real programs. */
export class RpmKit {
  private readonly root = mkdtempSync(join(tmpdir(), 'km-rpm-'));
  private readonly gnupg = join(this.root, 'gnupg');
  /** The time for gpg, where it is another than now. */
  private then: string | null = null;

  constructor() {
    mkdirSync(this.gnupg, { mode: 0o700 });
  }

  /** A new key; its public half in ASCII armour is at `file`. `old` is like ELRepo's: 1024-bit DSA, self-signed with SHA-1. */
  key(owner: string, age: 'new' | 'old' = 'new'): { key: SigningKey; file: string } {
    const parameters = `%no-protection\nKey-Type: ${age === 'new' ? 'RSA' : 'DSA'}\nKey-Length: ${age === 'new' ? 2048 : 1024}
Key-Usage: sign\nName-Real: ${owner}\nExpire-Date: 0\n%commit\n`;
    const weak = age === 'new' ? [] : ['--cert-digest-algo', 'SHA1', '--allow-weak-digest-algos'];
    this.run('gpg', ['--batch', ...weak, '--gen-key'], parameters);
    const file = join(this.root, `${owner}.asc`);
    this.export(owner, file);
    const fingerprint = primaryFingerprints(this.run('gpg', ['--with-colons', '--list-keys', owner]))[0]!;
    return { file, key: { owner, fingerprint, name: `KEY-${owner}`, urls: [] } };
  }

  /** A key made in 2020, whose file at `file` says nothing of an end yet: see `expire` and `revoke`. */
  oldKey(owner: string): { key: SigningKey; file: string } {
    this.then = '20200101T000000';
    try {
      return this.key(owner);
    } finally {
      this.then = null;
    }
  }

  /** Writes the file of a key of 2020 anew, as one that ended a day later. */
  expire({ key, file }: { key: SigningKey; file: string }): void {
    this.then = '20200102T000000';
    try {
      this.run('gpg', ['--batch', '--quick-set-expire', key.fingerprint, '1d']);
      this.export(key.owner, file);
    } finally {
      this.then = null;
    }
  }

  /** Writes the file of a key anew, with the revocation that gpg has made beside the key. */
  revoke({ key, file }: { key: SigningKey; file: string }): void {
    const certificate = readFileSync(join(this.gnupg, 'openpgp-revocs.d', `${key.fingerprint}.rev`), 'utf8');
    this.run('gpg', ['--batch', '--import'], certificate.replace(/^:-----/m, '-----'));
    this.export(key.owner, file);
  }

  private export(owner: string, file: string): void {
    rmSync(file, { force: true });
    this.run('gpg', ['--batch', '--armor', '--output', file, '--export', owner]);
  }

  /** A small package, not signed. */
  build(version = 1): string {
    return this.buildSpec(
      `Name: tiny\nVersion: ${version}\nRelease: 1\nSummary: t\nLicense: MIT\nBuildArch: noarch\n%description\nt
%install\nmkdir -p %{buildroot}/opt/tiny\nhead -c 20000 /dev/urandom > %{buildroot}/opt/tiny/file\n%files\n/opt/tiny\n`,
    );
  }

  /** The package a spec makes, not signed, under the file name it has by itself. */
  buildSpec(text: string): string {
    const spec = join(this.root, 'package.spec');
    const top = mkdtempSync(join(this.root, 'top-'));
    writeFileSync(spec, text);
    const defines = [`_topdir ${top}`, '__os_install_post %{nil}', 'debug_package %{nil}', '_build_id_links none'];
    this.run('rpmbuild', ['-bb', ...defines.flatMap((each) => ['--define', each]), spec]);
    const [made] = readdirSync(join(top, 'RPMS'), { recursive: true }).filter((name) => String(name).endsWith('.rpm'));
    return join(top, 'RPMS', String(made));
  }

  /**
   * A package of a folder's files, not signed, compressed as CentOS 7's are. With `source` the source package instead.
   * @param tree what will be below /
   */
  pack(
    tree: string,
    head: { name: string; version: string; release: string; arch?: string; source?: boolean },
  ): string {
    const { name, version, release, arch = 'x86_64', source = false } = head;
    const spec = join(this.root, `${name}.spec`);
    // A link of lib/modules may lead nowhere, so each top folder is listed whole.
    const files = existsSync(tree) ? readdirSync(tree).map((each) => `/${each}`) : [];
    writeFileSync(
      spec,
      `Name: ${name}\nVersion: ${version}\nRelease: ${release}\nSummary: t\nLicense: MIT\nAutoReqProv: no\n%description\nt
%install\nmkdir -p %{buildroot}\ncp -a ${tree}/. %{buildroot}/\n%files\n${files.join('\n')}\n`,
    );
    const defines = [
      `_topdir ${this.root}/top`,
      '__os_install_post %{nil}',
      'debug_package %{nil}',
      '_build_id_links none',
      '_binary_payload w2.xzdio',
    ];
    const flags = defines.flatMap((each) => ['--define', each]);
    this.run('rpmbuild', [source ? '-bs' : '-bb', '--target', arch, ...flags, spec]);
    const file = `${name}-${version}-${release}`;
    return join(this.root, 'top', source ? `SRPMS/${file}.src.rpm` : `RPMS/${arch}/${file}.${arch}.rpm`);
  }

  /** A copy of a package signed by the key of `owner`; `digest` as gpg names it. */
  sign(rpm: string, owner: string, digest = 'sha256'): string {
    const copy = join(mkdtempSync(join(this.root, 'signed-')), `${owner}.rpm`);
    copyFileSync(rpm, copy);
    this.signInPlace(copy, owner, digest);
    return copy;
  }

  /** Signs a package where it lies. */
  signInPlace(rpm: string, owner: string, digest = 'sha256'): void {
    const defines = [`_gpg_name ${owner}`, `_gpg_digest_algo ${digest}`, '__gpg /usr/bin/gpg'];
    this.run('rpmsign', [...defines.flatMap((each) => ['--define', each]), '--addsign', rpm]);
  }

  /** A copy of a file with one bit changed, so many bytes before its end. */
  tamper(file: string, fromEnd: number): string {
    const content = readFileSync(file);
    content[content.length - fromEnd]! ^= 1;
    const copy = `${file}.tampered`;
    writeFileSync(copy, content);
    return copy;
  }

  dispose(): void {
    // Signing has started an agent for the keys' folder.
    this.run('gpgconf', ['--homedir', this.gnupg, '--kill', 'all']);
    rmSync(this.root, { recursive: true, force: true });
  }

  private run(program: string, words: string[], input = ''): string {
    const args = program === 'gpg' && this.then !== null ? ['--faked-system-time', this.then, ...words] : words;
    const env = { ...process.env, GNUPGHOME: this.gnupg, HOME: this.root, LC_ALL: 'C' };
    const { status, stdout, stderr } = spawnSync(program, args, { input, env, encoding: 'utf8', timeout: 600_000 });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
    return stdout;
  }
}
