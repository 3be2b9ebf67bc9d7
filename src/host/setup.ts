import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawn } from 'node:child_process';
import { UserError } from './user-error.js';

/** A program that must be on this host, and the Debian package that contains it. */
export interface HostNeed {
  package: string;
  /** A program name, searched on PATH and in the sbin folders, or an absolute path. */
  provides: string;
  why: string;
}

/** Additional needs of signed RPMs (src/artifact). */
export const RPM_NEEDS: HostNeed[] = [
  { package: 'rpm', provides: 'rpmkeys', why: 'verifies the signatures of RPMs' },
  { package: 'gpg', provides: 'gpg', why: 'reads the fingerprints of signing keys' },
];

/** Needs of `npm test` beside those of all kernel sources: tests build and sign packages, check shell scripts and open reports. */
export const TEST_NEEDS: HostNeed[] = [
  { package: 'rpm', provides: 'rpmbuild', why: 'builds RPMs for tests' },
  { package: 'rpm', provides: 'rpmsign', why: 'signs RPMs for tests' },
  { package: 'gpg-agent', provides: 'gpg-agent', why: 'holds the signing keys of tests' },
  { package: 'gpgconf', provides: 'gpgconf', why: 'stops that agent' },
  { package: 'createrepo-c', provides: 'createrepo_c', why: 'builds a package repository for tests' },
  { package: 'shellcheck', provides: 'shellcheck', why: 'checks every shell script' },
  { package: 'chromium', provides: 'chromium', why: 'opens the HTML reports in tests' },
  { package: 'cmark-gfm', provides: 'cmark-gfm', why: 'reads the Markdown reports as GitHub does' },
  { package: 'ruby', provides: 'ruby', why: 'reads the Vagrantfile' },
  { package: 'systemd', provides: 'systemd-analyze', why: 'reads the units in docs/nightly' },
  ...RPM_NEEDS,
];

/** The needs that this host lacks. */
export function missingNeeds(needs: readonly HostNeed[]): HostNeed[] {
  return needs.filter((need) => findProgram(need.provides) === null);
}

/** Path of a program on PATH or in the sbin folders, which Debian omits from an ordinary user's PATH; null if it is missing. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const candidates = name.startsWith('/') ? [name] : folders.map((folder) => join(folder || '.', name));
  for (const candidate of candidates) {
    try {
      accessSync(candidate, name.startsWith('/') ? constants.R_OK : constants.X_OK);
      return candidate;
    } catch {
      // Try the next folder.
    }
  }
  return null;
}

/** The commands that install packages, with sudo only for a user who is not root. */
export function installCommands(packages: string[], uid = process.getuid?.() ?? 0): string[][] {
  const sudo = uid === 0 ? [] : ['sudo'];
  return [
    [...sudo, 'apt-get', 'update'],
    [
      ...sudo,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      ...packages,
    ],
  ];
}

/**
 * Installs packages, and shows apt's output.
 * @throws UserError if apt-get is missing or fails.
 */
export async function installNeeds(needs: HostNeed[], say: (line: string) => void): Promise<void> {
  const packages = needs.map((need) => need.package);
  if (findProgram('apt-get') === null) {
    throw new UserError({
      what: 'this host has no apt-get',
      why: `missing here: ${needs.map((need) => `${need.provides} (Debian package ${need.package})`).join(', ')}`,
      next: "install the equivalent packages with this host's package manager, then run npm run doctor",
      kind: 'host',
    });
  }
  for (const command of installCommands(packages)) {
    say(`$ ${command.join(' ')}`);
    const code = await inherit(command);
    if (code === 0) continue;
    throw new UserError({
      what: `${command.join(' ')} ended with exit code ${code}`,
      where: 'installing host packages',
      next: "see apt's output above, then run npm run setup again",
      kind: 'host',
    });
  }
}

function inherit([program, ...args]: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
