import { spawn } from 'node:child_process';
import { UserError } from '../../host/user-error.js';
import { alive } from '../../host/process.js';
import { listMachines } from '../../machine/qemu/registry.js';

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
      exitCode: 2,
    });
  }
  const args = [
    ...['-i', machine.privateKey, '-p', String(machine.sshPort)],
    // The key of a guest that only this host can reach; known_hosts of the user stays as it is.
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
    'root@127.0.0.1',
    ...command,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
