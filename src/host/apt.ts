import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { packagesOf, type DebPackage } from './apt-index.js';
import { cacheFolder, scratchFolder, writePrivate } from './cache.js';
import { compareDebVersions } from './deb-version.js';
import { withLock } from './lock.js';
import { redact } from './redact.js';
import { runTool } from './tool.js';
import { UserError } from './user-error.js';

export { packagesOf, type DebPackage };

/** The archives that the guest is built from; each a base URL without `dists/…`. */
export interface DebianMirrors {
  /** For suites such as `bullseye` and `trixie-backports`. */
  main: string;
  /** For suites that end in `-security`. */
  security: string;
  /** A second mirror for suites that have left the first; undefined if none is set. */
  archive?: string | undefined;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Finds the mirrors: from the settings (kernels.yaml, then the environment), or else those of the host's apt. This program contains none.
 * @throws UserError if neither the settings nor the host's apt name a Debian archive.
 */
export async function findMirrors(settings: {
  mirror?: string;
  security_mirror?: string;
  archive_mirror?: string;
}): Promise<DebianMirrors> {
  const env = process.env;
  const archive = settings.archive_mirror ?? env['KERNEL_MATRIX_DEBIAN_ARCHIVE'];
  const given = {
    main: settings.mirror ?? env['KERNEL_MATRIX_DEBIAN_MIRROR'],
    security: settings.security_mirror ?? env['KERNEL_MATRIX_DEBIAN_SECURITY_MIRROR'],
  };
  if (given.main && given.security) return { main: given.main, security: given.security, archive };
  const targets = await runTool(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(ORIGIN)', 'Created-By: Packages'],
    {
      timeout: 30,
      purpose: "reading the host's apt configuration for the guest's Debian mirror",
    },
  );
  const found = mirrorsOfTargets(targets.stdout, hostCodename());
  const main = given.main ?? found.main;
  const security = given.security ?? found.security;
  if (main && security) return { main, security, archive };
  throw new UserError({
    what: `no Debian ${main ? 'security archive' : 'mirror'} is known for the guest's packages`,
    where: "the host's apt configuration (apt-get indextargets)",
    why: 'the guest is built from Debian packages, which are fetched from the mirror that the host uses',
    next: 'set mirror: and security_mirror: under guest: in kernels.yaml, or KERNEL_MATRIX_DEBIAN_MIRROR and KERNEL_MATRIX_DEBIAN_SECURITY_MIRROR',
  });
}

/**
 * Finds the Debian archives in lines of `apt-get indextargets` (`<uri> <suite> <origin>`). The origin is that of the fetched index. Lines
 * without an origin, where nothing was fetched yet, are used only if there are no others.
 */
export function mirrorsOfTargets(lines: string, codename: string): { main?: string; security?: string } {
  const found: { main?: string; security?: string } = {};
  const targets = lines.split('\n').map((line) => line.trim().split(/\s+/));
  const known = targets.filter(([, , origin]) => origin === 'Debian');
  for (const [uri, suite] of [...known, ...targets.filter(([, , origin]) => origin === undefined)]) {
    if (!uri || !suite) continue;
    if (/^[a-z]+-security$/.test(suite)) found.security ??= uri;
    else if (suite === codename || /^(stable|testing|oldstable)$/.test(suite)) found.main ??= uri;
  }
  return found;
}

function hostCodename(): string {
  try {
    return /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm';
  } catch {
    return 'bookworm';
  }
}

/** Sources of a suite, best first: the mirror, then the archive if one is set. */
export function sourcesOf(suite: string, mirrors: DebianMirrors): string[] {
  const first = suite.endsWith('-security') ? mirrors.security : mirrors.main;
  return mirrors.archive && mirrors.archive !== first ? [first, mirrors.archive] : [first];
}

/**
 * One line of a sources.list for a suite. The URI may come from the environment or the host's apt, which do not check it.
 * @throws UserError for a malformed URI or suite: each must be one word, because apt reads further words as options or components.
 */
export function sourceLine(uri: string, suite: string): string {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}]+$/u.test(uri)) {
    throw new UserError({
      what: `${JSON.stringify(uri)} is not the URL of a Debian archive`,
      where: `the source of suite ${suite}`,
      why: 'it needs a scheme such as https: and must not contain blanks',
      next: 'correct the mirror settings under guest: in kernels.yaml, or the KERNEL_MATRIX_DEBIAN_* variables',
      kind: 'config',
    });
  }
  if (!/^[a-z][a-z0-9-]*$/.test(suite)) {
    throw new UserError({
      what: `${JSON.stringify(suite)} is not a Debian suite`,
      next: 'use a suite such as bookworm',
      kind: 'config',
    });
  }
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  return `deb ${signed}${uri} ${suite} main`;
}

/**
 * A suite's index, fetched and verified by the host's apt with separate lists in the cache; the host's lists do not change. If no source
 * answers, the lists of an earlier fetch are used, and `stale` says why.
 */
export class AptSuite {
  /** The whole index as printed by apt-cache; read once. */
  private dump: Promise<string> | undefined;

  private constructor(
    readonly suite: string,
    private readonly flags: string[],
    /** Why an older index is used; null if the index is current. */
    readonly stale: string | null,
  ) {}

