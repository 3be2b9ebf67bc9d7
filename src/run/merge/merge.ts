/** Making one run's journal of the journals of its shards. Pure. */
import { largest } from '../../base/lists.js';
import type { Plan } from '../../config/plan.js';
import { UserError } from '../../host/user-error.js';
import type { EventDraft, JournalEvent } from '../../run-events/events.js';
import { journalOf, recordOf, type MergeOptions } from './journal.js';
import { chooseSources, described, gapsOf, type Part, partsOf, refuseDifferent, type ShardJournal } from './parts.js';

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

/**
 * Merges shards: run.started with the whole plan, baseline.taken if there is one, a shard.merged for each journal in the order
 * of the shards, then what each recorded, renumbered, and run.finished. Times stay those of each host's clock. No row is taken
 * from two journals: where one finished it and another did not, the finished one counts.
 * @throws UserError if a journal is damaged, whole or merged already; if plans differ; if a row was finished twice; and, unless
 * that is allowed, if a shard or row is missing or unfinished.
 */
export function mergeShards(journals: readonly ShardJournal[], options: MergeOptions): Merged {
  const parts = partsOf(journals, options.checkPlan);
  const [first] = parts;
  if (first === undefined) throw new UserError({ what: 'no run is named', kind: 'input' });
  refuseDifferent(parts);
  const whole = first.shard.kernels;
  const sources = chooseSources(whole, parts);
  const gaps = gapsOf(whole, parts, sources);
  if (gaps.length > 0 && !options.allowMissing) {
    throw new UserError({
      what: 'these runs do not make a whole one',
      why: gaps.join('\n'),
      next: 'go on with what is unfinished (matrix --resume RUN, on its host) and name every shard, or merge what there is: --allow-missing',
      kind: 'unavailable',
    });
  }
  const plan: Plan = {
    ...first.facts.plan,
    kernels: whole,
    jobs: largest(parts.map(({ facts }) => facts.plan.jobs)),
  };
  const records = parts.map((part) => recordOf(part, sources));
  return {
    events: journalOf(parts, records, plan, options),
    parts: parts.map(({ file, prefix }, i) => ({ file, prefix, kernels: records[i]!.kernels })),
    notes: [...gaps, ...notesOf(parts, records, options)],
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
