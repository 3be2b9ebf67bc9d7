/**
 * Replay: folds a journal's events into the facts of a run, one row per kernel of the plan. Pure; no judgement is made
 * here. Facts are the events themselves, so each keeps its `seq`.
 */
import type { KernelRow, Plan } from '../config/plan.js';
import type { JournalEvent, Phase, Shard } from './events.js';
import { JournalError } from './read.js';

/** One churn case as recorded: its start, its cycles in order, and its end if it got there. */
export interface ChurnFacts {
  started: JournalEvent<'churn.started'>;
  cycles: JournalEvent<'churn.cycle'>[];
  finished: JournalEvent<'churn.finished'> | null;
}

/** A phase of a row; `seconds` is null if it did not finish. */
export interface PhaseFact {
  phase: Phase;
  startedSeq: number;
  seconds: number | null;
}

/** What is known of one kernel. Null means not recorded, never zero. Of a row started twice only the last attempt counts. */
export interface RowFacts {
  kernel: KernelRow;
  /** How often the row was started; 0 if never. */
  attempts: number;
  started: JournalEvent<'row.started'> | null;
  artifact: JournalEvent<'artifact.resolved'> | null;
  machine: JournalEvent<'machine.started'> | null;
  selected: JournalEvent<'boot.selected'> | null;
  boot: JournalEvent<'boot.proven'> | null;
  cleaned: JournalEvent<'cleaned'> | null;
  exhausted: JournalEvent<'exhausted'> | null;
  calibrated: JournalEvent<'calibrated'> | null;
  case1: JournalEvent<'case1.finished'> | null;
  /** Churn without a limit. */
  case2: ChurnFacts | null;
  /** Churn with a limit. */
  case3: ChurnFacts | null;
  aftermath: JournalEvent<'aftermath.finished'> | null;
  hold: JournalEvent<'hold.finished'> | null;
  recover: JournalEvent<'recover.finished'> | null;
  phases: PhaseFact[];
  /** Commands of this row in order, those of its machine while the row ran included. */
  commands: JournalEvent<'command'>[];
  /** What the kernels of its machine said on the console while the row ran, in order. */
  consoleFindings: JournalEvent<'console.found'>[];
  /** How the row ended; null if it never did. */
  outcome: JournalEvent<'row.finished'> | null;
}

/** A run as its journal tells it. */
export interface RunFacts {
  run: string;
  profile: string;
  profileReason: string;
  plan: Plan;
  tool: { name: string; version: string; node: string };
  host: { os: string; cpus: number; memoryMib: number };
  /** ISO 8601 time of run.started. */
  startedAt: string;
  /** The earlier run that this one is compared with; null if it was started without --baseline. */
  baseline: JournalEvent<'baseline.taken'> | null;
  /** The part of a larger plan that this run did; null if it did all of its plan. */
  shard: Shard | null;
  /** The runs this one was merged of, in the order of the shards; empty unless it was. */
  shards: JournalEvent<'shard.merged'>[];
  resumed: JournalEvent<'run.resumed'>[];
  /** The last interruption, if nothing resumed the run since. */
  interrupted: JournalEvent<'run.interrupted'> | null;
  finished: JournalEvent<'run.finished'> | null;
  image: JournalEvent<'image.ready'> | null;
  /** Files that were fetched, each once: the last time it was. */
  fetched: JournalEvent<'artifact.fetched'>[];
  /** What was tried again, or done another way: faults of the network or the host. */
  retried: JournalEvent<'retried'>[];
  /** Commands of machines between rows. */
  commands: JournalEvent<'command'>[];
  /** One row per kernel of the plan, in the plan's order. */
  rows: RowFacts[];
}

function emptyRow(kernel: KernelRow): RowFacts {
  return {
    kernel,
    attempts: 0,
    started: null,
    artifact: null,
    machine: null,
    selected: null,
    boot: null,
    cleaned: null,
    exhausted: null,
    calibrated: null,
    case1: null,
    case2: null,
    case3: null,
    aftermath: null,
    hold: null,
    recover: null,
    phases: [],
    commands: [],
    consoleFindings: [],
    outcome: null,
  };
}

/**
 * Folds events into facts.
 * @param file name used in errors; `seq` is the line number of a journal that was read whole.
 * @throws JournalError if the journal is empty, does not begin with run.started, starts twice, or names a kernel that
 * its plan has not.
 */
