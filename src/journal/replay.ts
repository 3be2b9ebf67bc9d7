/**
 * Replay: folds a journal's events into the facts of a run, one row per kernel of the plan. Pure; no judgement is made
 * here. Facts are the events themselves within bounds, so each keeps its `seq`.
 */
import { UserError } from '../host/user-error.js';
import { bounded } from './bounds.js';
import { CommandCollector, shareOfRow } from './command-facts.js';
import type { JournalEvent } from './events.js';
import { emptyFacts, emptyRow, MOST_FINDINGS, type ChurnFacts, type RowFacts, type RunFacts } from './facts.js';
import { JournalError, readEvents, RESTORE, type JournalEnd } from './read.js';

export type { ChurnFacts, PhaseFact, RowFacts, RunFacts } from './facts.js';

/**
 * Folds events into facts.
 * @param file name used in errors; `seq` is the line number of a journal that was read whole.
 * @throws JournalError if the journal is empty or tells what no run can have done: it does not begin with run.started, starts
 * twice, names a kernel that its plan has not, or has events in an order they cannot have come in.
 */
export function replay(events: Iterable<JournalEvent>, file = 'journal.jsonl'): RunFacts {
  let fold: Fold | null = null;
  for (const event of events) {
    if (fold === null) fold = new Fold(event, file);
    else fold.apply(event);
  }
  return factsOf(fold, file);
}

/** As {@link replay}, of a journal on disk, piece by piece. @throws the error of node:fs too, if it cannot be read. */
export async function replayFile(file: string): Promise<{ facts: RunFacts; torn: JournalEnd['torn'] }> {
  let fold: Fold | null = null;
  let torn: JournalEnd['torn'] = null;
  for await (const event of readEvents(file, (end) => (torn = end.torn))) {
    if (fold === null) fold = new Fold(event, file);
    else fold.apply(event);
  }
  return { facts: factsOf(fold, file), torn };
}

/** The facts of a journal on disk; null if it is damaged or cannot be opened, for readers to whom that is nothing to speak of. */
export async function factsOrNull(file: string): Promise<RunFacts | null> {
  try {
    return (await replayFile(file)).facts;
  } catch (error) {
    const unreadable = error instanceof JournalError || error instanceof UserError;
    if (unreadable || (error as NodeJS.ErrnoException).code !== undefined) return null;
    throw error;
  }
}

function factsOf(fold: Fold | null, file: string): RunFacts {
  if (fold !== null) return fold.end();
  throw new JournalError(file, 1, 'the journal holds no event', 'the run ended before it began: start it again');
}

/** The state of a fold: the rows so far, which machines are up and which row each of them works on. */
class Fold {
  private readonly rows = new Map<string, RowFacts>();
  private readonly machines = new Map<string, JournalEvent<'machine.started'>>();
  private readonly openRows = new Map<string, RowFacts>();
  private readonly fetched = new Map<string, JournalEvent<'artifact.fetched'>>();
  private readonly collectors = new WeakMap<RowFacts | RunFacts, CommandCollector>();
  /** Console findings of each class of a row. */
  private readonly found = new WeakMap<RowFacts, Map<string, number>>();

  private readonly facts: RunFacts;

  constructor(
    first: JournalEvent,
    private readonly file: string,
  ) {
    if (first.kind !== 'run.started') throw this.damage(first, `begins with ${first.kind}, not run.started`);
    this.facts = emptyFacts(first);
    for (const kernel of first.plan.kernels) {
      if (this.rows.has(kernel.name))
        throw this.damage(first, `its plan has kernel ${JSON.stringify(kernel.name)} twice`);
      this.rows.set(kernel.name, emptyRow(kernel));
    }
    const { shard } = this.facts;
    if (shard !== null && shard.index > shard.total) {
      throw this.damage(first, `it is shard ${shard.index} of ${shard.total}`);
    }
  }

  /** The facts, once every event is applied. */
  end(): RunFacts {
    const fetched = [...this.fetched.values()];
    return { ...this.facts, fetched, rows: this.facts.plan.kernels.map(({ name }) => this.rows.get(name)!) };
  }

