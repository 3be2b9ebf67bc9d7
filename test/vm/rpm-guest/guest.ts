import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findMirrors, sourceLine, sourcesOf, type DebianMirrors } from '../../../src/host/apt.js';
import { cacheFolder, scratchFolder } from '../../../src/host/cache.js';
import { withLock } from '../../../src/host/lock.js';
import { runTool } from '../../../src/host/tool.js';
import { RpmKit } from '../../artifact/rpm-kit.js';
import { saveImageArchive } from './image-archive.js';
import { BASE, fetchedPackages, ownKernel, repositoryPackages } from './packages.js';
import { debianParts, fixture, shortHash, type DebianParts } from './sources.js';
import { fileNameOf, specOf, type WrappedPackage } from './spec.js';

/**
 * A stand-in for a bare CentOS 7 machine and for the places its packages come from: a userland of Debian 12 in which rpm, dnf
 * (as yum), systemd and GRUB are the real programs, without Docker and without perl; and RPMs with the names and dependencies
 * of the originals, signed with a key that was thrown away after it.
 */
export interface RpmGuest {
  /** A raw disk, only ever used below an overlay. On nvme, virtio or sata; its name, kernel, users: see `files/`. */
  disk: string;
  /** Private key that logs in as root, and as vagrant, who has sudo without a password. */
  loginKey: string;
  /** `uname -r` of its kernels: the one it has, and the two that can be installed. */
  releases: { own: string; lt: string; ml: string };
  /** Folder with the archived tree: os, updates and extras, each with x86_64 below it. */
  vault: string;
  /** The RPMs that are fetched on the host. */
  rpms: { docker: string; lt: string; ml: string };
  /** The key all of them are signed with. */
  key: { file: string; fingerprint: string };
  /** A `docker save` archive of an image called nginx:1.14.2. */
  image: string;
}

const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'openssh-server', 'sudo', 'iproute2', 'procps', 'passwd'],
  ...['rpm', 'dnf', 'grub2-common', 'grub-common', 'iptables', 'busybox-static', 'cpio', 'gzip', 'xz-utils'],
  // What Docker's programs are linked against.
  ...['libseccomp2', 'libdevmapper1.02.1', 'libsystemd0', 'ca-certificates'],
];
const DISK_MIB = 6144;

/** Files of `files/` that go into the guest. */
const GUEST_FILES: [source: string, target: string, mode: number][] = [
  ['grub-10-linux', 'etc/grub.d/10_linux', 0o755],
  ['default-grub', 'etc/default/grub', 0o644],
  ['grubby', 'usr/sbin/grubby', 0o755],
  ['dracut', 'usr/sbin/dracut', 0o755],
  ['initramfs-init', 'usr/lib/dracut/init', 0o755],
  ['new-kernel-pkg', 'usr/sbin/new-kernel-pkg', 0o755],
  ['dhcp.network', 'etc/systemd/network/50-dhcp.network', 0o644],
  ['CentOS-Base.repo', 'etc/yum.repos.d/CentOS-Base.repo', 0o644],
];
/** Files of a few words. */
const GUEST_TEXTS: [target: string, text: string][] = [
  ['etc/fstab', 'LABEL=rpm-guest / ext4 defaults 0 0\n'],
  ['etc/hostname', 'localhost\n'],
  ['etc/hosts', '127.0.0.1 localhost\n'],
  ['etc/sudoers.d/vagrant', 'vagrant ALL=(ALL) NOPASSWD: ALL\n'],
  ['etc/ssh/sshd_config.d/rpm-guest.conf', 'UseDNS no\n'],
  ['etc/system-release', 'CentOS Linux release 7.4.1708 (Core)\n'],
];

/**
 * Finds or builds all of it, under a name that is the hash of what goes into it.
 * @throws UserError if a program of the host is missing or a suite of Debian cannot be obtained.
 */