  /** @throws UserError if the suite cannot be fetched and was never fetched before. */
  static async open(suite: string, mirrors: DebianMirrors, signal?: AbortSignal): Promise<AptSuite> {
    for (const uri of sourcesOf(suite, mirrors)) sourceLine(uri, suite);
    const folder = cacheFolder('apt', suite);
    return withLock(join(folder, 'update'), { signal }, async () => {
      const failures: string[] = [];
      for (const uri of sourcesOf(suite, mirrors)) {
        const flags = aptFlags(folder, sourceLine(uri, suite));
        try {
          await runTool('apt-get', [...flags, '-o', 'APT::Update::Error-Mode=any', 'update'], {
            timeout: 120,
            purpose: `fetching the package index of ${suite}`,
            signal,
          });
          writeFileSync(join(folder, 'fetched'), redact(uri));
          return new AptSuite(suite, flags, null);
        } catch (error) {
          if (signal?.aborted) throw error;
          failures.push(error instanceof Error ? error.message : String(error));
        }
      }
      const before = join(folder, 'fetched');
      if (existsSync(before)) {
        const place = readFileSync(before, 'utf8');
        const uri = sourcesOf(suite, mirrors).find((each) => redact(each) === place) ?? place;
        const flags = aptFlags(folder, sourceLine(uri, suite));
        return new AptSuite(suite, flags, failures.join('\n'));
      }
      throw new UserError({
        what: `the Debian suite ${suite} cannot be fetched`,
        where: 'package index',
        why: failures.join('\n'),
        next: 'check the network; if the suite has left the mirror, set archive_mirror: under guest: in kernels.yaml',
      });
    });
  }

  /**
   * Every package of the index whose name matches `pattern` (`*` matches any characters), unordered. The index is read once.
   * @throws UserError if apt cannot read it.
   */
  async packages(pattern: string, signal?: AbortSignal): Promise<DebPackage[]> {
    this.dump ??= runTool('apt-cache', [...this.flags, 'dumpavail'], {
      timeout: 60,
      purpose: `reading the package index of ${this.suite}`,
      signal,
    }).then(({ stdout }) => stdout);
    return packagesOf(await this.dump, pattern).map((each) => ({ suite: this.suite, ...each }));
  }

  /**
   * The newest package whose name matches `pattern`.
   * @throws UserError if none matches.
   */
  async newest(pattern: string, version?: string, signal?: AbortSignal): Promise<DebPackage> {
    const found = (await this.packages(pattern, signal)).filter(
      (each) => version === undefined || each.version === version,
    );
    const [best] = found.sort((a, b) => compareDebVersions(b.version, a.version));
    if (best) return best;
    throw this.noPackage(pattern, version);
  }

  /** The error for a pattern without a match in the index. */
  noPackage(pattern: string, version?: string): UserError {
    return new UserError({
      what: `no package ${pattern}${version ? ` of version ${version}` : ''} in ${this.suite}`,
      ...(/-dbg(?:sym)?$/.test(pattern)
        ? { why: 'packages of debug symbols (-dbg) contain no kernel and are never used' }
        : {}),
      where: `package index of ${this.suite}${this.stale ? ' (an older copy: the mirror did not answer)' : ''}`,
      next: `npm run doctor -- --kernels ${this.suite} lists the kernels of the suite; security updates rename kernel packages every few weeks, so use a pattern with * and no fixed version`,
    });
  }

  /** Downloads a package into the cache, verified by sha256, unless it is there already. @returns its path. */
  async download(deb: DebPackage, signal?: AbortSignal): Promise<string> {
    const file = join(cacheFolder('debs'), `${deb.sha256}.deb`);
    return withLock(file, { signal }, async () => {
      if (existsSync(file) && (await sha256Of(file)) === deb.sha256) return file;
      const folder = scratchFolder('deb');
      try {
        await this.fetch(deb, folder, signal);
        const got = (await readdir(folder)).find((name) => name.endsWith('.deb'));
        const hash = got && (await sha256Of(join(folder, got)));
        if (!got || hash !== deb.sha256) {
          throw new UserError({
            what: `${deb.package} ${deb.version} has sha256 ${hash ?? '(nothing was downloaded)'}`,
            where: `the index of ${deb.suite} says ${deb.sha256}`,
            next: 'run again; if it happens again, the mirror is damaged: set another one',
          });
        }
        renameSync(join(folder, got), file);
        return file;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  /** @throws UserError if apt cannot download it: an index may list packages that the mirror has removed. */
  private async fetch(deb: DebPackage, folder: string, signal?: AbortSignal): Promise<void> {
    try {
      await runTool('apt-get', [...this.flags, 'download', '--', `${deb.package}=${deb.version}`], {
        cwd: folder,
        timeout: 900,
        purpose: `downloading ${deb.package} ${deb.version}`,
        signal,
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof UserError) || !/\b404\b/.test(error.message)) throw error;
      throw new UserError({
        what: `${deb.package} ${deb.version} is gone from the mirror`,
        where: `the index of ${deb.suite} still lists it`,
        why: error.parts.why ?? error.parts.what,
        next: `name another kernel in package: of the row; npm run doctor -- --kernels ${deb.suite} lists them`,
        cause: error,
      });
    }
  }
}

/** sha256 of a file as 64 hex digits. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Options that give apt separate lists, status and cache, but keep the host's proxy settings. */
function aptFlags(folder: string, source: string): string[] {
  for (const each of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, each), { recursive: true });
  // A mirror's URL may contain a password.
  writePrivate(join(folder, 'sources.list'), `${source}\n`);
  writeFileSync(join(folder, 'status'), '');
  return [
    `Dir::Etc::SourceList=${join(folder, 'sources.list')}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::State::Status=${join(folder, 'status')}`,
    `Dir::Cache=${folder}`,
    `Dir::Cache::Archives=${join(folder, 'archives')}`,
    'Acquire::Languages=none',
    // Suites past their support have an old date in their Release file; the signature is still valid.
    'Acquire::Check-Valid-Until=false',
    'APT::Architecture=amd64',
    'APT::Architectures=amd64',
    'APT::Sandbox::User=root',
    'APT::Update::Post-Invoke::=',
    'APT::Update::Post-Invoke-Success::=',
  ].flatMap((option) => ['-o', option]);
}