  private damage(event: JournalEvent, problem: string): JournalError {
    return new JournalError(this.file, event.seq, problem, RESTORE);
  }

  private row(event: JournalEvent & { kernel: string }): RowFacts {
    const row = this.rows.get(event.kernel);
    if (row !== undefined) return row;
    throw this.damage(event, `names kernel ${JSON.stringify(event.kernel)}, which the plan in run.started has not`);
  }

  apply(whole: JournalEvent): void {
    // A command is cut by whoever collects it, for its numbers are taken from the whole.
    const event = whole.kind === 'command' ? whole : bounded(whole);
    // What is measured after the end of a run is another run's; a comparison measures nothing.
    if (this.facts.finished !== null && event.kind !== 'run.resumed' && event.kind !== 'baseline.taken') {
      throw this.damage(event, `${event.kind} after run.finished`);
    }
    switch (event.kind) {
      case 'run.started':
        throw this.damage(event, 'a second run.started');
      case 'baseline.taken':
        if (this.facts.baseline !== null) throw this.damage(event, 'a second baseline.taken');
        this.facts.baseline = event;
        break;
      case 'shard.merged':
        this.facts.shards.push(event);
        break;
      case 'run.resumed':
        if (event.run !== this.facts.run) {
          throw this.damage(event, `goes on with run ${event.run}, but this is the journal of run ${this.facts.run}`);
        }
        this.facts.resumed.push(event);
        this.facts.interrupted = null;
        this.facts.finished = null;
        // Whatever was up when the earlier process died is not this process's machine.
        this.machines.clear();
        this.openRows.clear();
        break;
      case 'run.interrupted':
        this.facts.interrupted = event;
        break;
      case 'run.finished':
        this.facts.finished = event;
        break;
      case 'artifact.fetched':
        this.fetched.delete(event.name);
        this.fetched.set(event.name, event);
        break;
      case 'image.ready':
        this.facts.image = event;
        break;
      case 'machine.started': {
        this.machines.set(event.machine, event);
        const open = this.openRows.get(event.machine);
        if (open !== undefined) open.machine = event;
        break;
      }
      case 'retried':
        this.facts.retried.push(event);
        break;
      case 'machine.saved':
        break;
      case 'machine.stopped':
        this.machines.delete(event.machine);
        break;
      case 'row.started':
        this.startRow(event);
        break;
      case 'console.found':
        // What a machine says between rows is nobody's: the file of its console has it.
        this.addFinding(this.rowOf(event), event);
        break;
      case 'command':
        this.addCommand(this.rowOf(event) ?? this.facts, event);
        break;
      default:
        this.applyToRow(this.row(event), event);
    }
  }

  /** The row that an event of a machine belongs to: the one it names, else the one the machine works on. */
  private rowOf(event: JournalEvent<'command' | 'console.found'>): RowFacts | undefined {
    return event.kernel === null ? this.openRows.get(event.machine) : this.row({ ...event, kernel: event.kernel });
  }

  private addCommand(owner: RowFacts | RunFacts, event: JournalEvent<'command'>): void {
    let collector = this.collectors.get(owner);
    if (collector === undefined) {
      collector = new CommandCollector(owner.commands, shareOfRow(this.rows.size));
      this.collectors.set(owner, collector);
    }
    collector.add(event);
  }

  private addFinding(row: RowFacts | undefined, event: JournalEvent<'console.found'>): void {
    if (row === undefined) return;
    const counts = this.found.get(row) ?? new Map<string, number>();
    this.found.set(row, counts);
    const count = (counts.get(event.class) ?? 0) + 1;
    counts.set(event.class, count);
    if (count <= MOST_FINDINGS) row.consoleFindings.push(event);
    else row.moreFindings += 1;
  }

