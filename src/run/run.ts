import type { RunJournal } from '../run-events/events.js';
import { NoKernel } from '../kernel/no-kernel.js';
import type { Backend } from './backend-interface.js';
import { prepareBackend } from './backend.js';
import { hostSize } from '../provider/host-size.js';
import { affordableJobs, fitToHost } from './host-limits.js';
import type { RunObserver } from './observer.js';
import type { MatrixInput } from './input.js';
import { refuseRow } from './row.js';
import { Worker, type Shared } from './worker.js';
import { describeSchedule, schedule } from './schedule/schedule.js';

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
  journal: RunJournal,
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
    // Rows whose kernel cannot be obtained end like this beside those that can be, and so where none can be.
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
  const kept = await runWorkers(jobs, { input, backend, journal, observer, signal, queue: order.rows });
  finish();
  return { kept };
}

/**
 * Lets workers take rows side by side. One that breaks must not leave the others at work unseen: it stops them all.
 * @returns how to reach and remove the machines that were kept.
 * @throws the signal's reason if the run was cancelled, else what broke a worker; every machine is gone by then.
 */
async function runWorkers(jobs: number, shared: Omit<Shared, 'onBroken'>): Promise<string[]> {
  const broken = new AbortController();
  const signal = AbortSignal.any([shared.signal, broken.signal]);
  const onBroken = (error: unknown) => broken.abort(error);
  const workers = Array.from({ length: jobs }, (_, index) => {
    const work = new Worker(index, { ...shared, signal, onBroken }).work();
    work.catch(onBroken);
    return work;
  });
  const ends = await Promise.allSettled(workers);
  shared.signal.throwIfAborted();
  if (broken.signal.aborted) throw broken.signal.reason;
  return ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []));
}
