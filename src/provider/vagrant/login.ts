import { parseSshConfig, type SshConfig } from './ssh-config.js';
import type { VagrantRecord } from './registry.js';
import { vagrant } from './vagrant.js';

/** Seconds of a command that starts nothing. */
export const SHORT_SECONDS = 120;

/** Program and arguments that log in by hand, with every key as it is tried here. @param options of ssh_config(5). */
export function loginWords({ host, port, user, keys }: SshConfig, options: readonly string[] = []): string[] {
  const identities = keys.flatMap((each) => ['-i', each]);
  const all = [...options, 'IdentitiesOnly=yes'].flatMap((option) => ['-o', option]);
  return ['ssh', '-p', String(port), ...all, ...identities, `${user}@${host}`];
}

/** Program and arguments that log in to a machine on record, as Vagrant tells them. @throws UserError */
export async function loginTo(record: VagrantRecord): Promise<string[]> {
  const { stdout } = await vagrant(record, ['ssh-config', record.name], {
    timeout: SHORT_SECONDS,
    purpose: `asking for the way to machine ${record.id}`,
  });
  // As `vagrant ssh` does: the port is reused by other machines, and the host key of this one is not recorded.
  const anyKey = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  return loginWords(parseSshConfig(stdout, record.name), anyKey);
}
