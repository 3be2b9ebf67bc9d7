/** The journal of a merged run, once it is settled what each shard gives. */
import { JournalError } from '../../journal/error.js';
import { JOURNAL_VERSION } from '../../journal/event.js';
import { append, largest, smallest } from '../../base/lists.js';
import type { Plan } from '../../config/plan.js';
import { type EventBodies, type EventDraft, type JournalEvent } from '../../run-events/events.js';
import { damagedError, type Part } from './parts.js';
import { renumber } from './renumber.js';

export interface MergeOptions {
  /** Id of the merged run. */
  run: string;
  /** ISO 8601: now, by the clock of the host that merges. */
  at: string;
  tool: { name: string; version: string; node: string };
  /** Rows of shards that are missing or unfinished become rows that were not measured. */
  allowMissing: boolean;
  /** What is wrong with a plan, by all that kernels.yaml demands; nothing if all is well. */
  checkPlan: (plan: Plan) => string[];
  /** What the whole is compared with; null without one. */
  baseline: EventBodies['baseline.taken'] | null;
}

export function recordOf(part: Part, sources: ReadonlyMap<string, Part>): EventDraft<'shard.merged'> {
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

export function journalOf(
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
    append(events, takenOver(own, events.length, part));
  }
  // Shards run side by side, so the longest is what the whole took.
  const seconds = largest(records.map((record) => record.seconds ?? elapsed(record)));
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
    cpus: smallest(hosts.map(({ cpus }) => cpus)),
    memoryMib: smallest(hosts.map(({ memoryMib }) => memoryMib)),
  };
}
