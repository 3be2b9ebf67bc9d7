/** Damaged journals: a verdict is made of what was written, or of none. */
import { JournalError } from '../../src/journal/error.js';
import { parseJournal, replay } from '../../src/scenario/journal.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../src/cli/kernels-yaml.js';
import { trustedPlan } from '../../src/cli/resume.js';
import { compareRuns } from '../../src/compare/compare.js';
import { summarise } from '../../src/compare/summarise.js';
import { thresholdsOf } from '../../src/compare/thresholds.js';
import { UserError } from '../../src/host/user-error.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import { journalText } from '../../src/journal/lines.js';
import { mergeShards } from '../../src/run/merge/merge.js';
import { renderComparisonJson } from '../../src/report/comparison-json.js';
import { renderComparisonMarkdown } from '../../src/report/comparison-markdown.js';
import { renderComparisonTerminal } from '../../src/report/comparison-terminal.js';
import { renderHistory } from '../../src/report/html/history.js';
import { reportInput } from '../../src/report/index.js';
import { allReports } from '../report/all-reports.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { addRow, churn, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { reseal } from '../fixtures/reseal.js';
import { realRun, split } from '../fixtures/split.js';
import { sourceJournal } from '../fixtures/source.js';
import { at, hostileValue, nodesOf, place, settings } from './settings.js';

const FIXTURE = join(import.meta.dirname, '../fixtures/real-run.jsonl');
const WIDE = { width: 120, colour: false };

function small(): JournalEvent[] {
  const builder = new JournalBuilder([kernelRow('6.1', 'clean'), kernelRow('3.10', 'leaks'), kernelRow('9.9')]);
  addRow(builder, '6.1');
  addRow(builder, '3.10', { case3: churn('100m', 1, [1, null]) });
  builder.add({ kind: 'run.interrupted', signal: 'SIGINT' });
  builder.add({ kind: 'run.resumed', run: 'test-run', tool: { name: 'kernel-matrix', version: '0.1.0', node: 'v20' } });
  builder.add({ kind: 'row.finished', kernel: '9.9', outcome: 'failed', phase: 'boot', reason: 'x', consoleTail: ['y'], seconds: 1 }); // prettier-ignore
  builder.add({ kind: 'run.finished', seconds: 12 });
  return builder.events;
}

function compared(): JournalEvent[] {
  const facts = replay(small());
  const summary = summarise(facts, reportInput(facts).verdicts);
  const [first, ...rest] = small();
  const taken = { kind: 'baseline.taken', from: 'run', place: '/runs/a', sha256: null, summary } as const;
  const builder = new JournalBuilder([], first?.kind === 'run.started' ? first.plan : undefined);
  builder.add(taken);
  // References are not looked at by what judges: moving them along is not worth the while.
  for (const { v: _v, seq: _seq, at: _at, ...draft } of rest) builder.add(draft);
  return builder.events;
}

const SHARDS = split(realRun(), 3);
const SOURCES: Record<string, JournalEvent[]> = {
  small: small(),
  compared: compared(),
  'the source': sourceJournal().events,
  'a real run': parseJournal(readFileSync(FIXTURE)).events,
  'a shard': SHARDS[2]!,
  'a merged run': mergeShards(
    SHARDS.map((events, i) => ({ file: `${i}`, events })),
    { run: 'merged', at: '2026-11-26T08:00:00.000Z', tool: { name: 'k', version: '1', node: 'v20' }, allowMissing: false, baseline: null, checkPlan }, // prettier-ignore
  ).events,
};
const BASE = summarise(replay(SOURCES.small!), reportInput(replay(SOURCES.small!)).verdicts);

const source = fc.constantFrom(...Object.keys(SOURCES));
const written = (name: string): Buffer => Buffer.from(journalText(SOURCES[name]!));
/** The same as they are read: with the keys in the order of their schema. */
const READ = Object.keys(SOURCES).map((name) => parseJournal(written(name)).events);

type Damage = (bytes: Buffer) => Buffer;
const lines = (bytes: Buffer): Buffer[] => {
  const found: Buffer[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = bytes.indexOf(10, offset);
    const next = end === -1 ? bytes.length : end + 1;
    found.push(bytes.subarray(offset, next));
    offset = next;
  }
  return found;
};
const ofLines =
  (change: (all: Buffer[]) => void): Damage =>
  (bytes) => {
    const all = lines(bytes);
    if (all.length > 0) change(all);
    return Buffer.concat(all);
  };
const insert = (bytes: Buffer, where: number, piece: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, where), piece, bytes.subarray(where)]);
/** Lets a damage that was found to do harm be read. */
const named = (name: string, arbitrary: fc.Arbitrary<Damage>): fc.Arbitrary<Damage> =>
  fc
    .noShrink(arbitrary)
    .map((damage) => Object.assign((bytes: Buffer) => damage(bytes), { [fc.toStringMethod]: () => name }));
