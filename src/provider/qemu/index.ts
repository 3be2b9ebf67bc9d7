import { alive } from '../../host/process.js';
import { kernelNeeds } from '../../kernel/table.js';
import type { Provider } from '../provider.js';
import { qemuFormat, type QemuMachineConfig } from './config.js';
import { acceleratorIfKnown } from './accelerator.js';
import { accelerator } from './checks.js';
import { entryId } from './image/menu.js';
import { loginTo } from './login.js';
import { hostNeeds } from './needs.js';
import { dockerLabel, prepareQemu } from './provider.js';
import { killOwnMachines, listMachines, sweep } from './registry.js';

/** QEMU on this host, with a guest that is built here of Debian's packages. */
export const qemu: Provider<QemuMachineConfig> = {
  ...qemuFormat,
  describe: ({ accelerator: wanted, cpus, memory_mib, disk_bus }) =>
    `QEMU (accelerator ${wanted}), ${cpus} CPU${cpus === 1 ? '' : 's'}, ${memory_mib} MiB, disk on ${disk_bus}`,

  needs: (_machine, kernels) => [...hostNeeds(), ...kernelNeeds(kernels)],
  checks: (machine) => [() => accelerator(machine)],
  // Userland, image, overlays.
  diskMib: 6000,
  memoryMib: ({ memory_mib }) => memory_mib,
  automaticJobs: true,
  accelerator: (machine) => acceleratorIfKnown(machine.accelerator),

  prepare: async ({ plan, run, keepable, files }, progress, signal) => {
    const docker = files.of('docker')[0] ?? null;
    const { kernels, missing, image, choice, provider } = await prepareQemu(
      { plan, run, keepable, files: { kernels: files.kernels, missing: files.missing, docker } },
      {
        artifacts: (kernel, message) => progress('artifacts', `${kernel}: ${message}`),
        image: (message) => progress('image', message),
        accelerator: (message) => progress('accelerator', message),
      },
      signal,
    );
    const entries = [...kernels].map(([name, kernel]) => [name, { ...kernel, entry: entryId(name) }] as const);
    return {
      machines: provider,
      accelerator: choice.accelerator,
      built: { kernels: new Map(entries), missing, image, docker: dockerLabel(plan.docker, docker) },
    };
  },

  machines: () =>
    listMachines().map((record) => ({
      ...record,
      running: record.qemu !== null && alive(record.qemu),
      login: () => Promise.resolve(loginTo(record)),
    })),
  sweep: (options) =>
    Promise.resolve(sweep(options).map(({ record, killed, error }) => ({ id: record.id, ran: killed, error }))),
  killAll: killOwnMachines,
  // QEMU is killed after two seconds.
  cleanupSeconds: 30,
  cached: ['images', 'snapshots', 'userlands', 'docker', 'accelerator.json', 'probe-initramfs'],
};
