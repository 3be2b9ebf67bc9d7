/**
 * What a journal tells of a run. Facts are the events themselves, so each keeps its `seq`; of their texts no more is kept than
 * `bounds.ts` says, and of commands what `command-facts.ts` says, so that facts are small however long the journal is.
 */
import type { KernelRow, Plan } from '../config/plan.js';
import { emptyCommands, type CommandFacts } from './command-facts.js';
import type { EventBodies, JournalEvent, Shard } from './events.js';

/**
 * What each scenario has recorded of a row, by its id. Scenarios add theirs by declaration merging, so that whoever knows a
 * scenario reads its facts typed, and nobody else does.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface, so that others can add to it
export interface ScenarioFacts {}
export type ScenarioId = keyof ScenarioFacts;

/** A phase of a row; `seconds` is null if it did not finish. */
export interface PhaseFact {
  phase: string;
  startedSeq: number;
  seconds: number | null;
}

/**
 * Console findings of one class that are kept of a row. A run writes at most `MOST_OF_A_CLASS` for one start of a kernel, and a
 * row starts a few.
 */
export const MOST_FINDINGS = 100;

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
  /** What its scenarios have recorded so far. */
  scenarios: Partial<ScenarioFacts>;
  phases: PhaseFact[];
  /** Commands of this row, those of its machine while the row ran included. */
  commands: CommandFacts;
  /** What the kernels of its machine said on the console while the row ran, in order: the first `MOST_FINDINGS` of each class. */
  consoleFindings: JournalEvent<'console.found'>[];
  /** How many findings there were beside those. */
  moreFindings: number;
  /** How the row ended; null if it never did. */
  outcome: JournalEvent<'row.finished'> | null;
}

/** A run as its journal tells it. */
export interface RunFacts {
  run: string;
  profile: string;
  profileReason: string;
  plan: Plan;
  /** What the command line changed of kernels.yaml; null where the journal does not tell. */
  asked: NonNullable<EventBodies['run.started']['asked']> | null;
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
  commands: CommandFacts;
  /** One row per kernel of the plan, in the plan's order. */
  rows: RowFacts[];
}

/** A row of which nothing is known yet. */
export function emptyRow(kernel: KernelRow): RowFacts {
  return {
    kernel,
    attempts: 0,
    started: null,
    artifact: null,
    machine: null,
    selected: null,
    boot: null,
    scenarios: {},
    phases: [],
    commands: emptyCommands(),
    consoleFindings: [],
    moreFindings: 0,
    outcome: null,
  };
}

/** A run that has only begun. */
export function emptyFacts(first: JournalEvent<'run.started'>): RunFacts {
  return {
    run: first.run,
    profile: first.profile,
    profileReason: first.profileReason,
    plan: first.plan,
    asked: first.asked ?? null,
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
    commands: emptyCommands(),
    rows: [],
  };
}
