import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SshMachineConfig } from './config.js';
import { cacheFolder } from '../../host/cache.js';
import { writeWhole } from '../../host/write-file.js';

/**
 * Program and arguments that log in to the host as a run does: with `key:` if there is one, and where kernels.yaml has
 * `host_key:`, to a server that shows that key only.
 */
export function loginTo({ host, port, user, key, host_key }: SshMachineConfig): string[] {
  const identity = key === undefined ? [] : ['-o', 'IdentitiesOnly=yes', '-i', key];
  return ['ssh', '-p', String(port), ...identity, ...(host_key === undefined ? [] : only(host_key)), `${user}@${host}`];
}

/** Options of ssh that take this key of the host and no other. */
function only(hostKey: string): string[] {
  const alias = 'kernel-matrix-host';
  const name = createHash('sha256').update(hostKey).digest('hex').slice(0, 16);
  const file = join(cacheFolder('hosts'), name);
  writeWhole(file, `${alias} ${hostKey}\n`);
  const options = [`UserKnownHostsFile="${file.replaceAll('%', '%%')}"`, `HostKeyAlias=${alias}`];
  return [...options, 'StrictHostKeyChecking=yes', 'UpdateHostKeys=no'].flatMap((option) => ['-o', option]);
}
