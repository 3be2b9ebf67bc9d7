import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { append } from '../../base/lists.js';
import { homeFolder } from '../../host/home.js';
import type { SshMachineConfig } from './config.js';
import { runTool } from '../../host/tool.js';
import { UserError } from '../../host/user-error.js';
import { parseKnownHosts, type HostKey, type KnownHosts } from '../../remote/host-key.js';

/** Where ssh looks (ssh_config(5)): what this user has accepted, and what this host knows for everybody. */
function defaultFiles(): string[] {
  const user = ['known_hosts', 'known_hosts2'].map((name) => join(homeFolder(), '.ssh', name));
  return [...user, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
}

/**
 * The keys a host may show: `host_key:` of kernels.yaml, else those in known_hosts; of either, none that a line `@revoked` of
 * any of the files is about. A run changes and reboots the host, so there is no login to a host with an unknown key.
 * @throws UserError if nothing tells a key, if all are revoked, or if a file cannot be read.
 */
export async function hostKeysOf(
  config: SshMachineConfig,
  files: readonly string[] = defaultFiles(),
): Promise<HostKey[]> {
  const { host, port, user, host_key } = config;
  const name = port === 22 ? host : `[${host}]:${port}`;
  const known: HostKey[] = [];
  const revoked = new Set<string>();
  for (const file of files.filter((each) => existsSync(each))) {
    const found = await lookUp(name, file);
    append(known, found.keys);
    for (const { key } of found.revoked) revoked.add(key);
    // A host that is revoked by its name alone is so at every port.
    if (name !== host) for (const { key } of (await lookUp(host, file)).revoked) revoked.add(key);
  }
  const [type = '', key = ''] = host_key?.split(' ') ?? [];
  const wanted = host_key === undefined ? known : [{ type, key }];
  const keys = wanted.filter((each) => !revoked.has(each.key));
  if (keys.length > 0) return keys;
  if (wanted.length > 0) {
    throw new UserError({
      what: `the key of ${host}:${port} is revoked: whoever shows it may be another host`,
      where: files.join(', '),
      why: 'a line @revoked of known_hosts is about it',
      next: 'have a new host key made on the host, and set it as host_key: under machine: in kernels.yaml',
      kind: 'config',
    });
  }
  throw new UserError({
    what: `nothing tells whether what answers at ${host}:${port} is the host that is meant: its key is not known`,
    where: files.join(', '),
    next: `ssh -p ${port} ${user}@${host} once and compare the fingerprint it shows, or set host_key: under machine: in kernels.yaml`,
    kind: 'config',
  });
}

/**
 * What a file says of a name. By ssh-keygen, as names may be hashed or patterns.
 * @throws UserError if the file cannot be read: it may have a key that is revoked.
 */
async function lookUp(name: string, file: string): Promise<KnownHosts> {
  const purpose = `looking for ${name} in ${file}`;
  // It ends with 1 where there is none, and where it cannot read the file.
  requireReadable(file);
  const lines: string[] = [];
  try {
    await runTool('ssh-keygen', ['-F', name, '-f', file], { timeout: 30, purpose, onLine: (line) => lines.push(line) });
  } catch (error) {
    if (!(error instanceof UserError) || !/exit code 1\b/.test(error.parts.what)) throw error;
  }
  return parseKnownHosts(lines.join('\n'));
}

function requireReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new UserError({
      what: 'a file of known hosts cannot be read, so nothing tells which keys are revoked',
      where: file,
      why: (error as Error).message,
      next: 'make it readable for this user',
      kind: 'config',
      cause: error,
    });
  }
}
