/** Journals of any size, made of copies of a real row, so that their events are as large as real ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelRow } from '../src/config/plan.js';
import { JOURNAL_VERSION, type JournalEvent, type Shard } from '../src/journal/events.js';
import { parseJournal } from '../src/journal/read.js';
import { renumber } from '../src/journal/renumber.js';

/** Recorded on real machines: three kernels, one cycle a case. */
export const REAL = join(import.meta.dirname, '../test/fixtures/three-kernels.jsonl');

/**
 * A run of as many rows as asked for, each with the events of a real one, in this version of the journal.
 * @param shard the part it is of a larger plan.
 */
export function largeJournal(rows: number, shard?: { index: number; total: number }): JournalEvent[] {
  const { events } = parseJournal(readFileSync(REAL, 'utf8'), REAL);
  const [first] = events as [JournalEvent<'run.started'>];
  const source = rowEvents(events);
  const template = first.plan.kernels[0]!;
  const names = (count: number): KernelRow[] =>
    Array.from({ length: count }, (_, i) => ({ ...template, name: `k${i}` }));
  const all = names(rows * (shard?.total ?? 1));
  const own = shard ? all.slice((shard.index - 1) * rows, shard.index * rows) : all;
  const part: Shard | null = shard
    ? { ...shard, hostname: `host-${shard.index}`, utcOffsetMinutes: 0, kernels: all }
    : null;
  const made: JournalEvent[] = [
    {
      ...first,
      v: JOURNAL_VERSION,
      run: `large-${shard?.index ?? 0}`,
      plan: { ...first.plan, kernels: own },
      shard: part,
    },
  ];
  for (const [i, { name }] of own.entries()) {
    for (const event of renumber(source, { after: made.length, prefix: `r${i}`, file: REAL })) {
      made.push('kernel' in event && event.kernel !== null ? { ...event, kernel: name } : event);
    }
  }
  const { at } = made.at(-1)!;
  made.push({ v: JOURNAL_VERSION, at, seq: made.length + 1, kind: 'run.finished', seconds: 100 });
  return made;
}

/** Those of the first row: what names it, and its machine. */
function rowEvents(events: readonly JournalEvent[]): JournalEvent[] {
  const [first] = events as [JournalEvent<'run.started'>];
  const { name } = first.plan.kernels[0]!;
  const started = events.find((event) => event.kind === 'row.started' && event.kernel === name);
  if (started?.kind !== 'row.started') throw new Error(`${REAL} has no row ${name}`);
  const { machine } = started;
  return events.filter((event) => {
    if ('kernel' in event && event.kernel !== null) return event.kernel === name;
    return 'machine' in event && event.machine === machine && event.kind !== 'machine.stopped';
  });
}
