import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KernelRow, Plan } from '../config/plan.js';
import type { Phase } from '../journal/events.js';
import { JournalWriteError, type JournalWriter } from '../journal/writer.js';
import { rebootAndProve, selectKernel } from '../guest/boot.js';
import type { GuestShell } from '../guest/guest-shell.js';
import { MachineFailure, type Machine } from '../machine/machine.js';
import { hierarchyOf } from '../sequence/hierarchy.js';
import { runSequence, type InPhase } from '../sequence/sequence.js';
import type { Backend } from './backend.js';
import type { RunObserver } from './observer.js';

/** A machine that has booted and can be given rows. */
export interface ReadyMachine {
  machine: Machine;
  shell: GuestShell;
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
  /** Where this row's slice of the console goes. */
  consoleFile: string;
}

/** Ends a row whose kernel cannot be had, at no machine's cost. */
export function refuseRow(row: KernelRow, reason: Error, journal: JournalWriter): void {
  journal.append({
    kind: 'row.finished',
    kernel: row.name,
    outcome: 'failed',
    phase: 'machine',
    reason: reason.message,
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
  const inPhase: InPhase = async (name, step) => {
    phase = name;
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
    await inPhase('select', () => selectKernel(own.shell, backend.guest.bootLoader, target, journal));
    own.shell = await inPhase('boot', () =>
      rebootAndProve(own.shell, backend.guest.bootLoader, target, {
        machine,
        journal,
        deadline: plan.timeouts.boot,
        commandTimeout: plan.timeouts.command,
        signal,
      }),
    );
    await inPhase('prepare', () => backend.guest.prepare(own.shell));
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
        progress: (at, message, done, total) =>
          context.observer.progress({
            kernel: row.name,
            phase: at,
            message,
            ...(done === undefined ? {} : { done }),
            ...(total === undefined ? {} : { total }),
          }),
      },
      inPhase,
    );
    saveConsole(machine, consoleFrom, context.consoleFile);
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
    if (machine) saveConsole(machine, consoleFrom, context.consoleFile);
    if (signal.aborted) throw signal.reason;
    const failure = machineFailureOf(error, machine);
    journal.append({
      kind: 'row.finished',
      kernel: row.name,
      outcome: 'failed',
      phase,
      reason: reasonOf(error, failure, machine),
      consoleTail: failure?.tail ?? machine?.console?.tail(40) ?? null,
      seconds: seconds(),
    });
    return null;
  }
}

/** A command that lost its connection because the machine died is told as the machine's death. */
function machineFailureOf(error: unknown, machine: Machine | null): MachineFailure | null {
  if (error instanceof MachineFailure) return error;
  const reason: unknown = machine?.failure.aborted ? machine.failure.reason : null;
  return reason instanceof MachineFailure ? reason : null;
}

function reasonOf(error: unknown, failure: MachineFailure | null, machine: Machine | null): string {
  const message = failure?.message ?? (error instanceof Error ? error.message : String(error));
  return machine?.console ? `${message}\nconsole: ${machine.console.file}` : message;
}

function saveConsole(machine: Machine, from: number, file: string): void {
  if (!machine.console) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, machine.console.since(from), 'latin1');
}
