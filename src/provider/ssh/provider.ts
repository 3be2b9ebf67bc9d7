import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../../host/home.js';
import type { SshMachineConfig } from './config.js';
import { UserError } from '../../host/user-error.js';
import type { Session } from '../../remote/session.js';
import { connect as connectSsh, type SshAddress } from '../../remote/ssh.js';
import { SudoSession } from '../../remote/sudo.js';
import type { Machine, MachineFacts, MachineProvider } from '../machine.js';
import { hostKeysOf } from './known-hosts.js';
import { REMEMBER_DEFAULT_KERNEL, RESTORE_DEFAULT_KERNEL } from './default-entry.js';

/** Names of ssh_config(5), IdentityFile, of the types that need no security key. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface SshProviderInput {
  config: SshMachineConfig;
  /** Seconds to reach the host, and for one command of the provider's own. */
  timeouts: { boot: number; command: number };
  /** Told what could not be done at the end. */
  onNote: (message: string) => void;
}

/**
 * A host that exists already, as a machine. It is never powered off; at the end its own kernel is the default again.
 * @param connect opens a session; another one serves for tests.
 */
export function sshProvider(input: SshProviderInput, connect: typeof connectSsh = connectSsh): MachineProvider {
  return {
    start: async (name, _folder, signal) => {
      const machine = new ExistingHost(name, input, connect);
      await machine.start(signal);
      return machine;
    },
  };
}

class ExistingHost implements Machine {
  readonly console = null;
  readonly watch = null;
  /** Nothing but its SSH tells how it is. */
  readonly failure = new AbortController().signal;
  readonly facts: MachineFacts;
  private address: SshAddress;
  private touched = false;

  constructor(
    readonly name: string,
    private readonly input: SshProviderInput,
    private readonly open: typeof connectSsh,
  ) {
    const { host, port, user } = input.config;
    this.facts = {
      provider: 'ssh',
      accelerator: null,
      acceleratorReason: null,
      cpus: 0,
      memoryMib: 0,
      address: `${host}:${port}`,
    };
    this.address = { machine: name, host, port, username: user, keyFiles: loginKeysOf(input.config) };
  }

  /** @throws UserError without consent, or if nothing tells the host's key, before anything is touched. */
  async start(signal: AbortSignal): Promise<void> {
    const { config, timeouts } = this.input;
    if (!config.consent) throw withoutConsent(config);
    this.address = { ...this.address, hostKeys: await hostKeysOf(config) };
    const session = await this.connect(timeouts.boot, signal);
    try {
      const { stdout } = await session.run('nproc; grep ^MemTotal: /proc/meminfo', { timeout: timeouts.command });
      this.facts.cpus = Number(/^(\d+)$/m.exec(stdout)?.[1] ?? 0);
      this.facts.memoryMib = Math.floor(Number(/^MemTotal:\s+(\d+) kB$/m.exec(stdout)?.[1] ?? 0) / 1024);
      const remembered = await session.run(REMEMBER_DEFAULT_KERNEL, { timeout: timeouts.command });
      if (remembered.code !== 0) {
        throw new UserError({
          what: `${this.facts.address} does not tell its default kernel, so it could not be restored: nothing was changed`,
          where: REMEMBER_DEFAULT_KERNEL,
          why: remembered.stderr.trim() || remembered.stdout.trim() || '(it said nothing)',
          next: 'grubby has to be there, and the user has to be root or have sudo without a password',
        });
      }
      this.touched = true;
    } finally {
      session.close();
    }
  }

  async connect(deadline: number, signal: AbortSignal): Promise<Session> {
    const session = await this.open(this.address, deadline, signal);
    return this.address.username === 'root' ? session : new SudoSession(session);
  }

  status(): Promise<null> {
    return Promise.resolve(null);
  }

  /** Makes the host's own kernel the default again. Never powers off, never reboots, and never fails the run. */
  async destroy(): Promise<void> {
    if (!this.touched) return;
    this.touched = false;
    const { timeouts, onNote } = this.input;
    try {
      const session = await this.connect(timeouts.command, new AbortController().signal);
      try {
        const restored = await session.run(RESTORE_DEFAULT_KERNEL, { timeout: timeouts.command });
        if (restored.code !== 0) throw new Error(restored.stderr.trim() || `exit code ${restored.code}`);
      } finally {
        session.close();
      }
    } catch (error) {
      onNote(
        `${this.facts.address}: its default kernel could not be restored (${(error as Error).message}); ` +
          `on the host, as root: ${RESTORE_DEFAULT_KERNEL}`,
      );
    }
  }

  keep(): string {
    this.touched = false;
    return `${this.facts.address} is left as it is; its default kernel is restored by, as root: ${RESTORE_DEFAULT_KERNEL}`;
  }
}

/** The error for an existing host without consent to change it. */
export function withoutConsent(config: SshMachineConfig): UserError {
  return new UserError({
    what: `${config.host} exists already and nobody has said that it may be changed`,
    why: 'packages, kernels and the boot menu are changed, every container is removed, and it is rebooted',
    next: 'add --yes, or consent: true under machine: in kernels.yaml; --dry-run shows every command',
    kind: 'config',
  });
}

/**
 * Paths of the keys to log in with: `key:` of kernels.yaml, else those that ssh would offer and that are there.
 * @throws UserError if there is none.
 */
export function loginKeysOf({ key }: SshMachineConfig): string[] {
  if (key !== undefined) return [key];
  const found = DEFAULT_KEYS.map((name) => join(homeFolder(), '.ssh', name)).filter((path) => existsSync(path));
  if (found.length > 0) return found;
  throw new UserError({
    what: `no private key to log in with: none of ${DEFAULT_KEYS.join(', ')} in ~/.ssh`,
    next: 'set key: under machine: in kernels.yaml',
    kind: 'config',
  });
}
