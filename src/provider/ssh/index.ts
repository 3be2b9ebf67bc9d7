import type { Provider } from '../provider.js';
import { sshFormat, type SshMachineConfig } from './config.js';
import { existingHost } from './checks.js';
import { REMEMBER_DEFAULT_KERNEL, RESTORE_DEFAULT_KERNEL } from './default-entry.js';
import { loginTo } from './login.js';
import { sshProvider, withoutConsent } from './provider.js';
import { statementOf } from './statement.js';

/** A host that exists already, with CentOS 7 on it, reached over SSH. */
export const ssh: Provider<SshMachineConfig> = {
  ...sshFormat,
  describe: ({ user, host, port }) => `${user}@${host}:${port}`,
  commands: () => ({
    before: [],
    first: ['', '# what the default kernel is, to restore it', `$ ${REMEMBER_DEFAULT_KERNEL}`],
    last: ['', '# at the end', `$ ${RESTORE_DEFAULT_KERNEL}`],
  }),

  needs: () => [],
  checks: (machine) => [() => existingHost(machine)],
  diskMib: 500,
  memoryMib: () => null,
  automaticJobs: false,

  prepare: ({ plan: { machine, timeouts } }, progress) =>
    Promise.resolve({
      machines: sshProvider({ config: machine, timeouts, onNote: (message) => progress('machine', message) }),
      accelerator: null,
      built: null,
    }),

  // The host existed before and is never ended: nothing to list, remove or kill. Its default kernel is stored on the host.
  machines: () => [],
  sweep: () => Promise.resolve([]),
  killAll: () => undefined,
  cleanupSeconds: 30,
  // Files of known hosts (login.ts).
  cached: ['hosts'],

  existing: {
    statement: statementOf,
    consented: ({ consent }) => consent === true,
    withConsent: ({ consent: _, ...machine }, consent) => (consent ? { ...machine, consent } : machine),
    refusal: withoutConsent,
    login: loginTo,
  },
};
