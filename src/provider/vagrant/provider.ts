import type { VagrantMachineConfig } from './config.js';
import type { MachineProvider } from '../machine.js';
import { startVagrant } from './machine.js';

/** Machines through Vagrant. @param input `bootTimeout` in seconds. */
export function vagrantProvider(input: {
  run: string;
  config: VagrantMachineConfig;
  bootTimeout: number;
  onProgress: (message: string) => void;
}): MachineProvider {
  const { onProgress, ...rest } = input;
  return {
    start: (name, folder, signal, onFinding) =>
      startVagrant(
        { ...rest, name, folder, onFinding, onProgress: (message) => onProgress(`${name}: ${message}`) },
        signal,
      ),
  };
}
