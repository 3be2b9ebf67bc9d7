import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { SshMachineConfig } from '../../../src/config/plan.js';
import { hostKeysOf } from '../../../src/machine/ssh/known-hosts.js';

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
execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });

it('a host is known by its name and port, which may be hashed', async () => {
  expect(await hostKeysOf(config(), [file])).toEqual([{ type: 'ssh-ed25519', key: KEY }]);
  expect(await hostKeysOf(config({ port: 2222 }), [join(folder, 'none'), file])).toMatchObject([{ type: 'ssh-rsa' }]);
});

it('kernels.yaml comes first', async () => {
  expect(await hostKeysOf(config({ host_key: 'ssh-ed25519 AAAA' }), [file])).toEqual([
    { type: 'ssh-ed25519', key: 'AAAA' },
  ]);
});

it('a host that nobody knows is refused, with what makes it known', async () => {
  await expect(hostKeysOf(config({ host: 'other' }), [file])).rejects.toThrow(
    /its key is not known(.|\n)*ssh -p 22 root@other once(.|\n)*host_key:/,
  );
});
