import { fileURLToPath } from 'node:url';
import type { VagrantMachineConfig } from './config.js';
import { boxName } from './box-name.js';

/** The folder of the Vagrantfile, in the sources and in the installed package alike. */
export const VAGRANTFILE_FOLDER = fileURLToPath(new URL('../../../vagrant/', import.meta.url));

/** What vagrant/Vagrantfile reads. Keys as there. */
export interface VagrantSettings {
  /** Begins the names of the machines on the host: unique among runs. */
  id: string;
  /** The name Vagrant knows it by. */
  box: string;
  box_urls: string[];
  /** sha256 of the box; null takes it as it comes. */
  box_sha256: string | null;
  cpus: number;
  memory_mib: number;
  /** Seconds Vagrant waits for the machine's SSH. */
  boot_timeout: number;
  /** libvirt: driver qemu and cpu_mode maximum. */
  emulated: boolean;
  /** `console` is the file that receives the serial console. */
  machines: { name: string; console: string | null }[];
}

/** The settings of one or several machines of a run. @param bootTimeout seconds. */
export function vagrantSettings(
  config: VagrantMachineConfig,
  id: string,
  bootTimeout: number,
  machines: VagrantSettings['machines'],
): VagrantSettings {
  return {
    id,
    box: boxName(config),
    box_urls: config.box_urls,
    box_sha256: config.box_sha256 ?? null,
    cpus: config.cpus,
    memory_mib: config.memory_mib,
    boot_timeout: bootTimeout,
    emulated: config.emulated ?? false,
    machines,
  };
}
