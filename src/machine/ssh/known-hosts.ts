import { append } from '../../base/lists.js';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SshMachineConfig } from '../../config/plan.js';
import { runTool } from '../../host/tool.js';
import { UserError } from '../../host/user-error.js';
import { parseKnownHosts, type HostKey } from '../../remote/host-key.js';

/** Where ssh looks: what this user has accepted, and what this host knows for everybody. */
const FILES = [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'];

/**
 * The keys a host may show: `host_key:` of kernels.yaml, else those in known_hosts. A host is changed and rebooted, so one that
 * nobody knows is not logged in to at all.
 * @throws UserError if nothing tells a key.
 */
export async function hostKeysOf(config: SshMachineConfig, files: readonly string[] = FILES): Promise<HostKey[]> {
  const { host, port, user, host_key } = config;
  if (host_key !== undefined) {
    const [type, key] = host_key.split(' ');
    return [{ type: type!, key: key! }];
  }
  // Found by ssh-keygen, as names in the file may be hashed. It ends with 1 if there is none.
  const name = port === 22 ? host : `[${host}]:${port}`;
  const keys: HostKey[] = [];
  for (const file of files.filter((each) => existsSync(each))) {
    const found = await runTool('ssh-keygen', ['-F', name, '-f', file], {
      timeout: 30,
      purpose: `looking for ${name} in ${file}`,
    }).catch(() => null);
    append(keys, parseKnownHosts(found?.stdout ?? ''));
  }
  if (keys.length > 0) return keys;
  throw new UserError({
    what: `nothing tells whether what answers at ${host}:${port} is the host that is meant: its key is not known`,
    where: files.join(', '),
    next: `ssh -p ${port} ${user}@${host} once and compare the fingerprint it shows, or set host_key: under machine: in kernels.yaml`,
    exitCode: 2,
  });
}
