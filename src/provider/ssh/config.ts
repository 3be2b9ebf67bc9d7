import { z } from 'zod';
import * as field from '../../config/fields.js';
import { whole } from '../../config/fields.js';
import type { MachineOf } from '../../config/machine.js';
import type { ProviderFormat } from '../provider.js';

const schema = {
  host: field.host,
  port: whole(1, 65535).default(22),
  user: field.user.default('root'),
  key: field.path
    .optional()
    .describe('Path of the private key; a relative path starts at the directory of kernels.yaml.'),
  host_key: field.hostKey
    .optional()
    .describe(
      'The public key the host shows, as its /etc/ssh/ssh_host_ed25519_key.pub has it; without it known_hosts must have one.',
    ),
  consent: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('true: the host may be changed (packages, boot menu, reboots) without --yes on the command line.'),
};

/** A host that exists already. */
export type SshMachineConfig = MachineOf<'ssh', typeof schema>;

export const sshFormat: ProviderFormat<SshMachineConfig> = {
  id: 'ssh',
  schema,
  paths: ['key'],
  guests: ['el7'],
  mostJobs: () => ({ most: 1, why: 'provider ssh, which is one host' }),
  rules: (_machine, at, { jobs }) =>
    jobs > 1 ? [{ path: [...at, 'jobs'], expected: '1 with provider ssh, which is one host' }] : [],
};
