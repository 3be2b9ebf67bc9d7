import { mkdir } from 'node:fs/promises';
import { UserError } from '../../host/user-error.js';
import { MachineFailure } from '../machine.js';
import { freePort } from './free-port.js';
import { QemuMachine, type QemuMachineInput } from './machine.js';
import { claimMachine } from './registry.js';

/** Starts QEMU on a fresh overlay and returns once its monitor answers. */
export async function startQemu(input: QemuMachineInput, signal: AbortSignal): Promise<QemuMachine> {
  await mkdir(input.folder, { recursive: true });
  const fixed = input.config.ssh_port;
  for (let attempt = 1; ; attempt++) {
    const sshPort = fixed ?? (await freePort());
    const machine = new QemuMachine(claimMachine(input), input, sshPort);
    try {
      await machine.start(signal);
      return machine;
    } catch (error) {
      await machine.destroy();
      const taken = error instanceof MachineFailure && /Could not set up host forwarding/.test(error.detail);
      if (taken && fixed !== undefined) {
        throw new UserError({
          what: `port ${fixed} on 127.0.0.1 is taken`,
          where: `SSH of machine ${input.name} (ssh_port in kernels.yaml)`,
          next: 'leave ssh_port out to take any free port, or set another one',
          cause: error,
        });
      }
      // Another program may take the port between finding it free and QEMU's binding it.
      if (!taken || attempt === 5) throw error;
    }
  }
}