export function replay(events: readonly JournalEvent[], file = 'journal.jsonl'): RunFacts {
  const first = events[0];
  if (first === undefined) {
    throw new JournalError(file, 1, 'the journal holds no event', 'the run ended before it began: start it again');
  }
  if (first.kind !== 'run.started') {
    throw new JournalError(file, 1, `begins with ${first.kind}, not run.started`, 'restore the file from a copy');
  }
  // The version fixes an event's shape; this catches what was edited or made by hand before it looks like a bug.
  if (!Array.isArray((first.plan as Partial<Plan> | undefined)?.kernels)) {
    throw new JournalError(file, 1, 'run.started has no plan', 'restore the file from a copy, or start a new run');
  }
  const facts: RunFacts = {
    run: first.run,
    profile: first.profile,
    profileReason: first.profileReason,
    plan: first.plan,
    tool: first.tool,
    host: first.host,
    startedAt: first.at,
    baseline: null,
    shard: first.shard ?? null,
    shards: [],
    resumed: [],
    interrupted: null,
    finished: null,
    image: null,
    fetched: [],
    retried: [],
    commands: [],
    rows: [],
  };
  const fold = new Fold(facts, file);
  for (const event of events.slice(1)) fold.apply(event);
  facts.rows = first.plan.kernels.map((kernel) => fold.row(kernel.name, first.seq));
  return facts;
}

/** The state of a fold: the rows so far, which machines are up and which row each of them works on. */
class Fold {
  private readonly rows = new Map<string, RowFacts>();
  private readonly machines = new Map<string, JournalEvent<'machine.started'>>();
  private readonly openRows = new Map<string, RowFacts>();

  constructor(
    private readonly facts: RunFacts,
    private readonly file: string,
  ) {
    for (const kernel of facts.plan.kernels) this.rows.set(kernel.name, emptyRow(kernel));
  }

  row(name: string, seq: number): RowFacts {
    const row = this.rows.get(name);
    if (row !== undefined) return row;
    const problem = `names kernel ${JSON.stringify(name)}, which the plan in run.started has not`;
    throw new JournalError(this.file, seq, problem, 'restore the file from a copy, or start a new run');
  }

  apply(event: JournalEvent): void {
    switch (event.kind) {
      case 'run.started':
        throw new JournalError(
          this.file,
          event.seq,
          'a second run.started',
          'keep one run per directory: start a new run',
        );
      case 'baseline.taken':
        this.facts.baseline = event;
        break;
      case 'shard.merged':
        this.facts.shards.push(event);
        break;
      case 'run.resumed':
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
        this.facts.fetched = [...this.facts.fetched.filter(({ name }) => name !== event.name), event];
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
        if (event.kernel !== null) this.row(event.kernel, event.seq).consoleFindings.push(event);
        else this.openRows.get(event.machine)?.consoleFindings.push(event);
        break;
      case 'command':
        if (event.kernel !== null) this.row(event.kernel, event.seq).commands.push(event);
        else (this.openRows.get(event.machine) ?? this.facts).commands.push(event);
        break;
      default:
        this.applyToRow(this.row(event.kernel, event.seq), event);
    }
  }

  /** A row that starts again forgets its earlier attempt, all but the kernel that was found for it. */
  private startRow(event: JournalEvent<'row.started'>): void {
    const earlier = this.row(event.kernel, event.seq);
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
        row.outcome = event;
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
        row.selected = event;
        break;
      case 'boot.proven':
        row.boot = event;
        break;
      case 'cleaned':
        row.cleaned = event;
        break;
      case 'exhausted':
        row.exhausted = event;
        break;
      case 'calibrated':
        row.calibrated = event;
        break;
      case 'case1.finished':
        row.case1 = event;
        break;
      case 'churn.started':
        row[event.case === 2 ? 'case2' : 'case3'] = { started: event, cycles: [], finished: null };
        break;
      case 'churn.cycle':
        this.churn(row, event).cycles.push(event);
        break;
      case 'churn.finished':
        this.churn(row, event).finished = event;
        break;
      case 'aftermath.finished':
        row.aftermath = event;
        break;
      case 'hold.finished':
        row.hold = event;
        break;
      case 'recover.finished':
        row.recover = event;
        break;
    }
  }

  private churn(row: RowFacts, event: JournalEvent<'churn.cycle' | 'churn.finished'>): ChurnFacts {
    const churn = event.case === 2 ? row.case2 : row.case3;
    if (churn !== null) return churn;
    const problem = `${event.kind} of case ${event.case} without its churn.started`;
    throw new JournalError(this.file, event.seq, problem, 'restore the file from a copy, or start a new run');
  }
}

type RowEvent = Exclude<
  JournalEvent,
  | JournalEvent<'run.started' | 'run.resumed' | 'run.interrupted' | 'run.finished' | 'image.ready' | 'command'>
  | JournalEvent<'baseline.taken' | 'shard.merged' | 'artifact.fetched'>
  | JournalEvent<'machine.started' | 'machine.stopped' | 'row.started' | 'console.found'>
>;
