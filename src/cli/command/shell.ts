import { Argument, Option } from 'commander';
import { spawn } from 'node:child_process';
import { UserError } from '../../host/user-error.js';
import { alive } from '../../host/process.js';
import { keyFilesIn } from '../../provider/qemu/keys.js';
import { listMachines, machineFolder, type MachineRecord } from '../../provider/qemu/registry.js';
import type { CliCommand } from '../command.js';

export const command: CliCommand = {
  arguments: [new Argument('[command...]', 'run this instead of a login shell')],
  options: [new Option('--machine <id>', 'which one; not needed if there is one only')],
  allowUnknownOptions: true,
  run: (words: string[], options: { machine?: string }) => shell(options.machine, words),
};

/** `kernel-matrix shell [command]`: an interactive login on a machine that `matrix --keep` left running, or that runs now. */
export async function shell(name: string | undefined, command: string[]): Promise<number> {
  const machines = listMachines().filter((record) => record.qemu !== null && alive(record.qemu));
  const found = name === undefined ? machines : machines.filter((record) => record.id === name || record.name === name);
  const [machine] = found;
  if (!machine || found.length > 1) {
    throw new UserError({
      what:
        found.length > 1 ? 'several machines fit' : name ? `no machine ${name} is running` : 'no machine is running',
      why: machines.length > 0 ? `running: ${machines.map((record) => record.id).join(', ')}` : undefined,
      next:
        machines.length > 0
          ? 'npm run shell -- --machine <id>'
          : 'npm run matrix -- --kernels 6.1 --keep leaves its machine running',
      kind: 'usage',
    });
  }
  const args = [
    ...['-p', String(machine.sshPort), ...keyOptions(machine)],
    'root@127.0.0.1',
    ...(command.length > 0 ? ['--', ...command] : []),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

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
