/** Journals of any size, made of copies of a real row, so that their events are as large as real ones. */
import { JOURNAL_VERSION } from '../src/journal/event.js';
import { parseJournal } from '../src/scenario/journal.js';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelRow } from '../src/config/plan.js';
import { type JournalEvent, type Shard } from '../src/run-events/events.js';
import { lineOf } from '../src/journal/lines.js';
import { renumber } from '../src/run/merge/renumber.js';

/** Recorded on real machines: three kernels, one cycle a case. */
export const REAL = join(import.meta.dirname, '../test/fixtures/three-kernels.jsonl');

/**
 * A run of as many rows as asked for, each with the events of a real one, in this version of the journal.
 * @param shard the part it is of a larger plan.
 */
export function largeJournal(rows: number, shard?: { index: number; total: number }): JournalEvent[] {
  return [...largeEvents(rows, shard)];
}

/** The same, one after another: a million are not to be held at once. */
export function* largeEvents(rows: number, shard?: { index: number; total: number }): Generator<JournalEvent, void> {
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
  const plan = { ...first.plan, kernels: own };
  yield { ...first, v: JOURNAL_VERSION, run: `large-${shard?.index ?? 0}`, plan, shard: part };
  let made = 1;
  for (const [i, { name }] of own.entries()) {
    for (const event of renumber(source, { after: made, prefix: `r${i}`, file: REAL })) {
      yield 'kernel' in event && event.kernel !== null ? { ...event, kernel: name } : event;
    }
    made += source.length;
  }
  const { at } = source.at(-1)!;
  yield { v: JOURNAL_VERSION, at, seq: made + 1, kind: 'run.finished', seconds: 100 };
}

/** A run of one row, with so many commands more in its last phase. */
export function* longRow(commands: number, shard?: { index: number; total: number }): Generator<JournalEvent, void> {
  let added = 0;
  for (const event of largeEvents(1, shard)) {
    if (event.kind === 'row.finished') {
      const { v, at, kernel } = event;
      for (; added < commands; added += 1) {
        const stdout = `${String(added).repeat(20).slice(0, 120)}\na second line\n`;
        const text = { command: `docker run --rm nginx true # ${added}`, code: 0, stdout, stderr: '', seconds: 0.25 };
        const seq = event.seq + added;
        yield { v, at, seq, kind: 'command', kernel, machine: 'r0-m1', phase: 'recover', ...text };
      }
    }
    yield { ...event, seq: event.seq + added };
  }
}

/** Writes a journal as a run would, without holding it. @returns how many events, and bytes. */
export function writeJournal(file: string, events: Iterable<JournalEvent>): { events: number; bytes: number } {
  const descriptor = openSync(file, 'wx');
  const written = { events: 0, bytes: 0 };
  let lines: string[] = [];
  let previous = '';
  const flush = (): void => {
    const bytes = Buffer.from(lines.join(''));
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(descriptor, rest));
    written.bytes += bytes.length;
    lines = [];
  };
  for (const event of events) {
    const { line, sum } = lineOf(event, previous);
    previous = sum;
    written.events += 1;
    if (lines.push(line) >= 1000) flush();
  }
  flush();
  closeSync(descriptor);
  return written;
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
