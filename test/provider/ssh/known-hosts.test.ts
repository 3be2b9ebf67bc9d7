import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshMachineConfig } from '../../../src/config/plan.js';
import { hostKeysOf } from '../../../src/provider/ssh/known-hosts.js';
import { lacking, SSH_KEYGEN } from '../../needs.js';

const folder = mkdtempSync(join(tmpdir(), 'km-known-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIGRtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODlhYmNk';
const config = (more: Partial<SshMachineConfig> = {}): SshMachineConfig => ({
  provider: 'ssh',
  host: 'lab',
  port: 22,
  user: 'root',
  ...more,
});
const file = join(folder, 'known_hosts');
writeFileSync(file, `lab ssh-ed25519 ${KEY}\n[lab]:2222 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=\n`);
beforeAll(() => execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' }));

it.skipIf(lacking(SSH_KEYGEN))('a host is known by its name and port, which may be hashed', async () => {
  expect(await hostKeysOf(config(), [file])).toEqual([{ type: 'ssh-ed25519', key: KEY }]);
  expect(await hostKeysOf(config({ port: 2222 }), [join(folder, 'none'), file])).toMatchObject([{ type: 'ssh-rsa' }]);
});

it.skipIf(lacking(SSH_KEYGEN))('kernels.yaml comes first', async () => {
  expect(await hostKeysOf(config({ host_key: 'ssh-ed25519 AAAA' }), [file])).toEqual([
    { type: 'ssh-ed25519', key: 'AAAA' },
  ]);
});

it.skipIf(lacking(SSH_KEYGEN))('a host that nobody knows is refused, with what makes it known', async () => {
  await expect(hostKeysOf(config({ host: 'other' }), [file])).rejects.toThrow(
    /its key is not known(.|\n)*ssh -p 22 root@other once(.|\n)*host_key:/,
  );
});

describe.skipIf(lacking(SSH_KEYGEN))('a key that is revoked', () => {
  const write = (name: string, text: string, hashed = false): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    if (hashed) execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
    return path;
  };
  const user = write('user', `lab,[lab]:2222 ssh-ed25519 ${KEY}\n`);

  it.each([
    ['for every host', '*', false, 22],
    ['for every host, at another port', '*', false, 2222],
    ['by its name', 'lab', false, 22],
    ['by its name, at another port', 'lab', false, 2222],
    ['by a pattern', 'l?b,!other', false, 22],
    ['by a name that is hashed', 'lab', true, 22],
  ])('is not accepted, in whichever file it is revoked: %s', async (_, names, hashed, port) => {
    const system = write('system', '');
    const line = `@revoked ${names} ssh-ed25519 ${KEY}\n`;
    const revoking = hashed ? write('hashed', line.replace(names, hashOf(names))) : write('plain', line);
    for (const files of [
      [user, revoking],
      [revoking, user, system],
    ]) {
      await expect(hostKeysOf(config({ port }), files)).rejects.toThrow('is revoked');
      // kernels.yaml may have it from before.
      await expect(hostKeysOf(config({ port, host_key: `ssh-ed25519 ${KEY}` }), files)).rejects.toThrow('is revoked');
    }
    expect(await hostKeysOf(config({ port, host_key: 'ssh-rsa AAAA' }), [revoking])).toHaveLength(1);
  });

  it('of another host is none of ours', async () => {
    const revoking = write('other', `@revoked other ssh-ed25519 ${KEY}\n@revoked * ssh-ed25519 AAAA\n`);
    expect(await hostKeysOf(config(), [user, revoking])).toEqual([{ type: 'ssh-ed25519', key: KEY }]);
  });
});

/** A name as known_hosts has it hashed: HMAC-SHA1 with a salt of 20 bytes. */
function hashOf(name: string): string {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}
