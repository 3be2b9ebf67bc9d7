/** Debian's Docker in the shape of Docker's static archive. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AptSuite, findMirrors } from '../../src/host/apt.js';

/** Where Debian 11's packages have what the archive has in one folder, by the archive's names. */
const PROGRAMS: Record<string, string[]> = {
  'docker.io': ['usr/bin/docker', 'usr/sbin/dockerd', 'usr/sbin/docker-proxy'],
  containerd: ['usr/bin/containerd', 'usr/bin/containerd-shim', 'usr/bin/containerd-shim-runc-v2', 'usr/bin/ctr'],
  runc: ['usr/sbin/runc'],
  tini: ['usr/bin/tini-static'],
};

/**
 * Makes docker-<version>.tgz out of Debian 11's packages. Unlike Docker's own these programs are linked dynamically; the
 * libraries they want (libc, libseccomp, libsystemd, libdevmapper) are in a guest of the same Debian for other reasons.
 */
export async function debianDockerArchive(folder: string): Promise<{ file: string; version: string }> {
  const stage = mkdtempSync(join(folder, 'docker-'));
  mkdirSync(join(stage, 'docker'));
  let version = '';
  for (const [name, programs] of Object.entries(PROGRAMS)) {
    const deb = await newestOfBullseye(name);
    if (name === 'docker.io') version = deb.version;
    const root = join(stage, name);
    run('dpkg-deb', ['-x', deb.file, root]);
    for (const program of programs) {
      const to = program.split('/').at(-1)!.replace('tini-static', 'docker-init');
      copyFileSync(join(root, program), join(stage, 'docker', to));
    }
  }
  const file = join(stage, 'docker.tgz');
  run('tar', ['-czf', file, '-C', stage, 'docker']);
  return { file, version };
}

/** Security updates are in a suite of their own, which has only what was updated. */
async function newestOfBullseye(name: string): Promise<{ file: string; version: string }> {
  const mirrors = await findMirrors({});
  const updates = await AptSuite.open('bullseye-security', mirrors);
  const updated = await updates.newest(name).catch(() => null);
  const suite = updated ? updates : await AptSuite.open('bullseye', mirrors);
  const deb = updated ?? (await suite.newest(name));
  return { file: await suite.download(deb), version: deb.version };
}

function run(program: string, args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}`);
}
