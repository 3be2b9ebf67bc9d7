/** What the largest runs cost: a journal of a million events, hundreds of kernels on one page, shards, a thousand runs. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JournalEvent } from '../src/run-events/events.js';
import { withChromium } from '../test/browser/chromium.js';
import { largeEvents, largeJournal, longRow, writeJournal } from './large-journal.js';
import type { Recorder } from './results.js';
import type { Subject } from './subject.js';
import { usageOf } from './usage.js';

const MILLION = 1_000_000;
const MAIN = join(import.meta.dirname, '../scripts/start.js');

export const scale: Subject = {
  about: 'a journal of 1,000,000 events, a page of 300 kernels, a shard of 150,000 events, 500 shards, 1,000 runs',
  async run(record, folder) {
    const rows = Math.round(MILLION / (largeJournal(1).length - 2));
    await reported(record, folder, { name: 'rows', what: `${rows} kernels`, events: largeEvents(rows) });
    await reported(record, folder, { name: 'row', what: 'one kernel', events: longRow(MILLION) });
    await reported(record, folder, { name: 'page', what: '300 kernels', events: largeEvents(300) });
    await opened(record, '300 kernels', join(folder, 'page', 'matrix.html'));
    await opened(record, `${rows} kernels`, join(folder, 'rows', 'matrix.html'));
    const shards = [
      longRow(150_000, { index: 1, total: 3 }),
      ...[2, 3].map((index) => largeEvents(1, { index, total: 3 })),
    ];
    await merged(record, folder, { name: 'long', what: '3 shards, one of 150,000 events', shards });
    const many = Array.from({ length: 500 }, (_, i) => largeEvents(1, { index: i + 1, total: 500 }));
    await merged(record, folder, { name: 'many', what: '500 shards of one kernel', shards: many });
    await history(record, folder, 1000);
  },
};

async function reported(
  record: Recorder,
  runs: string,
  { name, what, events }: { name: string; what: string; events: Iterable<JournalEvent> },
): Promise<void> {
  const run = join(runs, name);
  mkdirSync(run);
  const written = writeJournal(join(run, 'journal.jsonl'), events);
  const label = `report of ${written.events} events, ${what}`;
  await cost(record, label, runs, ['report', name, '--runs-dir', runs]);
  const transcripts = readdirSync(join(run, 'kernels')).length;
  record.figure(`${label}: the journal`, written.bytes / 2 ** 20, 'MiB');
  record.figure(`${label}: transcripts`, transcripts, 'files');
  record.figure(`${label}: matrix.html`, statSync(join(run, 'matrix.html')).size / 2 ** 20, 'MiB');
}

async function merged(
  record: Recorder,
  folder: string,
  { name, what, shards }: { name: string; what: string; shards: readonly Iterable<JournalEvent>[] },
): Promise<void> {
  const runs = join(folder, name);
  const names = shards.map((events, i) => {
    mkdirSync(join(runs, `s${i + 1}`), { recursive: true });
    writeJournal(join(runs, `s${i + 1}`, 'journal.jsonl'), events);
    return `s${i + 1}`;
  });
  await cost(record, `merge of ${what}`, folder, ['merge', ...names, '--into', 'all', '--runs-dir', runs]);
}

async function history(record: Recorder, folder: string, count: number): Promise<void> {
  const runs = join(folder, 'history');
  const day = (i: number) => new Date(Date.UTC(2026, 0, 1, i)).toISOString();
  for (let i = 0; i < count; i += 1) {
    mkdirSync(join(runs, `h${i}`), { recursive: true });
    const events = largeJournal(3).map((event) =>
      event.kind === 'run.started' ? { ...event, run: `h${i}`, at: day(i) } : event,
    );
    writeJournal(join(runs, `h${i}`, 'journal.jsonl'), events);
  }
  const page = join(folder, 'history.html');
  await cost(record, `history of ${count} runs`, folder, ['history', '--runs-dir', runs, '--out', page]);
}

/** Exit codes 1 and 3 tell of verdicts, not of a failure. */
async function cost(record: Recorder, what: string, folder: string, words: string[]): Promise<void> {
  const used = await usageOf([MAIN, ...words], folder);
  if (used.code !== 0 && used.code !== 1 && used.code !== 3) throw new Error(used.stderr);
  record.figure(what, used.cpuSeconds, 's of CPU');
  record.figure(`${what}: peak memory`, used.maxRssMib, 'MiB');
}

async function opened(record: Recorder, what: string, page: string): Promise<void> {
  await withChromium({ colorScheme: 'light', width: 1280 }, async (context) => {
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(page).href, { waitUntil: 'load', timeout: 120_000 });
    const loaded = await tab.evaluate<number>(`performance.getEntriesByType('navigation')[0].loadEventEnd`);
    const elements = await tab.evaluate<number>(`document.getElementsByTagName('*').length`);
    record.figure(`page of ${what}, until Chromium has loaded it`, loaded, 'ms');
    record.figure(`page of ${what}`, elements, 'elements');
  });
}
