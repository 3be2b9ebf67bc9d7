import { readJournal, createJournal } from '../../src/scenario/journal.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/run-events/events.js';
import { FORMAT_NAMES, FORMATS } from '../../src/report/index.js';
import { journalOf, PINNED, summaryOf } from '../compare/runs.js';
import { addRow, JournalBuilder, kernelRow, ran } from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';
import { allReports } from './all-reports.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-identity-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the events as a run does; returns those its listener was told, and those that are read back from disk. */
async function liveAndRead(journal: JournalBuilder): Promise<[live: JournalEvent[], read: JournalEvent[]]> {
  const file = join(folder, 'journal.jsonl');
  const live: JournalEvent[] = [];
  const writer = createJournal(file, (event) => live.push(event));
  for (const { v: _v, seq: _seq, at: _at, ...draft } of journal.events) writer.append(draft);
  writer.close();
  return [live, (await readJournal(file)).events];
}

function withBaseline(): JournalBuilder {
  const journal = journalOf({ seed: 2, steps: { '6.1': PINNED } });
  const [first, ...rest] = journal.events;
  journal.events.splice(0, journal.events.length, first!);
  journal.add({ kind: 'baseline.taken', from: 'run', place: '/runs/run-1', sha256: null, summary: summaryOf() });
  for (const { v: _v, seq: _seq, at: _at, ...draft } of rest) journal.add(draft);
  return journal;
}

/** Text and numbers that JSON might not give back as they were. */
function awkward(): JournalBuilder {
  const journal = new JournalBuilder([{ ...kernelRow('a.b', 'clean'), release: undefined }]);
  const run = ran(null, { code: 125, running: null, error: '\u2028 é 😀 \ud800 \u0000 \\n', seconds: 1e-9 });
  addRow(journal, 'a.b', { case1: { run }, exhausted: { seconds: 0.1 + 0.2 } });
  return journal;
}

describe('every report, live and from the journal afterwards', () => {
  it.each([
    ['the source', sourceJournal],
    ['a run with a baseline', withBaseline],
    ['awkward values', awkward],
    ['a run that has only begun', () => new JournalBuilder([kernelRow('5.10', 'clean')])],
  ])('is the same to the byte: %s', async (_, make) => {
    const [live, read] = await liveAndRead(make());
    const [before, after] = [allReports(live), allReports(read)];
    expect([...before.keys()]).toEqual([...after.keys()]);
    expect([...before.keys()]).toEqual(expect.arrayContaining(FORMAT_NAMES.map((name) => FORMATS[name].file)));
    for (const [name, content] of before)
      expect(Buffer.from(content).equals(Buffer.from(after.get(name) ?? '')), name).toBe(true);
  });
});
