import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelRow, Plan } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { GuestShell } from '../guest/guest-shell.js';
import { MachineFailure, type Machine } from '../machine/machine.js';
import { NoKernel } from '../machine/no-kernel.js';
import { prepareBackend, startOrder, type Backend } from './backend.js';
import { affordableJobs, availableMemoryMib, fitToHost } from './host-limits.js';
import type { RunObserver } from './observer.js';
import { refuseRow, runRow, type MachineSource, type ReadyMachine } from './row.js';

/** What one run is given. */
export interface MatrixInput {
  run: string;
  /** runs/<id> */
  folder: string;
  plan: Plan;
  /** Rows still to be done: all of them, or what a resumed run has left. */
  rows: KernelRow[];
  /** The run does a part of a larger matrix, of which other parts may have what this one lacks. */
  shard?: boolean;
  /** Leave the machines running at the end. */
  keep: boolean;
  /** Where a row's slice of the console goes. */
  consoleFile(kernel: string): string;
}

/** What a finished run leaves behind beside its journal. */
export interface MatrixResult {
  /** How to reach and remove the machines that were kept. */
  kept: string[];
}

/**
 * Runs the rows: a worker a job, each with one machine that is rebooted from kernel to kernel. A row that fails costs
 * its worker the machine, and the next row gets a fresh one.
 * @param prepare makes the provider and the guest; another one serves to see what cannot happen on demand.
 * @throws the signal's reason if the run is cancelled (machines are gone by then), UserError if it cannot start.
 */
export async function runMatrix(
  asked: MatrixInput,
  journal: JournalWriter,
  observer: RunObserver,
  signal: AbortSignal,
  prepare: typeof prepareBackend = prepareBackend,
): Promise<MatrixResult> {
  const started = performance.now();
  const available = availableMemoryMib();
  const { plan, changes } = fitToHost(asked.plan, { cpus: cpus().length, availableMib: available });
  const input = { ...asked, plan };
  for (const message of changes) observer.progress({ kernel: null, phase: 'artifacts', message });
  const { jobs, reduced } = affordableJobs(input.plan, input.rows.length, available);
  if (reduced) observer.progress({ kernel: null, phase: 'artifacts', message: reduced });
  const finish = () => journal.append({ kind: 'run.finished', seconds: (performance.now() - started) / 1000 });
  let backend: Backend;
  try {
    const prepared = { plan: { ...plan, kernels: input.rows }, run: input.run, keepable: input.keep };
    backend = await prepare(prepared, journal, observer, signal);
  } catch (error) {
    // Where the whole matrix runs in one place, such rows end like this beside those that can be had.
    if (!input.shard || !(error instanceof NoKernel)) throw error;
    for (const row of input.rows) refuseRow(row, error.missing.get(row.name) ?? error, journal);
    finish();
    return { kept: [] };
  }
  const queue = startOrder(input.rows);
  const kept: string[] = [];
  // One worker that breaks must not leave the others at work unseen.
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  const workers = Array.from({ length: jobs }, async (_, index) => {
    try {
      kept.push(...(await work(queue, index, input, backend, journal, observer, stop)));
    } catch (error) {
      broken.abort(error);
      throw error;
    }
  });
  const ends = await Promise.allSettled(workers);
  signal.throwIfAborted();
  if (broken.signal.aborted) throw broken.signal.reason;
  void ends;
  finish();
  return { kept };
}

async function work(
  queue: KernelRow[],
  index: number,
  input: MatrixInput,
  backend: Backend,
  journal: JournalWriter,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<string[]> {
  let ready: ReadyMachine | null = null;
  const started: Machine[] = [];
  let count = 0;
  const source = (): MachineSource => {
    const own = ready;
    if (own) return { name: own.machine.name, start: () => Promise.resolve(own) };
    // A name nobody has had: a resumed run must not add to a console that shows the end of another machine.
    let name: string;
    do {
      count += 1;
      name = count === 1 ? `m${index + 1}` : `m${index + 1}-${count}`;
    } while (existsSync(join(input.folder, 'machines', name)));
    const onProgress = (message: string) => observer.progress({ kernel: null, phase: 'machine', message });
    const onStarted = (machine: Machine) => started.push(machine);
    return { name, start: () => startMachine(name, input, backend, journal, signal, onStarted, onProgress) };
  };
  try {
    // Two machines that start in the same second compete for the same cores; the first gets ahead.
    if (index > 0) await sleep(1000 * index, undefined, { signal });
    for (let row = queue.shift(); row; row = queue.shift()) {
      const missing = backend.missing.get(row.name);
      if (missing) {
        refuseRow(row, missing, journal);
        continue;
      }
      ready = await runRow(row, source(), {
        run: input.run,
        plan: input.plan,
        backend,
        journal,
        observer,
        signal,
        consoleFile: input.consoleFile(row.name),
      });
      // The last machine of a run that is to be looked at is worth most when its row has failed.
      if (!ready && !(input.keep && queue.length === 0)) await destroyAll(started, journal, 'the row failed');
    }
    if (!input.keep) return [];
    ready?.shell.session.close();
    return started.splice(0).map((machine) => machine.keep());
  } finally {
    ready?.shell.session.close();
    await destroyAll(started, journal, signal.aborted ? 'the run was stopped' : 'its work is done');
  }
}

async function destroyAll(machines: Machine[], journal: JournalWriter, reason: string): Promise<void> {
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

async function startMachine(
  name: string,
  input: MatrixInput,
  backend: Backend,
  journal: JournalWriter,
  signal: AbortSignal,
  onStarted: (machine: Machine) => void,
  onProgress: (message: string) => void,
): Promise<ReadyMachine> {
  const begun = performance.now();
  const { plan } = input;
  const machine = await backend.provider.start(name, join(input.folder, 'machines', name), signal);
  onStarted(machine);
  try {
    const session = await machine.connect(plan.timeouts.boot, signal);
    journal.append({
      kind: 'machine.started',
      machine: name,
      ...machine.facts,
      console: machine.console && relative(input.folder, machine.console.file),
      seconds: (performance.now() - begun) / 1000,
    });
    const shell = new GuestShell(session, journal, null, plan.timeouts.command);
    await backend.guest.provision?.(shell, (message) => onProgress(`${name}: ${message}`));
    return { machine, shell };
  } catch (error) {
    if (signal.aborted || error instanceof MachineFailure) throw error;
    // The row that waits for this machine has no other way to its console.
    const { console: log } = machine;
    const where = log ? `\nconsole: ${log.file}` : '';
    throw new MachineFailure(name, `${(error as Error).message}${where}`, log?.tail(40) ?? []);
  }
}
