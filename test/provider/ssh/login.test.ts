import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SshMachineConfig } from '../../../src/provider/ssh/config.js';
import { loginTo } from '../../../src/provider/ssh/login.js';

const host: SshMachineConfig = { provider: 'ssh', host: 'lab1', port: 2022, user: 'root' };
const KEY = `ssh-ed25519 ${'A'.repeat(68)}`;

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'km-login-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

/** What ssh makes of a login: its options as `ssh -G` prints them, by their names. */
function optionsOf([program = '', ...words]: string[]): Map<string, string> {
  const { stdout } = spawnSync(program, ['-G', ...words], { encoding: 'utf8' });
  return new Map(stdout.split('\n').map((line) => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1)]));
}

it('logs in with the key of kernels.yaml and no other', () => {
  const key = join(cache, 'lab');
  writeFileSync(key, '');
  const options = optionsOf(loginTo({ ...host, key }));
  expect(Object.fromEntries(options)).toMatchObject({
    ...{ hostname: 'lab1', port: '2022', user: 'root', identityfile: key, identitiesonly: 'yes' },
  });
});

it('logs in as the user would where kernels.yaml names no key', () => {
  expect(loginTo(host)).toEqual(['ssh', '-p', '2022', 'root@lab1']);
});

it('takes no host but the one whose key kernels.yaml has', () => {
  const options = optionsOf(loginTo({ ...host, host_key: KEY }));
  expect(options.get('stricthostkeychecking')).toMatch(/^(?:yes|true)$/);
  const alias = options.get('hostkeyalias')!;
  const file = options.get('userknownhostsfile')!;
  expect(file.startsWith(cache)).toBe(true);
  const { stdout } = spawnSync('ssh-keygen', ['-F', alias, '-f', file], { encoding: 'utf8' });
  expect(stdout).toContain(KEY);
});
