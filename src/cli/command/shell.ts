import { Argument, Option } from 'commander';
import { spawn } from 'node:child_process';
import { loadPlan } from '../kernels-yaml.js';
import { UserError } from '../../host/user-error.js';
import { knownMachines, providerOf } from '../../provider/table.js';
import type { CliCommand } from '../command.js';
import { CONFIG } from '../options.js';

export interface ShellOptions {
  config: string;
  /** The host that exists already of this profile, instead of a machine of a run. */
  profile?: string;
  /** Id of a machine, or its name where that is enough. */
  machine?: string;
}

export const command: CliCommand = {
  arguments: [new Argument('[command...]', 'run this instead of a login shell')],
  options: [
    new Option('--machine <id>', 'which one; not needed if there is one only').conflicts('profile'),
    CONFIG,
    new Option('--profile <name>', 'the existing host of this profile (provider: ssh)'),
  ],
  allowUnknownOptions: true,
  run: shell,
};

/**
 * `kernel-matrix shell [command]`: an interactive login on a machine that `matrix --keep` left running or that runs now, or on the
 * existing host of a profile.
 */
export async function shell(words: string[], options: ShellOptions): Promise<number> {
  const { config, profile, machine } = options;
  const [program = 'ssh', ...login] =
    profile === undefined ? await runningMachine(machine).login() : existingHost(config, profile);
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...login, ...(words.length > 0 ? ['--', ...words] : [])], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** @throws UserError if none fits, or several do. */
function runningMachine(wanted: string | undefined) {
  const machines = knownMachines().filter(({ running }) => running);
  const found = wanted === undefined ? machines : machines.filter(({ id, name }) => id === wanted || name === wanted);
  const [machine] = found;
  if (machine && found.length === 1) return machine;
  const missing = wanted === undefined ? 'no machine is running' : `no machine ${wanted} is running`;
  throw new UserError({
    what: found.length > 1 ? 'several machines fit' : missing,
    why: machines.length > 0 ? `running: ${machines.map(({ id }) => id).join(', ')}` : undefined,
    next:
      machines.length > 0
        ? 'npm run shell -- --machine <id>'
        : 'npm run matrix -- --kernels 6.1 --keep leaves its machine running',
    kind: 'usage',
  });
}

/** @throws UserError if the machines of the profile do not exist before a run. */
function existingHost(config: string, profile: string): string[] {
  const { machine } = loadPlan(config, { profile });
  const { existing } = providerOf(machine);
  if (existing) return existing.login(machine);
  throw new UserError({
    what: `profile ${profile} has no host that exists already: its provider is ${machine.provider}`,
    next: 'npm run shell reaches the machines of its runs; matrix -- --keep leaves them running',
    kind: 'usage',
  });
}
