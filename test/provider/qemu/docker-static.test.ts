import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256Of } from '../../../src/host/apt.js';
import { UserError } from '../../../src/host/user-error.js';
import { unpackDocker } from '../../../src/provider/qemu/image/docker-static.js';
import type { LocalFile } from '../../../src/kernel/local-file.js';
import { dockerLabel } from '../../../src/provider/qemu/provider.js';
import { plan } from '../../fixtures/build.js';

/** As docker-17.06.2-ce.tgz has them. */
const OF_17_06 = [
  ...['docker', 'docker-containerd', 'docker-containerd-ctr', 'docker-containerd-shim'],
  ...['docker-init', 'docker-proxy', 'docker-runc', 'dockerd'],
];
/** As docker-20.10.24.tgz has them. */
const OF_20_10 = [
  ...['containerd', 'containerd-shim', 'containerd-shim-runc-v2', 'ctr'],
  ...['docker', 'docker-init', 'docker-proxy', 'dockerd', 'runc'],
];

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-docker-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

function docker(names: string[], top = 'docker'): string {
  mkdirSync(join(root, top));
  for (const name of names) writeFileSync(join(root, top, name), `this is ${name}`);
  return join(root, top);
}

/** A real archive of what lies in the test's folder. @param more options of tar. */
async function tgz(members: string[], more: string[] = []): Promise<LocalFile> {
  const path = join(root, 'docker-1.tgz');
  const { status, stderr } = spawnSync('tar', ['-czf', path, '-C', root, ...more, ...members], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return { name: 'docker-1.tgz', path, sha256: await sha256Of(path), place: 'http://mirror.test/docker-1.tgz' };
}

const unpack = (file: LocalFile) => unpackDocker(file, new AbortController().signal);

async function refusal(file: LocalFile): Promise<UserError['parts']> {
  const error = await unpack(file).then(
    () => expect.unreachable('it should have been refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  // Nothing of it may be taken for a good one later.
  expect(existsSync(join(root, 'cache/docker', file.sha256))).toBe(false);
  return (error as UserError).parts;
}

describe("Docker's static archive", () => {
  it.each([
    ['17.06', OF_17_06],
    ['20.10', OF_20_10],
  ])('of %s gives the programs that are in it', async (_, names) => {
    docker(names);
    const file = await tgz(['docker']);
    const found = await unpack(file);
    expect(found.names).toEqual([...names].sort());
    expect(found.sha256).toBe(file.sha256);
    expect(readdirSync(found.folder).sort()).toEqual(found.names);
  });

  it('is unpacked once', async () => {
    docker(OF_17_06);
    const file = await tgz(['docker']);
    await unpack(file);
    rmSync(file.path);
    expect((await unpack(file)).names).toHaveLength(OF_17_06.length);
  });

  it('without dockerd is refused: what is missing, and what is in it', async () => {
    docker(OF_17_06.filter((name) => name !== 'dockerd'));
    const { what, where, why, next } = await refusal(await tgz(['docker']));
    expect(what).toBe('docker-1.tgz is no static archive of Docker');
    expect(where).toBe('http://mirror.test/docker-1.tgz');
    expect(why).toMatch(/^it has no docker\/dockerd; in it: docker, docker-containerd,/);
    expect(next).toContain('sha256:');
  });

  it('without a runc is refused by both its names', async () => {
    docker(OF_20_10.filter((name) => name !== 'runc'));
    expect((await refusal(await tgz(['docker']))).why).toContain('it has no docker/docker-runc or docker/runc');
  });

  it.each([
    ['../ in a name', ['--transform=s,^evil$,docker/../../evil,']],
    ['an absolute name', ['-P', `--transform=s,^evil$,/tmp/km-evil,`]],
    ['a name outside docker/', []],
  ])('with %s is refused before anything is written', async (_, more) => {
    docker(OF_17_06);
    writeFileSync(join(root, 'evil'), 'x');
    const { why } = await refusal(await tgz(['docker', 'evil'], more));
    expect(why).toMatch(/^its member \S*evil is not inside docker\//);
    expect(readdirSync(join(root, 'cache/tmp'))).toEqual([]);
  });

  it.each([
    ['a link', (folder: string) => symlinkSync('/etc/passwd', join(folder, 'odd'))],
    ['a folder', (folder: string) => mkdirSync(join(folder, 'odd'))],
  ])('with %s among its programs is refused', async (what, make) => {
    make(docker(OF_17_06));
    expect((await refusal(await tgz(['docker']))).why).toContain(`docker/odd is a ${what.replace('a ', '')}`);
  });

  it('that is none is refused in the words of tar', async () => {
    const path = join(root, 'docker-1.tgz');
    writeFileSync(path, 'not found');
    const { what, why } = await refusal({ name: 'docker-1.tgz', path, sha256: '0'.repeat(64), place: 'here' });
    expect(what).toContain('tar');
    expect(why).toContain('gzip');
  });
});

describe('dockerLabel', () => {
  it('names the archive that was used by its hash, or else the package', () => {
    const config = plan([]).docker;
    expect(dockerLabel(config, null)).toBe('deb: docker.io');
    const archive = { name: 'docker-17.06.2-ce.tgz', sha256: 'ab'.repeat(32) };
    expect(dockerLabel({ ...config, source: 'static' }, archive)).toBe(
      `static: docker-17.06.2-ce.tgz, sha256 ${'ab'.repeat(32)}`,
    );
  });
});