  /** A row that starts again forgets its earlier attempt, all but the kernel that was found for it. */
  private startRow(event: JournalEvent<'row.started'>): void {
    const earlier = this.row(event);
    for (const [machine, open] of this.openRows) if (open === earlier) this.openRows.delete(machine);
    const row: RowFacts = {
      ...emptyRow(earlier.kernel),
      attempts: earlier.attempts + 1,
      started: event,
      artifact: earlier.artifact,
      machine: this.machines.get(event.machine) ?? null,
    };
    this.rows.set(event.kernel, row);
    this.openRows.set(event.machine, row);
  }

  private applyToRow(row: RowFacts, event: RowEvent): void {
    switch (event.kind) {
      case 'artifact.resolved':
        row.artifact = event;
        break;
      case 'row.finished':
        row.outcome = this.once(row, row.outcome, event);
        if (row.started !== null) this.openRows.delete(row.started.machine);
        break;
      case 'phase.started':
        row.phases.push({ phase: event.phase, startedSeq: event.seq, seconds: null });
        break;
      case 'phase.finished': {
        const open = row.phases.findLast((fact) => fact.phase === event.phase && fact.seconds === null);
        if (open !== undefined) open.seconds = event.seconds;
        else row.phases.push({ phase: event.phase, startedSeq: event.seq, seconds: event.seconds });
        break;
      }
      case 'boot.selected':
        row.selected = this.once(row, row.selected, event);
        break;
      case 'boot.proven':
        row.boot = this.once(row, row.boot, event);
        break;
      case 'cleaned':
        row.cleaned = this.once(row, row.cleaned, event);
        break;
      case 'exhausted':
        row.exhausted = this.once(row, row.exhausted, event);
        break;
      case 'calibrated':
        row.calibrated = this.once(row, row.calibrated, event);
        break;
      case 'case1.finished':
        row.case1 = this.once(row, row.case1, event);
        break;
      case 'churn.started': {
        const churn = event.case === 2 ? 'case2' : 'case3';
        row[churn] = { started: this.once(row, row[churn]?.started ?? null, event), cycles: [], finished: null };
        break;
      }
      case 'churn.cycle':
        this.addCycle(this.churn(row, event), event);
        break;
      case 'churn.finished': {
        const churn = this.churn(row, event);
        churn.finished = this.once(row, churn.finished, event);
        break;
      }
      case 'aftermath.finished':
        row.aftermath = this.once(row, row.aftermath, event);
        break;
      case 'hold.finished':
        row.hold = this.once(row, row.hold, event);
        break;
      case 'recover.finished':
        row.recover = this.once(row, row.recover, event);
        break;
    }
  }

  /** An attempt at a row has each step once, and none after its end. */
  private once<E extends RowEvent>(row: RowFacts, earlier: E | null, event: E): E {
    if (earlier !== null)
      throw this.damage(event, `a second ${event.kind} of ${event.kernel}, after event ${earlier.seq}`);
    if (row.outcome !== null) throw this.damage(event, `${event.kind} of ${event.kernel} after its row.finished`);
    return event;
  }

  private churn(row: RowFacts, event: JournalEvent<'churn.cycle' | 'churn.finished'>): ChurnFacts {
    const churn = event.case === 2 ? row.case2 : row.case3;
    if (churn !== null) return churn;
    throw this.damage(event, `${event.kind} of case ${event.case} without its churn.started`);
  }

  private addCycle(churn: ChurnFacts, event: JournalEvent<'churn.cycle'>): void {
    const next = churn.cycles.length + 1;
    if (churn.finished !== null) throw this.damage(event, `a cycle of case ${event.case} after its churn.finished`);
    if (event.cycle !== next)
      throw this.damage(event, `cycle ${event.cycle} of case ${event.case} where ${next} was expected`);
    churn.cycles.push(event);
  }
}

type RowEvent = Exclude<
  JournalEvent,
  | JournalEvent<'run.started' | 'run.resumed' | 'run.interrupted' | 'run.finished' | 'image.ready' | 'command'>
  | JournalEvent<'baseline.taken' | 'shard.merged' | 'artifact.fetched' | 'machine.saved' | 'retried'>
  | JournalEvent<'machine.started' | 'machine.stopped' | 'row.started' | 'console.found'>
>;
