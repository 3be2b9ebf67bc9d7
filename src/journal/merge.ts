/** Making one run's journal of the journals of its shards. Pure. */
import type { KernelRow, Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { JOURNAL_VERSION, type EventBodies, type EventDraft, type JournalEvent, type Shard } from './events.js';
import { planDifference } from './plan-difference.js';
import { JournalError } from './read.js';
import { renumber } from './renumber.js';
import { replay, type RunFacts } from './replay.js';

/** A shard's journal, read whole. */
export interface ShardJournal {
  /** Its file, for errors. */
  file: string;
  events: readonly JournalEvent[];
}

export interface MergeOptions {
  /** Id of the merged run. */
  run: string;
  /** ISO 8601: now, by the clock of the host that merges. */
  at: string;
  tool: { name: string; version: string; node: string };
  /** Rows of shards that are missing or unfinished become rows that were not measured. */
  allowMissing: boolean;
  /** What the whole is compared with; null without one. */
  baseline: EventBodies['baseline.taken'] | null;
}

/** What was taken over from one journal. */
export interface MergedPart {
  file: string;
  /** See `shard.merged`. */
  prefix: string;
  /** Its rows that count. */
  kernels: string[];
}

export interface Merged {
  events: JournalEvent[];
  parts: MergedPart[];
  /** What a user should know of how it came about. */
  notes: string[];
}

/** Exit codes: what is given is wrong; or what is given cannot make a whole run. */
const WRONG = 2;
const NOT_TO_BE_HAD = 3;

/** One run that does a shard. */
interface Part {
  file: string;
  events: readonly JournalEvent[];
  facts: RunFacts;
  shard: Shard;
  prefix: string;
}

/**
 * Merges shards: run.started with the whole plan, baseline.taken if there is one, a shard.merged for each journal in the order of the shards, then what each
 * recorded, renumbered, and run.finished. Times stay those of each host's clock. No row is taken from two journals: where one
 * finished it and another did not, the finished one counts.
 * @throws UserError if a journal is damaged, whole or merged already; if plans differ; if a row was finished twice; and, unless
 * that is allowed, if a shard or row is missing or unfinished.
 */
export function mergeShards(journals: readonly ShardJournal[], options: MergeOptions): Merged {
  const parts = partsOf(journals);
  const [first] = parts;
  if (first === undefined) throw new UserError({ what: 'no run is named', exitCode: WRONG });
  refuseDifferent(parts);
  const whole = first.shard.kernels;
  const sources = chooseSources(whole, parts);
  const gaps = gapsOf(whole, parts, sources);
  if (gaps.length > 0 && !options.allowMissing) {
    throw new UserError({
      what: 'these runs do not make a whole one',
      why: gaps.join('\n'),
      next: 'go on with what is unfinished (matrix --resume RUN, on its host) and name every shard, or merge what there is: --allow-missing',
      exitCode: NOT_TO_BE_HAD,
    });
  }
  const plan: Plan = {
    ...first.facts.plan,
    kernels: whole,
    jobs: Math.max(...parts.map(({ facts }) => facts.plan.jobs)),
  };
  const records = parts.map((part) => recordOf(part, sources));
  return {
    events: journalOf(parts, records, plan, options),
    parts: parts.map(({ file, prefix }, i) => ({ file, prefix, kernels: records[i]!.kernels })),
    notes: [...gaps, ...notesOf(parts, records, options)],
  };
}

/** The journals as runs of a shard, in the order of the shards. @throws UserError naming every one that is none. */
function partsOf(journals: readonly ShardJournal[]): Part[] {
  const parts: Omit<Part, 'prefix'>[] = [];
  const damaged: string[] = [];
  const foreign: string[] = [];
  for (const { file, events } of journals) {
    try {
      const facts = replay(events, file);
      if (facts.shards.length > 0) foreign.push(`${file}: run ${facts.run} was merged already`);
      else if (facts.shard === null) foreign.push(`${file}: run ${facts.run} did the whole of its plan, not a shard`);
      else parts.push({ file, events, facts, shard: facts.shard });
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      damaged.push(error.message);
    }
  }
  if (damaged.length > 0) throw damagedError(damaged);
  if (foreign.length > 0) {
    throw new UserError({
      what: 'only runs of matrix --shard can be merged',
      why: foreign.join('\n'),
      next: 'leave these out',
      exitCode: WRONG,
    });
  }
  parts.sort((a, b) => a.shard.index - b.shard.index);
  return parts.map((part, i) => {
    const before = parts.slice(0, i).filter(({ shard }) => shard.index === part.shard.index).length;
    return { ...part, prefix: `s${part.shard.index}${before === 0 ? '' : `.${before + 1}`}` };
  });
}

/** The error for journals that cannot be read or replayed. @param problems one for each, with its file. */
export function damagedError(problems: readonly string[]): UserError {
  return new UserError({
    what:
      problems.length === 1
        ? 'the journal of a shard is damaged'
        : `the journals of ${problems.length} shards are damaged`,
    why: problems.join('\n'),
    next: 'restore it from a copy, run the shard again, or leave it out and merge the others: --allow-missing',
    exitCode: NOT_TO_BE_HAD,
  });
}

/** @throws UserError naming the first difference between the first part's plan and another's. */
function refuseDifferent(parts: readonly Part[]): void {
  const [first, ...others] = parts as [Part, ...Part[]];
  for (const other of others) {
    const difference =
      planDifference(wholePlan(first), wholePlan(other)) ??
      (first.shard.total === other.shard.total
        ? null
        : `number of shards: ${first.shard.total} / ${other.shard.total}`);
    if (difference === null) continue;
    throw new UserError({
      what: `the plans differ: ${difference}`,
      where: `${first.file}\n${other.file}`,
      why: 'rows of different plans side by side would be compared as if they had been treated alike',
      next: 'run all shards with the same kernels.yaml and the same options',
      exitCode: WRONG,
    });
  }
}

function wholePlan({ facts, shard }: Part): Plan {
  return { ...facts.plan, kernels: shard.kernels };
}

/** Which part each row is taken from. @throws UserError if two have finished it. */
function chooseSources(whole: readonly KernelRow[], parts: readonly Part[]): Map<string, Part> {
  const sources = new Map<string, Part>();
  const twice: string[] = [];
  for (const { name } of whole) {
    const having = parts.filter(({ facts }) => facts.rows.some(({ kernel }) => kernel.name === name));
    const finished = having.filter((part) => rowOf(part, name)?.outcome);
    if (finished.length > 1) {
      const places = finished.map((part) => `${part.file}:${rowOf(part, name)?.outcome?.seq} (${described(part)})`);
      twice.push(`row ${name}: ${places.join(' and ')}`);
    }
    const source = finished[0] ?? having.find((part) => rowOf(part, name)?.started) ?? having[0];
    if (source) sources.set(name, source);
  }
  if (twice.length === 0) return sources;
  throw new UserError({
    what: twice.length === 1 ? 'a row is there twice' : `${twice.length} rows are there twice`,
    why: twice.join('\n'),
    next: 'name only one of these runs',
    exitCode: WRONG,
  });
}

function rowOf({ facts }: Part, name: string): RunFacts['rows'][number] | undefined {
  return facts.rows.find(({ kernel }) => kernel.name === name);
}

function described({ facts, shard }: Part): string {
  return `shard ${shard.index}/${shard.total}, run ${facts.run}`;
}

/** What keeps the parts from being a whole run: shards that nobody gave, rows in none, rows that did not finish. */
function gapsOf(whole: readonly KernelRow[], parts: readonly Part[], sources: ReadonlyMap<string, Part>): string[] {
  const total = parts[0]!.shard.total;
  const missing = Array.from({ length: total }, (_, i) => i + 1).filter(
    (index) => !parts.some(({ shard }) => shard.index === index),
  );
  const nowhere = whole.map(({ name }) => name).filter((name) => !sources.has(name));
  const rows =
    nowhere.length === 0 ? 'no row is in none of the others' : `rows in none of the others: ${nowhere.join(', ')}`;
  const gaps = missing.map((index) => `shard ${index}/${total} is missing (${rows})`);
  if (missing.length === 0 && nowhere.length > 0) {
    gaps.push(`no shard has row ${nowhere.join(', ')}: were the shards split by different versions?`);
  }
  for (const part of parts) {
    const open = [...sources].filter(([name, source]) => source === part && !rowOf(part, name)?.outcome);
    if (open.length > 0) gaps.push(`${described(part)} did not finish ${open.map(([name]) => name).join(', ')}`);
  }
  return gaps;
}

function recordOf(part: Part, sources: ReadonlyMap<string, Part>): EventDraft<'shard.merged'> {
  const { facts, shard, events, prefix } = part;
  const names = facts.rows.map(({ kernel }) => kernel.name);
  return {
    kind: 'shard.merged',
    index: shard.index,
    total: shard.total,
    run: facts.run,
    hostname: shard.hostname,
    utcOffsetMinutes: shard.utcOffsetMinutes,
    host: facts.host,
    tool: facts.tool,
    profileReason: facts.profileReason,
    startedAt: facts.startedAt,
    lastAt: events.at(-1)!.at,
    finishedAt: facts.finished?.at ?? null,
    seconds: facts.finished?.seconds ?? null,
    resumed: facts.resumed.length,
    prefix,
    kernels: names.filter((name) => sources.get(name) === part),
    superseded: names.filter((name) => sources.get(name) !== part),
  };
}

function journalOf(
  parts: readonly Part[],
  records: readonly EventDraft<'shard.merged'>[],
  plan: Plan,
  { run, at, tool, baseline }: MergeOptions,
): JournalEvent[] {
  const started: EventDraft<'run.started'> = {
    kind: 'run.started',
    run,
    profile: plan.profile,
    profileReason: reasonOf(records),
    tool,
    host: hostOf(records),
    plan,
    shard: null,
  };
  const events: JournalEvent[] = [];
  const add = (draft: EventDraft, when: string): void => {
    const { kind, ...body } = draft;
    events.push({ v: JOURNAL_VERSION, seq: events.length + 1, at: when, kind, ...body } as JournalEvent);
  };
  add(started, records.map(({ startedAt }) => startedAt).reduce(earlier));
  if (baseline !== null) add({ kind: 'baseline.taken', ...baseline }, at);
  for (const record of records) add(record, at);
  for (const [i, part] of parts.entries()) {
    const superseded = new Set(records[i]!.superseded);
    const own = part.events.filter(
      (event) => !ofTheRunItself(event) && !(rowNamed(event) && superseded.has(rowNamed(event)!)),
    );
    events.push(...takenOver(own, events.length, part));
  }
  // Shards run side by side, so the longest is what the whole took.
  const seconds = Math.max(...records.map((record) => record.seconds ?? elapsed(record)));
  add(
    { kind: 'run.finished', seconds },
    records.map(({ lastAt }) => lastAt).reduce((a, b) => (earlier(a, b) === a ? b : a)),
  );
  return events;
}

function takenOver(own: readonly JournalEvent[], after: number, { prefix, file }: Part): JournalEvent[] {
  try {
    return renumber(own, { after, prefix, file });
  } catch (error) {
    throw error instanceof JournalError ? damagedError([error.message]) : error;
  }
}

/** What a run says of itself stands in its shard.merged; what a part was compared with does not fit the whole. */
function ofTheRunItself({ kind }: JournalEvent): boolean {
  return kind.startsWith('run.') || kind === 'baseline.taken';
}

function rowNamed(event: JournalEvent): string | null {
  return 'kernel' in event ? event.kernel : null;
}

function elapsed({ startedAt, lastAt }: Pick<EventDraft<'shard.merged'>, 'startedAt' | 'lastAt'>): number {
  return Math.max(0, (Date.parse(lastAt) - Date.parse(startedAt)) / 1000);
}

function earlier(a: string, b: string): string {
  return Date.parse(a) <= Date.parse(b) ? a : b;
}

function reasonOf(records: readonly EventDraft<'shard.merged'>[]): string {
  const reasons = [...new Set(records.map(({ profileReason }) => profileReason))];
  if (reasons.length === 1) return reasons[0]!;
  return records.map(({ index, total, profileReason }) => `shard ${index}/${total}: ${profileReason}`).join('; ');
}

/** The host all shards ran on alike; of different ones every system, and what each of them has at least. */
function hostOf(records: readonly EventDraft<'shard.merged'>[]): { os: string; cpus: number; memoryMib: number } {
  const hosts = records.map(({ host }) => host);
  return {
    os: [...new Set(hosts.map(({ os }) => os))].join(' / '),
    cpus: Math.min(...hosts.map(({ cpus }) => cpus)),
    memoryMib: Math.min(...hosts.map(({ memoryMib }) => memoryMib)),
  };
}

function notesOf(
  parts: readonly Part[],
  records: readonly EventDraft<'shard.merged'>[],
  { at, tool }: MergeOptions,
): string[] {
  const notes: string[] = [];
  for (const index of new Set(parts.map(({ shard }) => shard.index))) {
    const same = parts.filter(({ shard }) => shard.index === index);
    const runs = same.map(({ facts }) => facts.run).join(' and ');
    if (same.length > 1) notes.push(`shard ${index}/${same[0]!.shard.total} is there ${same.length} times: ${runs}`);
  }
  for (const [i, record] of records.entries()) {
    const name = described(parts[i]!);
    if (record.superseded.length > 0) {
      notes.push(
        `${name}: did not finish ${record.superseded.join(', ')}, which another run of the shard is taken for`,
      );
    }
    const ahead = (Date.parse(record.lastAt) - Date.parse(at)) / 1000;
    if (ahead > 0)
      notes.push(
        `${name}: its clock (host ${record.hostname}) is ahead of this host's, by ${Math.ceil(ahead)} s at least`,
      );
  }
  const versions = new Set([tool, ...records.map((record) => record.tool)].map(({ version }) => version));
  if (versions.size > 1) notes.push(`different versions of ${tool.name}: ${[...versions].join(', ')}`);
  return notes;
}
