import { cpus, type MachineOf } from '../../config/machine.js';
import { memory, whole, word } from '../../config/fields.js';
import { JOBS } from '../../config/schema.js';
import type { ProviderFormat } from '../provider.js';

const schema = {
  cpus: cpus.default(2),
  memory: memory(1024)
    .default('3GiB')
    .describe('Memory of each machine, for example 3GiB. 65 thousand memory cgroups need 1 to 2 GiB.'),
  disk_bus: word(['nvme', 'virtio', 'sata']).default('nvme'),
  accelerator: word(['auto', 'kvm', 'tcg'])
    .default('auto')
    .describe('auto tries KVM by booting with it, then takes TCG (software emulation).'),
  ssh_port: whole(1024, 65535)
    .optional()
    .describe(
      'Fixed port for SSH on 127.0.0.1; with several jobs the ports count up from it. Without it free ones are taken.',
    ),
};

/** QEMU on this host. */
export type QemuMachineConfig = MachineOf<'qemu', typeof schema>;

export const qemuFormat: ProviderFormat<QemuMachineConfig> = {
  id: 'qemu',
  schema,
  paths: [],
  guests: ['debian'],
  mostJobs: ({ ssh_port: port }) => ({
    most: Math.min(JOBS.max, port === undefined ? Infinity : 65536 - port),
    why: `ssh_port ${port}`,
  }),
  rules: ({ ssh_port: port }, at, { jobs }) => {
    if (typeof port !== 'number' || port > 65535 || port + jobs - 1 <= 65535) return [];
    const expected = `at most ${65536 - jobs}, as ${jobs} jobs count up from it`;
    return [{ path: [...at, 'machine', 'ssh_port'], expected }];
  },
};
