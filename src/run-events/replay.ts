/**
 * Replay: folds a journal's events into the facts of a run, one row per kernel of the plan. Pure; no judgement is made
 * here. Facts are the events themselves within bounds, so each keeps its `seq`.
 */
import { JournalError, RESTORE } from '../journal/error.js';
import { bounded } from './bounds.js';
import { CommandCollector, shareOfRow } from './command-facts.js';
import type { JournalEvent } from './events.js';
import { emptyFacts, emptyRow, MOST_FINDINGS, type RowFacts, type RunFacts, type ScenarioId } from './facts.js';

/** How the events of a scenario become facts of a row. */
export interface ScenarioFold<Facts = unknown> {
  id: ScenarioId;
  /** Nothing recorded yet. */
  empty(): Facts;
  /**
   * Adds an event of its own to the facts.
   * @throws the error that `damage` makes, if no run can have recorded the event then.
   */
  fold(facts: Facts, event: JournalEvent & { kernel: string }, damage: (problem: string) => Error): void;
}

/** The scenario whose event is of a kind; undefined if it is none's. */
export type FoldOf = (kind: string) => ScenarioFold | undefined;

/**
 * Folds events into facts, one after the other.
 * @param file name used in errors; `seq` is the line number of a journal that was read whole.
 */
export class Replay {
  private fold: Fold | null = null;

  constructor(
    private readonly file: string,
    private readonly foldOf: FoldOf,
  ) {}

  /** @throws JournalError if no run can have recorded the event now. */
  add(event: JournalEvent): void {
    if (this.fold === null) this.fold = new Fold(event, this.file, this.foldOf);
    else this.fold.apply(event);
  }

  /** The facts, once every event is added. @throws JournalError if there was none. */
  facts(): RunFacts {
    if (this.fold !== null) return this.fold.end();
    throw new JournalError(this.file, 1, 'the journal holds no event', 'the run ended before it began: start it again');
  }
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
    private readonly foldOf: FoldOf,
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

  // eslint-disable-next-line max-lines-per-function -- a flat list: some lines for each kind of event
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
      default:
        this.applyToScenario(row, event);
    }
  }

  private applyToScenario(row: RowFacts, event: JournalEvent & { kernel: string }): void {
    const scenario = this.foldOf(event.kind);
    if (scenario === undefined) throw this.damage(event, `an event of kind ${event.kind}, which no scenario has`);
    if (row.outcome !== null) throw this.damage(event, `${event.kind} of ${event.kernel} after its row.finished`);
    const facts = row.scenarios as Partial<Record<ScenarioId, unknown>>;
    facts[scenario.id] ??= scenario.empty();
    scenario.fold(facts[scenario.id], event, (problem) => this.damage(event, problem));
  }

  /** An attempt at a row has each step once, and none after its end. */
  private once<E extends JournalEvent & { kernel: string }>(row: RowFacts, earlier: E | null, event: E): E {
    if (earlier !== null)
      throw this.damage(event, `a second ${event.kind} of ${event.kernel}, after event ${earlier.seq}`);
    if (row.outcome !== null) throw this.damage(event, `${event.kind} of ${event.kernel} after its row.finished`);
    return event;
  }
}

type RowEvent = JournalEvent & { kernel: string };
