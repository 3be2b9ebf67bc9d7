import { keyFilesIn } from './keys.js';
import { machineFolder, type MachineRecord } from './registry.js';

/** Options of ssh that use the machine's own keys only, so that no other server on its port is taken for it. */
export function keyOptions({ id, privateKey }: Pick<MachineRecord, 'id' | 'privateKey'>): string[] {
  const { knownHosts } = keyFilesIn(machineFolder(id));
  // A list of files, in which % begins a token.
  const quoted = `"${knownHosts.replaceAll('%', '%%')}"`;
  return [
    ...['-i', privateKey, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'LogLevel=ERROR'],
    // known_hosts of the user stays as it is.
    ...[
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      `UserKnownHostsFile=${quoted}`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
    ],
    ...['-o', `HostKeyAlias=${id}`, '-o', 'UpdateHostKeys=no'],
  ];
}

/** Program and arguments that log in to a machine as root. */
export function loginTo(record: MachineRecord): string[] {
  return ['ssh', '-p', String(record.sshPort), ...keyOptions(record), 'root@127.0.0.1'];
}
