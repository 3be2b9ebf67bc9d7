/** One row: from its kernel's selection through its scenarios to its end in the journal. */
import { excerpt } from '../base/text/excerpt.js';
import type { KernelRow } from '../config/plan.js';
import { findingsIn } from '../console/reader.js';
import { proveSaved, rebootAndProve, selectKernel, type BootTarget } from '../guest/boot.js';
import { redact } from '../host/redact.js';
import { writeInside } from '../host/write-file.js';
import { JournalWriteError } from '../journal/writer.js';
import type { Machine } from '../provider/machine.js';
import { ConnectionLost } from '../remote/session.js';
import type { RunJournal } from '../run-events/events.js';
import { runtimeOf } from '../runtime/index.js';
import { scenariosOf } from '../scenario/index.js';
import type { MachineSource, ReadyMachine, RowContext } from './context.js';
import { Phases } from './phases.js';
import { saveMachine } from './save-machine.js';
import { awaitNews, whyFailed } from './why-failed.js';

/** Ends a row whose kernel cannot be obtained, at no machine's cost. */
export function refuseRow(row: KernelRow, reason: Error, journal: RunJournal): void {
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
 * Takes a row through selection, boot and scenarios, and records its end whatever happens; only a cancelled run leaves the row
 * open, to be resumed.
 * @returns the machine to go on with, or null if it can no longer be trusted.
 */
export async function runRow(row: KernelRow, source: MachineSource, context: RowContext): Promise<ReadyMachine | null> {
  const attempt = new Attempt(row, context);
  context.journal.append({ kind: 'row.started', kernel: row.name, machine: source.name });
  try {
    const own = await attempt.take(source);
    await attempt.boot(own);
    await attempt.prepare(own);
    await attempt.measure(own);
    await attempt.succeed(own);
    return own;
  } catch (error) {
    await attempt.fail(error);
    return null;
  }
}

/** One attempt at a row. */
class Attempt {
  private readonly begun = performance.now();
  private readonly phases: Phases;
  private machine: ReadyMachine | null = null;
  /** Length of the machine's console when the row began. */
  private consoleFrom = 0;

  constructor(
    private readonly row: KernelRow,
    private readonly context: RowContext,
  ) {
    this.phases = new Phases(row.name, context.journal);
    this.phases.onBegin = (phase) => {
      if (this.machine) this.machine.shell.phase = phase;
    };
  }

  async take(source: MachineSource): Promise<ReadyMachine> {
    const own = await this.phases.run('machine', () => source.start());
    own.shell = own.shell.forRow(this.row.name);
    this.machine = own;
    this.consoleFrom = own.machine.console?.size() ?? 0;
    return own;
  }

  /** Boots the row's kernel, or proves that the saved machine runs it. */
  async boot(own: ReadyMachine): Promise<void> {
    const { backend, journal, plan, signal } = this.context;
    const { bootLoader, saving } = backend.guest;
    const target = this.target();
    const { saved } = own;
    if (saved !== null && saving) {
      const { setClock } = saving;
      await this.phases.run('boot', () => proveSaved(own.shell, bootLoader, target, saved, { journal, setClock }));
      return;
    }
    await this.phases.run('select', () => selectKernel(own.shell, bootLoader, target, journal));
    const { boot: deadline, command: commandTimeout } = plan.timeouts;
    const { machine } = own;
    own.shell = await this.phases.run('boot', () =>
      rebootAndProve(own.shell, bootLoader, target, { machine, journal, deadline, commandTimeout, signal }),
    );
  }

  async prepare(own: ReadyMachine): Promise<void> {
    await this.phases.run('prepare', async () => {
      await this.context.backend.guest.prepare(own.shell);
      if (own.saved === null && this.context.saving) await saveMachine(own, this.target(), this.context);
    });
    // Whatever it is given next it has to boot.
    own.saved = null;
  }

  /** Every scenario that the plan asks for, step by step. */
  async measure(own: ReadyMachine): Promise<void> {
    const { run, plan, journal, backend, observer } = this.context;
    const { row, phases } = this;
    for (const scenario of scenariosOf(plan)) {
      const context: unknown = await scenario.begin({
        run,
        row,
        plan,
        runtime: runtimeOf(plan),
        shell: own.shell,
        journal,
        menu: backend.guest.bootLoader.menu,
        reached: (howFar) => (phases.howFar = howFar),
        progress: (message, done, total) => {
          const counted = { ...(done !== undefined && { done }), ...(total !== undefined && { total }) };
          observer.progress({ kernel: row.name, phase: phases.current, message, ...counted });
        },
      });
      for (const step of scenario.steps) await phases.run(step.phase, () => step.run(context));
    }
  }

  async succeed(own: ReadyMachine): Promise<void> {
    if (own.machine.console === null) await this.readKernelLog(own);
    this.keepConsole(own.machine);
    this.end('measured', { phase: null, reason: null, consoleTail: null });
  }

  /** @throws the error itself where nothing can be recorded any more; the signal's reason if the run was cancelled. */
  async fail(error: unknown): Promise<void> {
    const { signal } = this.context;
    const machine = this.machine?.machine ?? null;
    this.machine?.shell.session.close();
    // Nothing can be recorded of this row any more: it stays open, to be done again by a resumed run.
    if (error instanceof JournalWriteError) throw error;
    if (machine && error instanceof ConnectionLost && !signal.aborted) await awaitNews(machine);
    if (machine) this.keepConsole(machine);
    if (signal.aborted) throw signal.reason;
    const why = await whyFailed(error, machine, this.phases);
    this.end('failed', { phase: this.phases.current, ...why });
  }

  private end(
    outcome: 'measured' | 'failed',
    why: { phase: string | null; reason: string | null; consoleTail: string[] | null },
  ): void {
    const seconds = (performance.now() - this.begun) / 1000;
    this.context.journal.append({ kind: 'row.finished', kernel: this.row.name, outcome, ...why, seconds });
  }

  private target(): BootTarget {
    const target = this.context.backend.targets.get(this.row.name);
    if (target === undefined) throw new Error(`no kernel for row ${this.row.name}`);
    return target;
  }

  /** Where there is no console, the kernel's own log has what it said since it booted. It is no part of the measurement. */
  private async readKernelLog({ machine, shell }: ReadyMachine): Promise<void> {
    const log = await shell.run('dmesg -l emerg,alert,crit,err,warn -x');
    if (log.code !== 0) return;
    for (const finding of findingsIn(log.stdout)) {
      const place = { machine: machine.name, kernel: this.row.name, offset: null };
      this.context.journal.append({ kind: 'console.found', ...finding, ...place });
    }
  }

  /** Records what the console has shown to its end, and keeps the row's part of it in a file. */
  private keepConsole(machine: Machine): void {
    machine.watch?.settle();
    if (!machine.console) return;
    const { folder, consoleFile } = this.context;
    writeInside(folder, consoleFile, Buffer.from(machine.console.since(this.consoleFrom), 'latin1'));
  }
}