/** A change of one event's JSON; lines that are none any more stay as they are. */
const ofEvent = (where: number, change: (event: Record<string, unknown>) => void): Damage =>
  ofLines((all) => {
    const i = at(where, all.length);
    try {
      const event = JSON.parse(all[i]!.toString()) as Record<string, unknown>;
      change(event);
      all[i] = Buffer.from(`${JSON.stringify(event)}\n`);
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    }
  });

const flip = named(
  'flip',
  fc.tuple(place, fc.nat(7)).map<Damage>(([where, bit]) => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at(where, copy.length)]! ^= 1 << bit;
    return copy;
  }),
);
const inserted = named(
  'inserted',
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map<Damage>(
    ([where, piece]) =>
      (bytes) =>
        insert(bytes, at(where, bytes.length + 1), piece),
  ),
);
const removed = named(
  'removed',
  fc.tuple(place, fc.integer({ min: 1, max: 600 })).map<Damage>(([where, length]) => (bytes) => {
    const from = at(where, bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  }),
);
const truncated = named(
  'truncated',
  place.map<Damage>((where) => (bytes) => bytes.subarray(0, at(where, bytes.length))),
);
const zeroed = named(
  'zeroed',
  fc.tuple(place, fc.constantFrom(1, 64, 512, 4096)).map<Damage>(([where, size]) => (bytes) => {
    const copy = Buffer.from(bytes);
    const from = at(where, copy.length);
    return copy.fill(0, from - (from % size), Math.min(copy.length, from - (from % size) + size));
  }),
);
const nulTail = named(
  'nulTail',
  fc.integer({ min: 1, max: 5000 }).map<Damage>((length) => (bytes) => Buffer.concat([bytes, Buffer.alloc(length)])),
);
const lineGone = named(
  'lineGone',
  place.map((where) => ofLines((all) => all.splice(at(where, all.length), 1))),
);
const lineTwice = named(
  'lineTwice',
  fc
    .tuple(place, place)
    .map(([from, to]) => ofLines((all) => all.splice(at(to, all.length), 0, all[at(from, all.length)]!))),
);
const linesSwapped = named(
  'linesSwapped',
  fc.tuple(place, place).map(([a, b]) =>
    ofLines((all) => {
      const [i, j] = [at(a, all.length), at(b, all.length)];
      [all[i], all[j]] = [all[j]!, all[i]!];
    }),
  ),
);
const spliced = named(
  'spliced',
  fc.tuple(source, place, place).map(([other, here, there]) =>
    ofLines((all) => {
      const others = lines(written(other));
      // The first line stays: a whole other journal is not damage.
      all.splice(1 + at(here, all.length), all.length, ...others.slice(at(there, others.length)));
    }),
  ),
);
const numberEdited = named(
  'numberEdited',
  fc
    .tuple(
      place,
      fc.constantFrom('0', '1', '-1', '7', '65535', '1e308', '1e999', '99999999999999999999', '0.5', 'null', '"1"'),
    )
    .map<Damage>(([where, number]) => (bytes) => {
      const text = bytes.toString('latin1');
      const found = [...text.matchAll(/(?<=":)-?\d[\d.e+-]*/g)];
      const hit = found[at(where, found.length)];
      if (hit === undefined) return bytes;
      return Buffer.from(text.slice(0, hit.index) + number + text.slice(hit.index + hit[0].length), 'latin1');
    }),
);
const fieldGone = named(
  'fieldGone',
  fc.tuple(place, place).map(([line, field]) =>
    ofEvent(line, (event) => {
      const nodes = nodesOf(event);
      const node = nodes[at(field, nodes.length)];
      if (node) delete node.parent[node.key];
    }),
  ),
);
const fieldChanged = named(
  'fieldChanged',
  fc.tuple(place, place, hostileValue).map(([line, field, value]) =>
    ofEvent(line, (event) => {
      const nodes = nodesOf(event);
      const node = nodes[at(field, nodes.length)];
      if (node) node.parent[node.key] = value;
    }),
  ),
);
const fieldAdded = named(
  'fieldAdded',
  fc
    .tuple(place, fc.constantFrom('later', '__proto__', 'sum', 'constructor', 'toJSON'), hostileValue)
    .map(([line, name, value]) =>
      ofEvent(line, (event) => {
        Object.defineProperty(event, name, { value, enumerable: true, configurable: true, writable: true });
      }),
    ),
);
const hugeLine = named(
  'hugeLine',
  fc
    .tuple(place, fc.constantFrom('x', '[', '{"a":', ' ', '\\u0000', '9'))
    .map(([where, piece]) =>
      ofLines((all) => all.splice(at(where, all.length), 0, Buffer.from(`${piece.repeat(100_000)}\n`))),
    ),
);
const foreign = named(
  'foreign',
  fc
    .tuple(
      place,
      fc.constantFrom(
        '{}',
        '[]',
        'null',
        '5',
        '"x"',
        '{"v":2}',
        '{"v":1,"seq":1}',
        '{"level":"info","msg":"hi"}',
        '\r',
        '',
      ),
    )
    .map(([where, piece]) => ofLines((all) => all.splice(at(where, all.length + 1), 0, Buffer.from(`${piece}\n`)))),
);
const crlf = named(
  'crlf',
  fc.constant<Damage>((bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')),
);
const bom = named(
  'bom',
  fc.constant<Damage>((bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
);

const damage = fc.oneof(
  flip,
  inserted,
  removed,
  truncated,
  zeroed,
  nulTail,
  hugeLine,
  foreign,
  crlf,
  bom,
  lineGone,
  lineTwice,
  linesSwapped,
  spliced,
  numberEdited,
  fieldGone,
  fieldChanged,
  fieldAdded,
);

/** All that is made of a journal; what it throws is for the caller to judge. */
function everything(bytes: Buffer): { events: JournalEvent[]; verdicts: unknown } {
  const { events } = parseJournal(bytes, 'runs/x/journal.jsonl');
  const facts = replay(events, 'runs/x/journal.jsonl');
  const input = reportInput(facts);
  for (const path of allReports(events).keys()) expect(path).toMatch(/^(?!.*\.\.\/)[\w.+/-]+$/);
  renderTerminal(input, WIDE);
  const summary = summarise(facts, input.verdicts);
  for (const comparison of [
    compareRuns(BASE, summary, thresholdsOf(facts.plan.compare)),
    compareRuns(summary, BASE, thresholdsOf()),
  ]) {
    renderComparisonTerminal(comparison, WIDE);
    renderComparisonMarkdown(comparison);
    renderComparisonJson([comparison], 0);
  }
  renderHistory({ runs: [{ summary: BASE, state: 'finished', href: null }, { summary, state: 'finished', href: './x' }], skipped: [] }); // prettier-ignore
  refusedOr(() => trustedPlan(facts, 'runs/x', { config: 'none.yaml', yes: true }));
  const merging = {
    run: 'm',
    at: '2026-11-26T08:00:00.000Z',
    tool: facts.tool,
    allowMissing: true,
    baseline: null,
    checkPlan,
  };
  refusedOr(() => {
    const merged = mergeShards([{ file: 'a', events }], merging);
    allReports(parseJournal(journalText(merged.events)).events);
  });
  return { events, verdicts: input.verdicts };
}

/** @throws what is no word to the user: a fault. */
function refusedOr<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof JournalError || error instanceof UserError) return null;
    throw error;
  }
}

function told(events: readonly JournalEvent[]): string {
  return JSON.stringify(events.map((event) => ({ ...event, v: 0 })));
}

function damagedBy(name: string, damages: Damage[]): Buffer {
  return damages.reduce((bytes, each) => each(bytes), written(name));
}

const damages = fc.array(damage, { minLength: 1, maxLength: 3 });

describe('a damaged journal', () => {
  it('is refused, or read as far as it is what was written', () => {
    fc.assert(
      fc.property(source, damages, (name, all) => {
        const found = refusedOr(() => parseJournal(damagedBy(name, all)));
        if (found === null) return;
        const runs = READ.map((run) => told(run.slice(0, found.events.length)));
        expect(runs).toContain(told(found.events));
      }),
      settings(1000),
    );
  });

  it('that is read gives the verdicts of what was written before the damage', () => {
    fc.assert(
      fc.property(source, fc.oneof(truncated, nulTail, zeroed, removed), (name, one) => {
        const found = refusedOr(() => everything(damagedBy(name, [one])));
        if (found === null) return;
        const before = SOURCES[name]!.slice(0, found.events.length);
        expect(found.verdicts).toEqual(reportInput(replay(before)).verdicts);
      }),
      settings(60),
    );
  });

  it('whose sums are made again is refused, or every report can be made of it', () => {
    fc.assert(
      fc.property(source, damages, (name, all) => void refusedOr(() => everything(reseal(damagedBy(name, all))))),
      settings(500),
    );
  });

  it('whose sums are made again, with one field changed, is refused, or every report can be made of it', () => {
    const small = fc.constantFrom('small', 'compared', 'a shard');
    fc.assert(
      fc.property(
        small,
        fc.oneof(fieldChanged, fieldGone, numberEdited),
        (name, one) => void refusedOr(() => everything(reseal(damagedBy(name, [one])))),
      ),
      settings(500),
    );
  });
});

it.each(Object.keys(SOURCES))('what is not damaged is read: %s', (name) => {
  const { events, verdicts } = everything(written(name));
  expect(events).toHaveLength(SOURCES[name]!.length);
  expect(verdicts).toEqual(reportInput(replay(SOURCES[name]!)).verdicts);
});
