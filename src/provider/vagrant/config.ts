import { z } from 'zod';
import { EL7_LEAST_MEMORY_MIB } from '../../config/defaults.js';
import * as field from '../../config/fields.js';
import { list, memory, word } from '../../config/fields.js';
import { cpus, type MachineOf } from '../../config/machine.js';
import { JOBS } from '../../config/schema.js';
import { parseMemory } from '../../config/units.js';
import type { ProviderFormat } from '../provider.js';

const schema = {
  cpus: cpus.default(8),
  memory: memory(1024).default('16GiB').describe('Memory of each machine; CentOS 7 needs 8GiB at least.'),
  box: field.box.describe('Name of the box.'),
  box_urls: list('a list of URLs', field.url).default([]).describe('Direct URLs of the .box file, tried in order.'),
  box_sha256: field.sha256.optional(),
  hypervisor: word(['libvirt', 'virtualbox']).optional().describe("Vagrant's provider; Vagrant chooses without it."),
  emulated: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('libvirt only: emulate the processor, for hosts without hardware virtualisation. Slow.'),
};

/** Virtual machines through Vagrant. */
export type VagrantMachineConfig = MachineOf<'vagrant', typeof schema>;

export const vagrantFormat: ProviderFormat<VagrantMachineConfig> = {
  id: 'vagrant',
  schema,
  paths: [],
  guests: ['el7'],
  mostJobs: () => ({ most: JOBS.max, why: 'provider vagrant' }),
  rules: (machine, at, { os }) => {
    const mib = typeof machine['memory'] === 'string' ? parseMemory(machine['memory']) : null;
    if (os !== 'el7' || mib === null || mib >= EL7_LEAST_MEMORY_MIB) return [];
    const expected = `at least ${EL7_LEAST_MEMORY_MIB / 1024}GiB, which exhaustion on CentOS 7 needs`;
    return [{ path: [...at, 'machine', 'memory'], expected }];
  },
};
