import { append } from '../base/lists.js';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelRow, Plan } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { GuestShell } from '../remote/guest-shell.js';
import type { OnFinding } from '../console/console.js';
import type { Machine, SavedBoot } from '../provider/machine.js';
import { NoKernel } from '../kernel/no-kernel.js';
import { prepareBackend, type Backend } from './backend.js';
import { affordableJobs, fitToHost, hostSize, type HostSize } from './host-limits.js';
import type { RunObserver } from './observer.js';
import { refuseRow, runRow, type MachineSource, type ReadyMachine } from './row.js';
import { destroyAll, startMachine, type Starting } from './start-machine.js';
import type { PastRow } from './schedule/past.js';
import { describeSchedule, schedule } from './schedule/schedule.js';

/** What one run is given. */
export interface MatrixInput {
  run: string;
  /** runs/<id> */
  folder: string;
  plan: Plan;
  /** Rows still to be done: all of them, or what a resumed run has left. */
  rows: KernelRow[];
  /** What rows took in earlier runs, newest first. */
  past?: readonly PastRow[];
  /** Another host than this one serves for tests. */
  host?: HostSize;
  /** Boot every kernel for real, and save nothing for later runs. */
  fresh?: boolean;
  /** Leave the machines running at the end. */
  keep: boolean;
  /** Where in the folder a row's slice of the console goes. */
  consoleFile(kernel: string): string;
}

/** What a finished run leaves behind beside its journal. */
export interface MatrixResult {
  /** How to reach and remove the machines that were kept. */
  kept: string[];
}

/**
 * Runs the rows, the longest first: a worker a job, each with one machine that is rebooted from kernel to kernel. A row that
 * fails costs its worker the machine, and the next row gets a fresh one.
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
  const host = asked.host ?? hostSize();
  const { plan, changes } = fitToHost(asked.plan, host);
  const input = { ...asked, plan };
  for (const message of changes) observer.progress({ kernel: null, phase: 'artifacts', message });
  const { jobs, reduced } = affordableJobs(input.plan, input.rows.length, host);
  if (reduced) observer.progress({ kernel: null, phase: 'artifacts', message: reduced });
  const finish = () => journal.append({ kind: 'run.finished', seconds: (performance.now() - started) / 1000 });
  let backend: Backend;
  try {
    const prepared = { plan: { ...plan, kernels: input.rows }, run: input.run, keepable: input.keep };
    backend = await prepare(prepared, journal, observer, signal);
  } catch (error) {
    // Rows whose kernel cannot be had end like this beside those that can be, and so where none can be.
    if (!(error instanceof NoKernel)) throw error;
    for (const row of input.rows) refuseRow(row, error.missing.get(row.name) ?? error, journal);
    finish();
    return { kept: [] };
  }
  const order = schedule(input.rows, {
    machines: jobs,
    cycles: plan.sequence.cycles,
    past: input.past ?? [],
    accelerator: backend.accelerator,
  });
  observer.progress({ kernel: null, phase: 'machine', message: describeSchedule(order) });
  const queue = order.rows;
  const kept: string[] = [];
  // One worker that breaks must not leave the others at work unseen.
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  const workers = Array.from({ length: jobs }, async (_, index) => {
    try {
      append(kept, await work(queue, index, input, backend, journal, observer, stop, (error) => broken.abort(error)));
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
  onBroken: (error: unknown) => void,
): Promise<string[]> {
  let ready: ReadyMachine | null = null;
  const started: Machine[] = [];
  /** The row at work, whose kernel it is that speaks. */
  let kernel: string | null = null;
  let count = 0;
  const source = (saved: SavedBoot | null): MachineSource => {
    const own = ready;
    if (own) return { name: own.machine.name, start: () => Promise.resolve(own) };
    // A name nobody has had: a resumed run must not add to a console that shows the end of another machine.
    let name: string;
    do {
      count += 1;
      name = count === 1 ? `m${index + 1}` : `m${index + 1}-${count}`;
    } while (existsSync(join(input.folder, 'machines', name)));
    const onFinding: OnFinding = (finding) => {
      try {
        journal.append({ kind: 'console.found', machine: name, kernel, ...finding });
      } catch (error) {
        // It is told by a timer, where nobody would catch it.
        onBroken(error);
      }
    };
    const starting: Starting = {
      name,
      folder: input.folder,
      bootDeadline: input.plan.timeouts.boot,
      commandTimeout: input.plan.timeouts.command,
      backend,
      journal,
      signal,
      started,
      onProgress: (message) => observer.progress({ kernel: null, phase: 'machine', message }),
      onFinding,
    };
    return { name, start: () => startMachine(starting, saved) };
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
      kernel = row.name;
      const saved = input.fresh ? null : (backend.provider.saved?.(row.name) ?? null);
      if (saved !== null && ready) {
        ready.shell.session.close();
        ready = null;
        await destroyAll(started, journal, 'the next kernel starts from a snapshot');
      } else if (ready) {
        ready = await giveBack(ready, input, backend, journal, signal);
        if (!ready) await destroyAll(started, journal, 'it was lost after its row');
      }
      ready = await runRow(row, source(saved), {
        run: input.run,
        plan: input.plan,
        backend,
        journal,
        observer,
        signal,
        saving: !input.fresh,
        folder: input.folder,
        consoleFile: input.consoleFile(row.name),
      });
      kernel = null;
      // The last machine of a run that is to be looked at is worth most when its row has failed.
      if (!ready && !(input.keep && queue.length === 0)) await destroyAll(started, journal, 'the row failed');
    }
    if (!input.keep) return [];
    if (ready) ready = await giveBack(ready, input, backend, journal, signal);
    ready?.shell.session.close();
    return started.splice(0).map((machine) => machine.keep());
  } finally {
    ready?.shell.session.close();
    await destroyAll(started, journal, signal.aborted ? 'the run was stopped' : 'its work is done');
  }
}

/** @returns the machine, or null if it did not live through that. */
async function giveBack(
  ready: ReadyMachine,
  { plan }: MatrixInput,
  backend: Backend,
  journal: JournalWriter,
  signal: AbortSignal,
): Promise<ReadyMachine | null> {
  const { session } = ready.shell;
  try {
    await backend.guest.giveBack?.(new GuestShell(session, journal, null, plan.timeouts.command));
    return ready;
  } catch (error) {
    session.close();
    if (signal.aborted) throw error;
    return null;
  }
}
