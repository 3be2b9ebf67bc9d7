/**
 * Kernels from RPMs and Docker from a static archive in the embedded guest, as in the profile centos7-kernels: one RPM holds a
 * kernel of Debian whole, signed with a throw-away key, two hold another as el8 and Fedora split theirs; the archive has Debian's
 * Docker. All come over HTTP.
 */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { readJournal } from '../../src/scenario/journal.js';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/run-events/events.js';
import { cacheRoot } from '../../src/host/cache.js';
import { sha256Of } from '../../src/host/apt.js';
import { findProgram } from '../../src/host/setup.js';
import type { ResolvedKernel } from '../../src/kernel/resolve.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { Mirror } from '../artifact/mirror.js';
import { RpmKit } from '../artifact/rpm-kit.js';
import { debianDockerArchive } from './docker-tgz.js';
import { debianKernel, factsOfOnlyRun, modulesOf, start, workFolder, writeConfig, type Ended } from './support.js';
import { lacking, MACHINES, RPM_TOOLS } from '../needs.js';

/** Indexes of modules, which a script of a package makes. */
const MADE = /^modules\.(?:dep|alias|symbols|softdep|devname|builtin\.(?:bin|alias\.bin))(?:\.bin)?$/;

/** As CentOS's kernel packages: without indexes, which a script of theirs would make, and with a link to no headers. */
function packageTree(kernel: ResolvedKernel, tree: string): string {
  const modules = join(tree, 'lib/modules', kernel.release);
  mkdirSync(join(tree, 'boot'), { recursive: true });
  cpSync(kernel.vmlinuz, join(tree, 'boot', `vmlinuz-${kernel.release}`));
  cpSync(modulesOf(kernel), modules, { recursive: true });
  for (const name of readdirSync(modules).filter((each) => MADE.test(each))) rmSync(join(modules, name));
  symlinkSync(`/usr/src/kernels/${kernel.release}`, join(modules, 'build'));
  return tree;
}

/** As from el8 on: kernel-core with vmlinuz beside the lists and few modules, kernel-modules with all others; neither has /boot. */
function splitTrees(kernel: ResolvedKernel, folder: string): { core: string; modules: string } {
  const [core, more] = [join(folder, 'core'), join(folder, 'modules')];
  const whole = packageTree(kernel, join(folder, 'whole'));
  const at = join('lib/modules', kernel.release);
  mkdirSync(join(more, at), { recursive: true });
  renameSync(join(whole, at, 'kernel'), join(more, at, 'kernel'));
  mkdirSync(join(core, 'lib/modules'), { recursive: true });
  renameSync(join(whole, at), join(core, at));
  renameSync(join(whole, 'boot', `vmlinuz-${kernel.release}`), join(core, at, 'vmlinuz'));
  return { core, modules: more };
}

