import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyOptions } from '../../../src/cli/command/shell.js';
import { fileText } from '../../../src/provider/qemu/image/files.js';
import { makeKeys, placeKeys, SEED_BYTES, SEED_OFFSET } from '../../../src/provider/qemu/keys.js';
import { machineFolder, removeMachine } from '../../../src/provider/qemu/registry.js';
import { lacking, SSH_KEYGEN } from '../../needs.js';

const forever = new AbortController().signal;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-keys-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

describe.skipIf(lacking(SSH_KEYGEN))('keys of a machine', () => {
  it('are made anew each time, and nothing of them stays in the file system', async () => {
    const [one, other] = [await makeKeys(forever), await makeKeys(forever)];
    expect(one.login).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    expect(one.login).not.toBe(other.login);
    expect(one.hostPublic).not.toBe(other.hostPublic);
    expect(readdirSync(join(root, 'cache', 'tmp'))).toEqual([]);
  });

  it('have a seed of what the guest lets in and what it shows, which root alone can read', async () => {
    const keys = await makeKeys(forever);
    const seed = join(root, 'seed');
    writeFileSync(seed, keys.seed);
    const listed = execFileSync('tar', ['--numeric-owner', '-tvf', seed], { encoding: 'utf8' });
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).filter((_, at) => [0, 1, 5].includes(at))),
    ).toEqual([
      ['-rw-------', '0/0', 'host_ed25519'],
      ['-rw-------', '0/0', 'authorized_keys'],
    ]);
    execFileSync('tar', ['-xf', seed, '-C', root]);
    const publicPart = execFileSync('ssh-keygen', ['-y', '-f', join(root, 'host_ed25519')], { encoding: 'utf8' });
    expect(publicPart.split(' ')[1]).toBe(keys.hostPublic);
    writeFileSync(join(root, 'login'), keys.login, { mode: 0o600 });
    const login = execFileSync('ssh-keygen', ['-y', '-f', join(root, 'login')], { encoding: 'utf8' });
    expect(readFileSync(join(root, 'authorized_keys'), 'utf8')).toBe(login);
  });

  it('are in the machine’s folder and on its disk, for nobody else to read, and go with it', async () => {
    const keys = await makeKeys(forever);
    const folder = machineFolder('r-m1');
    const overlay = join(folder, 'disk.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', overlay, '2M']);
    const files = await placeKeys(keys, { name: 'r-m1', folder, overlay }, forever);
    expect(mode(folder)).toBe('700');
    expect(readdirSync(folder).sort()).toEqual(['disk.qcow2', 'known_hosts', 'login_ed25519']);
    expect([mode(files.login), mode(files.knownHosts)]).toEqual(['600', '600']);
    expect(readFileSync(files.knownHosts, 'utf8')).toBe(`r-m1 ssh-ed25519 ${keys.hostPublic}\n`);
    const raw = join(root, 'disk.raw');
    execFileSync('qemu-img', ['convert', '-O', 'raw', overlay, raw]);
    expect(
      readFileSync(raw)
        .subarray(SEED_OFFSET, SEED_OFFSET + keys.seed.length)
        .equals(keys.seed),
    ).toBe(true);
    removeMachine('r-m1');
    expect(readdirSync(join(root, 'cache', 'machines'))).toEqual([]);
  });

  it('are looked for by the guest where they are put', () => {
    const boot = fileText('boot');
    expect(boot).toContain(`bs=${SEED_BYTES / 1024}k skip=${SEED_OFFSET / SEED_BYTES} count=1`);
    const config = fileText('sshd_config');
    for (const name of ['host_ed25519', 'authorized_keys']) {
      expect(boot).toContain(`$keys/${name}`);
      expect(config).toContain(` /run/kernel-matrix/${name}\n`);
    }
    // Behind GRUB's core image and before the partition.
    expect(SEED_OFFSET + SEED_BYTES).toBeLessThanOrEqual(2 ** 20);
  });

  it('are the only ones that shell takes', () => {
    const privateKey = join(root, 'login');
    writeFileSync(privateKey, '');
    const options = keyOptions({ id: 'r-m1', privateKey });
    const shown = execFileSync('ssh', ['-G', ...options, 'root@127.0.0.1'], { encoding: 'utf8' });
    for (const line of [
      'identitiesonly yes',
      'stricthostkeychecking true',
      `userknownhostsfile ${join(root, 'cache/machines/r-m1/known_hosts')}`,
      'globalknownhostsfile /dev/null',
      'hostkeyalias r-m1',
      `identityfile ${privateKey}`,
    ]) {
      expect(shown.split('\n')).toContain(line);
    }
  });
});

describe('the guest’s sshd', () => {
  const lines = fileText('sshd_config').split('\n');

  it('lets nobody in with a password, and knows no key but the machine’s own', () => {
    for (const line of [
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'ChallengeResponseAuthentication no',
      'PermitEmptyPasswords no',
      'PermitRootLogin prohibit-password',
      'AuthenticationMethods publickey',
    ])
      expect(lines).toContain(line);
    expect(lines.filter((line) => line.startsWith('HostKey '))).toEqual(['HostKey /run/kernel-matrix/host_ed25519']);
  });

  it('gets no key, no password and no mirror from the image', () => {
    const script = fileText('build-disk.sh');
    expect(script).toContain('"$root"/etc/ssh/ssh_host_*');
    expect(script).toContain('"$root"/etc/apt/sources.list');
    expect(script).toMatch(/grep -q '\^root:\[\*!\]' "\$root\/etc\/shadow"/);
  });
});
