import { setTimeout as sleep } from 'node:timers/promises';
import { excerpt, REASON } from '../base/text/excerpt.js';
import type { KernelRow, Plan } from '../config/plan.js';
import { redact } from '../host/redact.js';
import { writeInside } from '../host/write-file.js';
import { type Phase, PHASES } from '../journal/events.js';
import { JournalWriteError, type JournalWriter } from '../journal/writer.js';
import { proveSaved, rebootAndProve, selectKernel, type BootTarget } from '../guest/boot.js';
import type { GuestShell } from '../remote/guest-shell.js';
import { findingsIn } from '../console/reader.js';
import { MachineFailure, signsOfLife, type Machine, type SavedBoot } from '../provider/machine.js';
import { CommandTimeout, ConnectionLost } from '../remote/session.js';
import { hierarchyOf } from '../scenario/cgroup-slots/hierarchy.js';
import { runSequence, type InPhase } from '../scenario/cgroup-slots/sequence.js';
import type { Backend } from './backend.js';
import type { RunObserver } from './observer.js';

/** A machine that has booted and can be given rows. */
export interface ReadyMachine {
  machine: Machine;
  shell: GuestShell;
  /** It was not booted but started from this; null once it has been rebooted. */
  saved: SavedBoot | null;
}

/** Where a row's machine comes from: the worker's own, or a fresh one under this name. */
export interface MachineSource {
  name: string;
  start(): Promise<ReadyMachine>;
}

/** What running a row needs beside the row. */
export interface RowContext {
  run: string;
  plan: Plan;
  backend: Backend;
  journal: JournalWriter;
  observer: RunObserver;
  signal: AbortSignal;
  /** Machines are saved for later runs. */
  saving: boolean;
  /** Folder of the run, and where in it this row's slice of the console goes. */
  folder: string;
  consoleFile: string;
}

/** Ends a row whose kernel cannot be had, at no machine's cost. */
export function refuseRow(row: KernelRow, reason: Error, journal: JournalWriter): void {
  journal.append({
    kind: 'row.finished',
    kernel: row.name,
    outcome: 'failed',
    phase: 'machine',
    reason: excerpt(redact(reason.message)),
    consoleTail: null,
    seconds: 0,
  });
}

/**
 * Takes a row through selection, boot and sequence, and writes its end into the journal whatever happens; only a
 * cancelled run leaves the row open, to be resumed.
 * @returns the shell to go on with, or null if the machine can no longer be trusted.
 */
export async function runRow(row: KernelRow, source: MachineSource, context: RowContext): Promise<ReadyMachine | null> {
  const { journal, signal, backend, plan, run } = context;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let phase: Phase = 'machine';
  let ready: ReadyMachine | null = null;
  let consoleFrom = 0;
  /** How far the phase is, where it tells: `31500 directories made`. */
  let howFar: string | null = null;
  const inPhase: InPhase = async (name, step) => {
    phase = name;
    howFar = null;
    if (ready) ready.shell.phase = name;
    const begun = performance.now();
    journal.append({ kind: 'phase.started', kernel: row.name, phase: name });
    const result = await step();
    journal.append({
      kind: 'phase.finished',
      kernel: row.name,
      phase: name,
      seconds: (performance.now() - begun) / 1000,
    });
    return result;
  };
  journal.append({ kind: 'row.started', kernel: row.name, machine: source.name });
  try {
    const target = backend.targets.get(row.name);
    if (!target) throw new Error(`no kernel for row ${row.name}`);
    const own = await inPhase('machine', () => source.start());
    own.shell = own.shell.forRow(row.name);
    ready = own;
    const { machine } = own;
    consoleFrom = machine.console?.size() ?? 0;
    const { saved } = own;
    const { bootLoader, saving, prepare } = backend.guest;
    if (saved !== null && saving) {
      const { setClock } = saving;
      await inPhase('boot', () => proveSaved(own.shell, bootLoader, target, saved, { journal, setClock }));
    } else {
      await inPhase('select', () => selectKernel(own.shell, bootLoader, target, journal));
      own.shell = await inPhase('boot', () =>
        rebootAndProve(own.shell, bootLoader, target, {
          machine,
          journal,
          deadline: plan.timeouts.boot,
          commandTimeout: plan.timeouts.command,
          signal,
        }),
      );
    }
    await inPhase('prepare', async () => {
      await prepare(own.shell);
      if (saved === null && context.saving) await saveMachine(own, target, context);
    });
    // Whatever it is given next it has to boot.
    own.saved = null;
    await runSequence(
      {
        run,
        kernel: row.name,
        hierarchy: hierarchyOf(row.cgroup),
        sequence: plan.sequence,
        docker: plan.docker,
        timeouts: plan.timeouts,
        shell: own.shell,
        journal,
        menu: backend.guest.bootLoader.menu,
        cycled: (cycle) => (howFar = `${cycle} of ${plan.sequence.cycles} cycles`),
        progress: (at, message, done, total) => {
          if (at === 'case2' || at === 'case3') howFar ??= `0 of ${plan.sequence.cycles} cycles`;
          else if (done !== undefined) howFar = `${done} ${message}`;
          context.observer.progress({
            kernel: row.name,
            phase: at,
            message,
            ...(done === undefined ? {} : { done }),
            ...(total === undefined ? {} : { total }),
          });
        },
      },
      inPhase,
    );
    if (machine.console === null) await readKernelLog(row.name, own, journal);
    machine.watch?.settle();
    saveConsole(machine, consoleFrom, context);
    journal.append({
      kind: 'row.finished',
      kernel: row.name,
      outcome: 'measured',
      phase: null,
      reason: null,
      consoleTail: null,
      seconds: seconds(),
    });
    return own;
  } catch (error) {
    const machine = ready?.machine ?? null;
    ready?.shell.session.close();
    // Nothing can be said of this row any more: it stays open, to be done again by a resumed run.
    if (error instanceof JournalWriteError) throw error;
    if (machine && error instanceof ConnectionLost && !signal.aborted) await deathOf(machine);
    machine?.watch?.settle();
    if (machine) saveConsole(machine, consoleFrom, context);
    if (signal.aborted) throw signal.reason;
    const failure = machineFailureOf(error, machine);
    journal.append({
      kind: 'row.finished',
      kernel: row.name,
      outcome: 'failed',
      phase,
      reason: await reasonOf(error, failure, machine, { phase, howFar }),
      consoleTail: failure?.tail ?? machine?.console?.tail(40) ?? null,
      seconds: seconds(),
    });
    return null;
  }
}