describe.skipIf(lacking([...MACHINES, ...RPM_TOOLS, 'debugfs']))('a kernel RPM and a static Docker', () => {
  const folder = workFolder();
  const runs = join(folder, 'runs');
  const urls = { kernel: '', docker: '', core: '', modules: '' };
  const sha256 = { kernel: '', docker: '', core: '', modules: '' };
  let kit: RpmKit;
  let mirror: Mirror;
  let kernel: ResolvedKernel;
  let splitKernel: ResolvedKernel;
  let dockerVersion: string;
  let end: Ended;
  let facts: RunFacts;
  let events: JournalEvent[];
  let fingerprint: string;

  beforeAll(async () => {
    kit = new RpmKit();
    mirror = await Mirror.start();
    // Another than the guest boots first, so that its release proves something.
    kernel = await debianKernel('bullseye-security', 'linux-image-5.10.*-cloud-amd64');
    const tree = packageTree(kernel, join(folder, 'tree'));
    const key = kit.key('tester');
    fingerprint = key.key.fingerprint;
    const head = { name: 'kernel-of-debian', version: kernel.version!.replace(/-.*/, ''), release: '1' };
    const unsigned = kit.pack(tree, head);
    // Each is served before the next is signed: what is signed by one key lies under one name.
    const rpm = kit.sign(unsigned, 'tester');
    sha256.kernel = await sha256Of(rpm);
    urls.kernel = mirror.serve(basename(unsigned), readFileSync(rpm));
    splitKernel = await debianKernel('trixie-backports', 'linux-image-7.*-cloud-amd64');
    const trees = splitTrees(splitKernel, join(folder, 'split'));
    const parts = { core: '', modules: '' };
    for (const part of ['core', 'modules'] as const) {
      const packed = kit.pack(trees[part], { ...head, name: `kernel-${part}`, version: '7' });
      parts[part] = basename(packed);
      const signed = kit.sign(packed, 'tester');
      sha256[part] = await sha256Of(signed);
      urls[part] = mirror.serve(parts[part], readFileSync(signed));
    }
    const docker = await debianDockerArchive(folder);
    dockerVersion = docker.version;
    sha256.docker = await sha256Of(docker.file);
    urls.docker = mirror.serve('docker-20.10.tgz', readFileSync(docker.file));
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1, disk_bus: virtio }
guest: { os: debian }
docker: { source: static, version: '20.10', urls: ['${urls.docker}'], sha256: ${sha256.docker} }
sequence: { cycles: 1 }
kernels:
  - name: rpm
    source: rpm
    rpm: ${basename(unsigned)}
    urls: ['${urls.kernel}']
    sha256: ${sha256.kernel}
    signed_by: tester
    release: ${kernel.release}
    expect: clean
  - name: split
    source: rpm
    cgroup: v2
    rpm: ${parts.core}
    urls: ['${urls.core}']
    signed_by: tester
    modules_rpms: [{ rpm: ${parts.modules}, urls: ['${urls.modules}'], signed_by: tester }]
    release: ${splitKernel.release}
    expect: clean
`,
    );
    appendFileSync(config, `signing_keys:\n  tester: { fingerprint: '${fingerprint}', path: '${key.file}' }\n`);
    end = await start(['matrix', '--config', config, '--runs-dir', runs, '--fresh']).ended;
    facts = await factsOfOnlyRun(runs);
    events = (await readJournal(join(runs, facts.run, 'journal.jsonl'))).events;
    process.stdout.write(end.stdout);
  });

  afterAll(async () => {
    await mirror?.stop();
    kit?.dispose();
  });

  const row = () => facts.rows[0]!;
  const event = <K extends (typeof events)[number]['kind']>(kind: K) =>
    events.filter((each): each is Extract<(typeof events)[number], { kind: K }> => each.kind === kind);

  it('were fetched from their URLs and verified before anything was started', () => {
    const fetched = event('artifact.fetched').map(({ use, place, from, sha256: hash, verifiedBy }) => ({
      ...{ use, place, from, hash, verifiedBy },
    }));
    expect(fetched).toEqual([
      {
        ...{ use: 'Docker', place: urls.docker, from: 'url', hash: sha256.docker },
        verifiedBy: expect.stringContaining('sha256') as string,
      },
      {
        ...{ use: 'kernel rpm', place: urls.kernel, from: 'url', hash: sha256.kernel },
        verifiedBy: expect.stringContaining(fingerprint) as string,
      },
      ...(['core', 'modules'] as const).map((part) => ({
        ...{ use: 'kernel split', place: urls[part], from: 'url', hash: sha256[part] },
        verifiedBy: expect.stringContaining(fingerprint) as string,
      })),
    ]);
  });

  it('are named in the journal by what they are', () => {
    expect(event('artifact.resolved')).toMatchObject([
      {
        ...{ kernel: 'rpm', source: 'rpm', release: kernel.release, package: 'kernel-of-debian' },
        ...{ origin: urls.kernel, sha256: sha256.kernel },
      },
      {
        ...{ kernel: 'split', source: 'rpm', release: splitKernel.release, package: 'kernel-core' },
        ...{ origin: urls.core, sha256: sha256.core },
        files: [{ sha256: sha256.core }, { sha256: sha256.modules }],
      },
    ]);
    expect(event('image.ready')[0]!.docker).toBe(`static: docker-20.10.tgz, sha256 ${sha256.docker}`);
  });

  it('boot: the release of the RPM, through an initramfs with the modules of the RPM', () => {
    expect(row().boot).toMatchObject({ release: kernel.release, entry: 'k-rpm' });
    expect(row().boot!.bootIdAfter).not.toBe(row().boot!.bootIdBefore);
    const console_ = readFileSync(join(runs, facts.run, 'kernels/rpm/console.log'), 'latin1');
    expect(console_).toMatch(/Run \/init as init process|rootfs image as initramfs/);
  });

  it('boot: a kernel of two RPMs, with the driver of its disk from the second', () => {
    const split = facts.rows[1]!;
    expect(split.boot).toMatchObject({ release: splitKernel.release, entry: 'k-split' });
    const console_ = readFileSync(join(runs, facts.run, 'kernels/split/console.log'), 'latin1');
    expect(console_).toMatch(/Run \/init as init process|rootfs image as initramfs/);
  });

  it('the archive is the only Docker in the guest', () => {
    const disk = join(cacheRoot(), 'images', event('image.ready')[0]!.image, 'disk.raw');
    const list = (path: string) => {
      const found = spawnSync(findProgram('debugfs')!, ['-R', `ls -p ${path}`, `${disk}?offset=1048576`], {
        encoding: 'utf8',
      });
      expect(found.status, found.stderr).toBe(0);
      return found.stdout.matchAll(/^\/\d+\/(\d+)\/(\d+)\/(\d+)\/([^/]+)\//gm);
    };
    const programs = [...list('/usr/local/bin')].filter(([, , , , name]) => !name!.startsWith('.'));
    expect(programs.map(([, mode, user, group, name]) => `${name} ${mode} ${user}:${group}`).sort()).toEqual(
      [
        ...['containerd', 'containerd-shim', 'containerd-shim-runc-v2', 'ctr'],
        ...['docker', 'docker-init', 'docker-proxy', 'dockerd', 'runc'],
      ].map((name) => `${name} 100755 0:0`),
    );
    for (const path of ['/usr/bin', '/usr/sbin'])
      expect([...list(path)].filter(([, , , , name]) => /^(?:docker|containerd|runc$)/.test(name!))).toEqual([]);
    const { docker } = event('cleaned')[0]!;
    expect(dockerVersion.startsWith(docker.server)).toBe(true);
    expect(docker).toMatchObject({ storageDriver: 'overlay2', cgroupDriver: 'cgroupfs' });
  });

  it('measure the kernel to its own limit, and find it clean', () => {
    expect(end.code, end.stderr).toBe(0);
    expect(judgeRun(facts)).toMatchObject(
      ['rpm', 'split'].map((name) => ({ kernel: name, verdict: 'clean', status: 'as-expected' })),
    );
    expect(slotsOf(row()).exhausted!.errno!.name).toBe('ENOSPC');
    expect(slotsOf(row()).exhausted!.made).toBeGreaterThan(65_000);
    expect(slotsOf(row()).calibrated!.samples.map(({ sample }) => sample.capacity)).toEqual([0, 1, 0]);
  });
});
