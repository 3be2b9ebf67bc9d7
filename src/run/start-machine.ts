import type { RunJournal } from '../run-events/events.js';
import { excerpt } from '../base/text/excerpt.js';
import { redact } from '../host/redact.js';
import { join, relative } from 'node:path';
import { BootDeadline, connectBooting } from '../guest/booting.js';
import { GuestShell } from '../remote/guest-shell.js';
import { UserError } from '../host/user-error.js';
import type { OnFinding } from '../console/console.js';
import { MachineFailure, type Machine, type SavedBoot } from '../provider/machine.js';
import type { Backend } from './backend-interface.js';
import type { ReadyMachine } from './context.js';

/** What a machine is started with. */
export interface Starting {
  name: string;
  /** runs/<id> */
  folder: string;
  /** Seconds. */
  bootDeadline: number;
  /** Seconds. */
  commandTimeout: number;
  backend: Backend;
  journal: RunJournal;
  signal: AbortSignal;
  /** Receives each machine as soon as there is something to destroy. */
  started: Machine[];
  onProgress: (message: string) => void;
  onFinding: OnFinding;
}

/** Seconds until SSH answers in a machine that was not booted; on a busy two-core host 14 were seen. */
const RESTORED_SECONDS = 60;

/**
 * Starts a machine, from what was saved if that is given. A snapshot that does not start is forgotten, and the machine boots: the
 * fault is the host's, not a kernel's, so it is told and tried another way.
 * @throws UserError for what another way would not mend; MachineFailure with the end of the console; the signal's reason.
 */
export async function startMachine(starting: Starting, saved: SavedBoot | null): Promise<ReadyMachine> {
  if (saved === null) return begin(starting, null);
  const { name, backend, journal, signal, started } = starting;
  try {
    return await begin(starting, saved);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    backend.provider.forget?.(saved);
    await destroyAll(started, journal, 'its snapshot did not start');
    const reason = excerpt(redact(error instanceof Error ? error.message : String(error)));
    journal.append({ kind: 'retried', what: `${name}: snapshot ${saved.key}, booting for real`, attempt: 1, reason });
    return begin(starting, null);
  }
}

/** Destroys every machine, whatever becomes of one. @throws the first failure. */
export async function destroyAll(machines: Machine[], journal: RunJournal, reason: string): Promise<void> {
  const failures: unknown[] = [];
  for (const machine of machines.splice(0)) {
    try {
      await machine.destroy();
      journal.append({ kind: 'machine.stopped', machine: machine.name, reason });
    } catch (error) {
      // A full disk, or a machine that will not go, must not leave the others running.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function begin(starting: Starting, saved: SavedBoot | null): Promise<ReadyMachine> {
  const { name, backend, journal, signal, onFinding } = starting;
  const { provider, guest } = backend;
  const begun = performance.now();
  const folder = join(starting.folder, 'machines', name);
  const machine = await (saved !== null && provider.restore
    ? provider.restore(name, folder, saved, signal, onFinding)
    : provider.start(name, folder, signal, onFinding));
  starting.started.push(machine);
  const deadline = saved === null ? starting.bootDeadline : Math.min(starting.bootDeadline, RESTORED_SECONDS);
  try {
    const session = await connectBooting(machine, new BootDeadline(machine, deadline, 0), signal);
    machine.watch?.booted();
    journal.append({
      kind: 'machine.started',
      machine: name,
      ...machine.facts,
      console: machine.console && relative(starting.folder, machine.console.file),
      seconds: (performance.now() - begun) / 1000,
    });
    const shell = new GuestShell(session, journal, null, starting.commandTimeout);
    await guest.provision?.(shell, (message) => starting.onProgress(`${name}: ${message}`));
    return { machine, shell, saved };
  } catch (error) {
    machine.watch?.settle();
    if (signal.aborted || error instanceof MachineFailure || error instanceof UserError) throw error;
    // The row that waits for this machine has no other way to its console.
    const { console: log } = machine;
    const message = (error as Error).message.replace(`${name}: `, '');
    const where = log ? `\nconsole: ${log.file}` : '';
    throw new MachineFailure(name, `${message}${where}`, log?.tail(40) ?? []);
  }
}
