/** A worker of a run: one machine at a time, and row after row. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelRow } from '../config/plan.js';
import type { ConsoleFinding } from '../console/finding.js';
import type { Machine, SavedBoot } from '../provider/machine.js';
import { GuestShell } from '../remote/guest-shell.js';
import type { RunJournal } from '../run-events/events.js';
import type { Backend } from './backend-interface.js';
import type { RunObserver } from './observer.js';
import type { MachineSource, ReadyMachine } from './context.js';
import type { MatrixInput } from './input.js';
import { refuseRow, runRow } from './row.js';
import { destroyAll, startMachine } from './start-machine.js';

/** What all workers of a run share. */
export interface Shared {
  input: MatrixInput;
  backend: Backend;
  journal: RunJournal;
  observer: RunObserver;
  /** Stops every worker. */
  signal: AbortSignal;
  /** Rows that nobody has taken yet. */
  queue: KernelRow[];
  /** Called with an error that nobody else would catch. */
  onBroken(error: unknown): void;
}

export class Worker {
  private ready: ReadyMachine | null = null;
  /** Machines that must be destroyed. */
  private readonly started: Machine[] = [];
  /** The row at work, whose kernel it is that speaks; null between rows. */
  private kernel: string | null = null;
  private machines = 0;

  /** @param index counted from 0. */
  constructor(
    private readonly index: number,
    private readonly shared: Shared,
  ) {}

  /**
   * Takes rows until none is left.
   * @returns how to reach and remove the machines that were kept.
   */
  async work(): Promise<string[]> {
    const { input, journal, signal, queue } = this.shared;
    try {
      // Two machines that start in the same second compete for the same cores; the first gets ahead.
      if (this.index > 0) await sleep(1000 * this.index, undefined, { signal });
      for (let row = queue.shift(); row; row = queue.shift()) await this.take(row);
      if (!input.keep) return [];
      await this.giveBack();
      this.ready?.shell.session.close();
      return this.started.splice(0).map((machine) => machine.keep());
    } finally {
      this.ready?.shell.session.close();
      await destroyAll(this.started, journal, signal.aborted ? 'the run was stopped' : 'its work is done');
    }
  }

  private async take(row: KernelRow): Promise<void> {
    const { input, backend, journal, observer, signal, queue } = this.shared;
    const missing = backend.missing.get(row.name);
    if (missing) {
      refuseRow(row, missing, journal);
      return;
    }
    const saved = input.fresh ? null : (backend.provider.saved?.(row.name) ?? null);
    this.kernel = row.name;
    await this.makeReadyFor(saved);
    const { run, plan, folder } = input;
    const context = { run, plan, backend, journal, observer, signal, folder };
    this.ready = await runRow(row, this.source(saved), {
      ...context,
      saving: !input.fresh,
      consoleFile: input.consoleFile(row.name),
    });
    this.kernel = null;
    // The last machine of a run that is to be looked at is worth most when its row has failed.
    const lookedAt = input.keep && queue.length === 0;
    if (!this.ready && !lookedAt) await destroyAll(this.started, journal, 'the row failed');
  }

  /** The machine of the row before serves the next one too, unless that starts from a snapshot. */
  private async makeReadyFor(saved: SavedBoot | null): Promise<void> {
    if (this.ready === null) return;
    const { journal } = this.shared;
    if (saved !== null) {
      this.ready.shell.session.close();
      this.ready = null;
      await destroyAll(this.started, journal, 'the next kernel starts from a snapshot');
      return;
    }
    await this.giveBack();
    if (this.ready === null) await destroyAll(this.started, journal, 'it was lost after its row');
  }

  /** Lets the host have the memory back that is free in the machine; a machine that does not live through that is given up. */
  private async giveBack(): Promise<void> {
    if (this.ready === null) return;
    const { input, backend, journal, signal } = this.shared;
    const { session } = this.ready.shell;
    try {
      await backend.guest.giveBack?.(new GuestShell(session, journal, null, input.plan.timeouts.command));
    } catch (error) {
      session.close();
      this.ready = null;
      if (signal.aborted) throw error;
    }
  }

  private source(saved: SavedBoot | null): MachineSource {
    const own = this.ready;
    if (own) return { name: own.machine.name, start: () => Promise.resolve(own) };
    const name = this.nextName();
    const { input, backend, journal, observer, signal } = this.shared;
    const starting = {
      name,
      folder: input.folder,
      bootDeadline: input.plan.timeouts.boot,
      commandTimeout: input.plan.timeouts.command,
      backend,
      journal,
      signal,
      started: this.started,
      onProgress: (message: string) => observer.progress({ kernel: null, phase: 'machine', message }),
      onFinding: (finding: ConsoleFinding) => this.record(name, finding),
    };
    return { name, start: () => startMachine(starting, saved) };
  }

  /** A name nobody has had: a resumed run must not add to a console that shows the end of another machine. */
  private nextName(): string {
    const base = `m${this.index + 1}`;
    for (;;) {
      this.machines += 1;
      const name = this.machines === 1 ? base : `${base}-${this.machines}`;
      if (!existsSync(join(this.shared.input.folder, 'machines', name))) return name;
    }
  }

  private record(machine: string, finding: ConsoleFinding): void {
    try {
      this.shared.journal.append({ kind: 'console.found', machine, kernel: this.kernel, ...finding });
    } catch (error) {
      // It is called by a timer, where nobody would catch it.
      this.shared.onBroken(error);
    }
  }
}
