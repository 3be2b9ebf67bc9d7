import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import PQueue from 'p-queue';
import { cacheFolder } from '../../host/cache.js';
import { withLock } from '../../host/lock.js';
import { redact } from '../../host/redact.js';
import { findProgram } from '../../host/setup.js';
import { runTool, type ToolResult } from '../../host/tool.js';
import { UserError } from '../../host/user-error.js';
import { VAGRANTFILE_FOLDER } from './settings.js';

/** Where one Vagrant environment has its settings and its state. */
export interface VagrantEnvironment {
  /** Path of the JSON file the Vagrantfile reads. */
  settings: string;
  /** Vagrant's state (VAGRANT_DOTFILE_PATH). */
  dotfile: string;
}

export interface VagrantOptions {
  /** Seconds. */
  timeout: number;
  purpose: string;
  signal?: AbortSignal | undefined;
  /** Receives what vagrant says, without its progress bars. */
  log?: string;
  onLine?: (line: string) => void;
  /** Done first, while no other vagrant command runs. */
  before?: () => Promise<void>;
  /** Vagrant's own folder ($VAGRANT_HOME), where it is not this process's. */
  home?: string;
}

/** A folder without a Vagrantfile: Vagrant looks for one in its folder and all above it. */
const NOWHERE = '/';

/** Vagrant locks the index of its machines: one command at a time in this process … */
const queue = new PQueue({ concurrency: 1 });

/**
 * Runs one vagrant command, one at a time on this host.
 * @param environment null for a command that concerns no machine.
 * @throws UserError if vagrant is missing, fails or takes too long; the signal's reason when it aborts.
 */
export async function vagrant(
  environment: VagrantEnvironment | null,
  words: string[],
  options: VagrantOptions,
): Promise<ToolResult> {
  if (findProgram('vagrant') === null) {
    throw new UserError({
      what: 'vagrant is not installed',
      where: options.purpose,
      next: 'install Vagrant with vagrant-libvirt or VirtualBox, or take the profile that needs neither: npm run matrix -- --profile embedded',
      kind: 'host',
    });
  }
  const { timeout, purpose, signal, log } = options;
  if (log !== undefined) mkdirSync(dirname(log), { recursive: true });
  const onLine = (raw: string) => {
    const line = settledLine(raw);
    if (line === null) return;
    if (log !== undefined) appendFileSync(log, `${redact(line)}\n`);
    options.onLine?.(line);
  };
  const work = () =>
    // … and among processes of this user.
    withLock(join(cacheFolder('vagrant'), 'commands'), { signal }, async () => {
      await options.before?.();
      return runTool('vagrant', [...words, '--no-color'], {
        cwd: environment ? VAGRANTFILE_FOLDER : NOWHERE,
        timeout,
        purpose,
        signal,
        onLine,
        env: {
          VAGRANT_CHECKPOINT_DISABLE: '1',
          ...(options.home === undefined ? {} : { VAGRANT_HOME: options.home }),
          ...(environment === null
            ? { VAGRANT_CWD: NOWHERE }
            : {
                KERNEL_MATRIX_VAGRANT_SETTINGS: environment.settings,
                VAGRANT_CWD: VAGRANTFILE_FOLDER,
                VAGRANT_DOTFILE_PATH: environment.dotfile,
              }),
        },
      });
    });
  return queue.add(work);
}

/**
 * A line of vagrant's as it stands once its progress bar is done: of the parts a carriage return overwrote, the last; null
 * for an empty line and for a bar that is still running.
 */
export function settledLine(raw: string): string | null {
  const parts = raw.split('\r').filter((part) => part.trim() !== '');
  // eslint-disable-next-line no-control-regex
  const line = (parts.at(-1) ?? '').replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').trimEnd();
  return line === '' || /(?:^|\s)(?:Progress: )?\d{1,3}%/.test(line) ? null : line;
}