/**
 * Saves a machine that has booted a row's kernel and whose Docker answers, so that a later run need not do that again. What goes
 * wrong costs this run nothing, as long as the machine lives.
 */
async function saveMachine(own: ReadyMachine, target: BootTarget, context: RowContext): Promise<void> {
  const { backend, journal, observer, signal } = context;
  const { saving } = backend.guest;
  if (!saving || !backend.provider.save) return;
  const { machine, shell } = own;
  const started = performance.now();
  const bootId = (await shell.must('cat /proc/sys/kernel/random/boot_id')).stdout.trim();
  await shell.must(saving.before);
  let saved: SavedBoot | null = null;
  try {
    const { kernel, release, entry } = target;
    saved = await backend.provider.save(machine, kernel, { release, entry, bootId });
  } catch (error) {
    signal.throwIfAborted();
    if (machine.failure.aborted) throw machine.failure.reason;
    const message = `not saved for later runs: ${(error as Error).message}`;
    observer.progress({ kernel: target.kernel, phase: 'prepare', message });
  }
  await shell.must(saving.after);
  if (saved === null) return;
  const seconds = (performance.now() - started) / 1000;
  journal.append({ kind: 'machine.saved', machine: machine.name, kernel: target.kernel, key: saved.key, seconds });
}

/** Seconds between the end of a connection and the news of what ended it: QEMU's exit, or a panic on its way through the console. */
const NEWS_SECONDS = 1;

/** Waits for the news that a machine has died, as long as it may be on its way. */
async function deathOf({ failure }: Machine): Promise<void> {
  await sleep(NEWS_SECONDS * 1000, undefined, { signal: failure }).catch(() => undefined);
}

/** A command that lost its connection because the machine died is told as the machine's death. */
function machineFailureOf(error: unknown, machine: Machine | null): MachineFailure | null {
  if (error instanceof MachineFailure) return error;
  const reason: unknown = machine?.failure.aborted ? machine.failure.reason : null;
  return reason instanceof MachineFailure ? reason : null;
}

/** Why a row failed: what happened, whether the guest still lives, how far it was. */
async function reasonOf(
  error: unknown,
  failure: MachineFailure | null,
  machine: Machine | null,
  { phase, howFar }: { phase: Phase; howFar: string | null },
): Promise<string> {
  const said = failure?.message ?? (error instanceof Error ? error.message : String(error));
  let message = excerpt(redact(said), REASON, 'its transcript has all that was said');
  const unanswered = error instanceof ConnectionLost || error instanceof CommandTimeout;
  if (failure === null && machine && unanswered) {
    const life = await signsOfLife(machine);
    if (life !== '') message += ` (${life})`;
  }
  if (PHASES.indexOf(phase) >= PHASES.indexOf('clean')) {
    const where = `in ${phase}${howFar === null ? '' : ` after ${howFar}`}; facts so far are kept`;
    const lost = failure === null && error instanceof ConnectionLost;
    message = lost ? `the session was lost ${where}: ${message}` : `${message} (${where})`;
  }
  return machine?.console ? `${message}\nconsole: ${machine.console.file}` : message;
}

/** Where there is no console, the kernel's own log has what it said since it booted. It is no part of the measurement. */
async function readKernelLog(kernel: string, { machine, shell }: ReadyMachine, journal: JournalWriter): Promise<void> {
  const log = await shell.run('dmesg -l emerg,alert,crit,err,warn -x');
  if (log.code !== 0) return;
  for (const finding of findingsIn(log.stdout)) {
    journal.append({ kind: 'console.found', machine: machine.name, kernel, ...finding, offset: null });
  }
}

function saveConsole(machine: Machine, from: number, { folder, consoleFile }: RowContext): void {
  if (!machine.console) return;
  writeInside(folder, consoleFile, Buffer.from(machine.console.since(from), 'latin1'));
}
