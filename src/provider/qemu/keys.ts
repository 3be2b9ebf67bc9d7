import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder, writePrivate } from '../../host/cache.js';
import { runTool } from '../../host/tool.js';

/** The keys of one machine. They live as long as it does: its folder holds what this host needs, its disk what the guest needs. */
export interface MachineKeys {
  /** The private key that logs in, as a file has it. */
  login: string;
  /** The public part of the key that the guest's sshd shows, in base64, to check the server against. */
  hostPublic: string;
  /** A tar archive with the guest's part: what it lets in, and what it shows. */
  seed: Buffer;
}

/** Where a machine's files of this host are. */
export interface KeyFiles {
  /** The private key. */
  login: string;
  /** The guest's key, for ssh(1), under the name of the machine. */
  knownHosts: string;
}

/**
 * Where on the disk the seed is: between GRUB's core image and the partition, which begins at 1 MiB. No file system is there,
 * so it can be written without mounting anything, and read on any bus given the root's disk.
 */
export const SEED_OFFSET = 768 * 1024;
/** Room for it; `files/boot` reads so much. */
export const SEED_BYTES = 64 * 1024;

/** Names in the seed; `files/boot` and `files/sshd_config` know them. */
const HOST_KEY = 'host_ed25519';
const AUTHORIZED_KEYS = 'authorized_keys';

/** Makes the keys of one machine (ed25519, ssh-keygen). Nothing of them is left in the file system. */
export async function makeKeys(signal: AbortSignal): Promise<MachineKeys> {
  // mkdtemp makes it 0700; what a kill leaves in it goes with the scratch folders of processes that are gone.
  const folder = scratchFolder('keys');
  const run = (program: string, args: string[]) =>
    runTool(program, args, { cwd: folder, timeout: 30, purpose: 'making the keys of a machine', signal });
  try {
    await Promise.all(
      ['login', HOST_KEY].map((name) =>
        run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `kernel-matrix ${name}`, '-f', name]),
      ),
    );
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, AUTHORIZED_KEYS), read('login.pub'), { mode: 0o600 });
    await run('tar', [
      ...['--format=ustar', '--owner=0', '--group=0', '--numeric-owner', '-cf', 'seed'],
      ...[HOST_KEY, AUTHORIZED_KEYS],
    ]);
    const seed = readFileSync(join(folder, 'seed'));
    if (seed.length > SEED_BYTES) throw new Error(`a seed of ${seed.length} bytes does not fit`);
    return { login: read('login'), hostPublic: read(`${HOST_KEY}.pub`).split(' ')[1] ?? '', seed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the keys of the machine with this folder are. */
export function keyFilesIn(folder: string): KeyFiles {
  return { login: join(folder, 'login_ed25519'), knownHosts: join(folder, 'known_hosts') };
}

/**
 * Puts a machine's keys where they are used: this host's part into the machine's folder, which must be 0700, the guest's onto its
 * disk and nowhere else.
 * @param name what knownHosts calls the machine (HostKeyAlias).
 */
export async function placeKeys(
  keys: MachineKeys,
  machine: { name: string; folder: string; overlay: string },
  signal: AbortSignal,
): Promise<KeyFiles> {
  const files = keyFilesIn(machine.folder);
  writePrivate(files.login, keys.login);
  writePrivate(files.knownHosts, `${machine.name} ssh-ed25519 ${keys.hostPublic}\n`);
  // qemu-io takes its words apart at blanks, so the file is named from within its folder.
  const seed = join(machine.folder, 'seed');
  try {
    writePrivate(seed, keys.seed);
    await runTool(
      'qemu-io',
      ['-f', 'qcow2', '-c', `write -s seed ${SEED_OFFSET} ${keys.seed.length}`, '--', machine.overlay],
      {
        cwd: machine.folder,
        timeout: 30,
        purpose: `writing the keys of ${machine.name} onto its disk`,
        signal,
      },
    );
  } finally {
    rmSync(seed, { force: true });
  }
  return files;
}
