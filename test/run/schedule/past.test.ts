import type { JournalEvent } from '../../../src/run-events/events.js';
import { journalText } from '../../../src/journal/lines.js';
import { readJournal, replay } from '../../../src/scenario/journal.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPast, timesOf } from '../../../src/run/schedule/past.js';
import { kernelRow, plan } from '../../fixtures/build.js';

const REAL = join(import.meta.dirname, '../../fixtures/three-kernels.jsonl');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'km-past-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A journal in which each of these kernels took so many seconds. */
function journal(
  name: string,
  rows: Record<string, number>,
  { profile = 'embedded', cycles = 3, end = '' } = {},
): string {
  const base = plan(
    Object.keys(rows).map((row) => kernelRow(row)),
    profile,
  );
  const host = { os: 'Linux', cpus: 2, memoryMib: 4096 };
  const tool = { name: 'kernel-matrix', version: '0', node: 'v20' };
  const started = { plan: { ...base, sequence: { ...base.sequence, cycles } }, profileReason: '', host, tool };
  const events: object[] = [
    { kind: 'run.started', run: name, profile, ...started },
    ...Object.entries(rows).flatMap(([kernel, seconds]) => [
      { kind: 'row.started', kernel, machine: 'm1' },
      { kind: 'row.finished', kernel, outcome: 'measured', phase: null, reason: null, consoleTail: null, seconds },
    ]),
  ];
  const file = join(folder, `${name}.jsonl`);
  const at = '2026-11-26T00:00:00.000Z';
  writeFileSync(
    file,
    journalText(events.map((event, i) => ({ v: 3, seq: i + 1, at, ...event }) as JournalEvent)) + end,
  );
  return file;
}

const A_AND_B = { ...plan([kernelRow('a'), kernelRow('b')]) };
A_AND_B.sequence = { ...A_AND_B.sequence, cycles: 3 };
const found = async (...files: string[]) =>
  (await readPast(files, A_AND_B)).map(({ kernel, run, seconds }) => [kernel, run, seconds]);

describe('timesOf', () => {
  it('tells of a real run what its rows took, without the start of the machines', async () => {
    const facts = replay((await readJournal(REAL)).events, REAL);
    const times = timesOf(facts);
    expect(times.map(({ kernel }) => kernel)).toEqual(['5.10', '6.1', '6.12']);
    for (const [i, time] of times.entries()) {
      expect(time).toMatchObject({ run: facts.run, accelerator: 'tcg' });
      const phases = facts.rows[i]!.phases.filter(({ phase }) => phase !== 'machine');
      expect(time.seconds).toBeCloseTo(
        phases.reduce((sum, { seconds }) => sum + seconds!, 0),
        0,
      );
    }
  });
});

describe('readPast', () => {
  it('reads runs of the same profile with as many cycles, newest first', async () => {
    const files = [
      journal('r4', { a: 9 }, { profile: 'other' }),
      journal('r3', { a: 8 }, { cycles: 4 }),
      journal('r2', { a: 7 }),
      journal('r1', { a: 6, b: 5 }),
    ];
    expect(await found(...files)).toEqual([
      ['a', 'r2', 7],
      ['a', 'r1', 6],
      ['b', 'r1', 5],
    ]);
  });

  it('goes no further back than every row is found', async () => {
    expect(await found(journal('r2', { a: 1, b: 2 }), journal('r1', { a: 3 }))).toEqual([
      ['a', 'r2', 1],
      ['b', 'r2', 2],
    ]);
  });

  it('passes over journals that are damaged or gone, and takes one with a torn end', async () => {
    const damaged = join(folder, 'damaged.jsonl');
    writeFileSync(damaged, 'not a journal\n');
    expect(await found(damaged, join(folder, 'gone'), journal('r1', { a: 3 }, { end: '{"v":3,' }))).toEqual([
      ['a', 'r1', 3],
    ]);
  });
});