export async function ensureRpmGuest(
  signal: AbortSignal = new AbortController().signal,
  onProgress: (message: string) => void = () => undefined,
): Promise<RpmGuest> {
  const mirrors = await findMirrors({});
  const parts = await debianParts(mirrors, signal);
  const own = readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [basename(file), readFileSync(file, 'utf8')]);
  const folder = join(cacheFolder('test-guests'), shortHash([own, parts.hashes]));
  const read = (): RpmGuest => guestIn(folder, parts);
  if (existsSync(folder)) return read();
  return withLock(folder, { signal }, async () => {
    if (existsSync(folder)) return read();
    const work = scratchFolder('rpm-guest');
    try {
      const out = join(work, 'out');
      mkdirSync(out);
      // Its own, and as old as it is: it takes minutes to build, so it is kept from test to test.
      await runTool(
        'ssh-keygen',
        ['-q', '-t', 'ed25519', '-N', '', '-C', 'rpm-guest', '-f', join(out, FILES.loginKey)],
        {
          timeout: 30,
          purpose: 'making the key to log in with',
          signal,
        },
      );
      const login = readFileSync(join(out, `${FILES.loginKey}.pub`), 'utf8');
      await build({ parts, mirrors, work, out, login, signal, onProgress });
      for (const old of readdirSync(dirname(folder)).filter((name) => !name.endsWith('.lock'))) {
        await rm(join(dirname(folder), old), { recursive: true });
      }
      renameSync(out, folder);
      return read();
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

const FILES = {
  disk: 'disk.raw',
  vault: 'vault',
  rpms: 'rpms',
  key: 'RPM-GPG-KEY-test',
  image: 'nginx.tar',
  loginKey: 'login_ed25519',
} as const;

function guestIn(folder: string, parts: DebianParts): RpmGuest {
  const rpm = (start: string) => {
    const name = readdirSync(join(folder, FILES.rpms)).find((each) => each.startsWith(start));
    return join(folder, FILES.rpms, name!);
  };
  const key = join(folder, FILES.key);
  return {
    disk: join(folder, FILES.disk),
    loginKey: join(folder, FILES.loginKey),
    releases: { own: parts.own.release, lt: parts.lt.release, ml: parts.ml.release },
    vault: join(folder, FILES.vault),
    rpms: { docker: rpm('docker-ce-'), lt: rpm('kernel-lt-'), ml: rpm('kernel-ml-') },
    key: { file: key, fingerprint: readFileSync(`${key}.fingerprint`, 'utf8') },
    image: join(folder, FILES.image),
  };
}

interface Build {
  parts: DebianParts;
  mirrors: DebianMirrors;
  work: string;
  out: string;
  login: string;
  signal: AbortSignal;
  onProgress: (message: string) => void;
}

async function build(input: Build): Promise<void> {
  const { parts, work, out, signal, onProgress } = input;
  const kit = new RpmKit();
  try {
    const { key, file } = kit.key('test');
    copyFileSync(file, join(out, FILES.key));
    writeFileSync(join(out, `${FILES.key}.fingerprint`), key.fingerprint);
    const make = (wrapped: WrappedPackage, folder: string) => {
      onProgress(`package ${fileNameOf(wrapped)}`);
      const made = kit.buildSpec(specOf(wrapped));
      kit.signInPlace(made, 'test');
      mkdirSync(folder, { recursive: true });
      cpSync(made, join(folder, fileNameOf(wrapped)));
    };
    const trees = join(work, 'trees');
    const staged = join(work, 'staged');
    for (const each of [BASE, ownKernel(parts, trees)]) make(each, join(staged, 'root/rpms'));
    for (const each of Object.values(await fetchedPackages(parts, trees, signal))) make(each, join(out, FILES.rpms));
    for (const [part, each] of await repositoryPackages(parts, trees, signal)) {
      make(each, join(out, FILES.vault, part, 'x86_64/Packages'));
    }
    for (const part of readdirSync(join(out, FILES.vault))) {
      await runTool('createrepo_c', ['--quiet', join(out, FILES.vault, part, 'x86_64')], {
        timeout: 60,
        purpose: 'indexing a repository',
        signal,
      });
    }
    await saveImageArchive(join(out, FILES.image), 'nginx:1.14.2', input.mirrors, work, signal);
    await stageGuest(staged, input.login, file);
    await buildDisk(input, staged);
  } finally {
    kit.dispose();
  }
}

async function stageGuest(staged: string, login: string, key: string): Promise<void> {
  for (const [source, target, mode] of GUEST_FILES) {
    mkdirSync(dirname(join(staged, target)), { recursive: true });
    copyFileSync(fixture(source), join(staged, target));
    await chmod(join(staged, target), mode);
  }
  for (const [target, text] of [...GUEST_TEXTS, ['root/.ssh/authorized_keys', login] as const]) {
    mkdirSync(dirname(join(staged, target)), { recursive: true });
    writeFileSync(join(staged, target), text);
  }
  mkdirSync(join(staged, 'etc/pki/rpm-gpg'), { recursive: true });
  copyFileSync(key, join(staged, 'etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7'));
}

async function buildDisk({ mirrors, work, out, signal, onProgress }: Build, staged: string): Promise<void> {
  const archive = join(work, 'staged.tar');
  await runTool('tar', ['--owner=0', '--group=0', '-cf', archive, '-C', staged, '.'], {
    timeout: 60,
    purpose: 'packing files for the guest',
    signal,
  });
  const sources = ['bookworm', 'bookworm-security'].flatMap((suite) =>
    sourcesOf(suite, mirrors).map((uri) => sourceLine(uri, suite)),
  );
  writeFileSync(join(work, 'sources.list'), `${sources.join('\n')}\n`);
  const root = join(work, 'root.tar');
  await runTool(
    'mmdebstrap',
    [
      ...['--variant=minbase', '--format=tar', '--architectures=amd64', `--include=${PACKAGES.join(',')}`],
      '--aptopt=Apt::Install-Recommends "false"',
      ...['man', 'doc', 'locale', 'info'].map((each) => `--dpkgopt=path-exclude=/usr/share/${each}/*`),
      `--customize-hook=tar-in ${archive} /`,
      `--customize-hook=${readFileSync(fixture('setup-guest.sh'), 'utf8')}`,
      ...['bookworm', root, join(work, 'sources.list')],
    ],
    {
      timeout: 1200,
      purpose: "building the stand-in's userland",
      signal,
      env: process.getuid?.() === 0 ? { TMPDIR: work } : {},
      onLine: (line) => line.startsWith('I: ') && onProgress(line.slice(3)),
    },
  );
  onProgress('making the disk');
  const script = [fixture('build-disk.sh'), root, work, join(out, FILES.disk), String(DISK_MIB)];
  const asRoot = process.getuid?.() === 0;
  await runTool(asRoot ? 'sh' : 'fakeroot', asRoot ? script : ['sh', ...script], {
    timeout: 900,
    purpose: "making the stand-in's disk",
    signal,
  });
}
