/** The runs that shards are merged of: which they are, whether they belong together, and which of them each row is taken from. */
import { JournalError } from '../../journal/error.js';
import { replay } from '../../scenario/journal.js';
import type { RowFacts, RunFacts } from '../../run-events/facts.js';
import { append } from '../../base/lists.js';
import type { KernelRow, Plan } from '../../config/plan.js';
import { UserError } from '../../host/user-error.js';
import type { JournalEvent, Shard } from '../../run-events/events.js';
import { planDifference } from './plan-difference.js';

/** A shard's journal, read whole. */
export interface ShardJournal {
  /** Its file, for errors. */
  file: string;
  events: readonly JournalEvent[];
}

/** One run that does a shard. */
export interface Part {
  file: string;
  events: readonly JournalEvent[];
  facts: RunFacts;
  shard: Shard;
  prefix: string;
  /** Its rows by name. */
  rows: ReadonlyMap<string, RowFacts>;
}

/**
 * The journals as runs of a shard, in the order of the shards.
 * @param checkPlan what is wrong with a plan, by all that kernels.yaml demands.
 * @throws UserError naming every one that is none.
 */
export function partsOf(journals: readonly ShardJournal[], checkPlan: (plan: Plan) => string[]): Part[] {
  const parts: Omit<Part, 'prefix' | 'rows'>[] = [];
  const damaged: string[] = [];
  const foreign: string[] = [];
  for (const { file, events } of journals) {
    try {
      const facts = replay(events, file);
      if (facts.shards.length > 0) foreign.push(`${file}: run ${facts.run} was merged already`);
      else if (facts.shard === null) foreign.push(`${file}: run ${facts.run} did the whole of its plan, not a shard`);
      else {
        const { plan, shard } = facts;
        for (const kernels of [plan.kernels, shard.kernels])
          append(
            damaged,
            checkPlan({ ...plan, kernels }).map((problem) => `${file}: no plan of a kernels.yaml: ${problem}`),
          );
        parts.push({ file, events, facts, shard });
      }
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      damaged.push(error.message);
    }
  }
  if (damaged.length > 0) throw damagedError([...new Set(damaged)]);
  if (foreign.length > 0) {
    throw new UserError({
      what: 'only runs of matrix --shard can be merged',
      why: foreign.join('\n'),
      next: 'leave these out',
      kind: 'input',
    });
  }
  parts.sort((a, b) => a.shard.index - b.shard.index);
  return parts.map((part, i) => {
    const before = parts.slice(0, i).filter(({ shard }) => shard.index === part.shard.index).length;
    const rows = new Map(part.facts.rows.map((row) => [row.kernel.name, row]));
    return { ...part, rows, prefix: `s${part.shard.index}${before === 0 ? '' : `.${before + 1}`}` };
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
    kind: 'unavailable',
  });
}

/** @throws UserError naming the first difference between the first part's plan and another's. */
export function refuseDifferent(parts: readonly Part[]): void {
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
      kind: 'input',
    });
  }
}

function wholePlan({ facts, shard }: Part): Plan {
  return { ...facts.plan, kernels: shard.kernels };
}

/** Which part each row is taken from. @throws UserError if two have finished it. */
export function chooseSources(whole: readonly KernelRow[], parts: readonly Part[]): Map<string, Part> {
  const sources = new Map<string, Part>();
  const twice: string[] = [];
  for (const { name } of whole) {
    const having = parts.filter(({ rows }) => rows.has(name));
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
    kind: 'input',
  });
}

function rowOf({ rows }: Part, name: string): RowFacts | undefined {
  return rows.get(name);
}

export function described({ facts, shard }: Part): string {
  return `shard ${shard.index}/${shard.total}, run ${facts.run}`;
}

/** Missing shards that are told one by one: how many a run has is what its journal says, and may be any number. */
const MOST_TOLD = 100;

function missingOf(total: number, there: ReadonlySet<number>): { told: number[]; more: number } {
  const told: number[] = [];
  for (let index = 1; index <= total && told.length < MOST_TOLD; index += 1) if (!there.has(index)) told.push(index);
  return { told, more: total - there.size - told.length };
}

/** What keeps the parts from being a whole run: shards that nobody gave, rows in none, rows that did not finish. */
export function gapsOf(
  whole: readonly KernelRow[],
  parts: readonly Part[],
  sources: ReadonlyMap<string, Part>,
): string[] {
  const total = parts[0]!.shard.total;
  const missing = missingOf(total, new Set(parts.map(({ shard }) => shard.index)));
  const nowhere = whole.map(({ name }) => name).filter((name) => !sources.has(name));
  const rows =
    nowhere.length === 0 ? 'no row is in none of the others' : `rows in none of the others: ${nowhere.join(', ')}`;
  const gaps = missing.told.map((index) => `shard ${index}/${total} is missing (${rows})`);
  if (missing.more > 0) gaps.push(`${missing.more} more shards of ${total} are missing`);
  if (missing.told.length === 0 && nowhere.length > 0) {
    gaps.push(`no shard has row ${nowhere.join(', ')}: were the shards split by different versions?`);
  }
  for (const part of parts) {
    const open = [...sources].filter(([name, source]) => source === part && !rowOf(part, name)?.outcome);
    if (open.length > 0) gaps.push(`${described(part)} did not finish ${open.map(([name]) => name).join(', ')}`);
  }
  return gaps;
}
