/** The journal: what syncing every event costs, and reading a long one. */
import { createJournal } from '../src/scenario/journal.js';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { journalText } from '../src/journal/lines.js';
import { comparePairs } from './compare.js';
import { largeJournal } from './large-journal.js';
import type { Subject } from './subject.js';
import { usageOf } from './usage.js';

const EVENTS = 100_000;
const ROUNDS = 5;

/** As large as most are. */
const COMMAND = {
  kind: 'command',
  kernel: '6.1',
  machine: 'm1',
  phase: 'case2',
  command: 'docker run -id nginx',
  code: 0,
  stdout: 'x'.repeat(200),
  stderr: '',
  seconds: 1,
} as const;

/** What reading a journal in a process of its own told (journal-child.ts). */
export interface ReadCost {
  events: number;
  readSeconds: number;
  replaySeconds: number;
  bytesPerEvent: number;
}

export const journal: Subject = {
  about: 'append synced against unsynced; parse and replay of 100,000 events, and the memory they take',
  async run(record, folder) {
    let n = 0;
    const file = () => join(folder, `${(n += 1)}`);
    record.pair(
      await comparePairs(
        '200 events',
        { name: 'each synced before the next effect (the journal)', work: () => synced(file()) },
        { name: 'synced once at the end', work: () => unsynced(file()) },
        'wall',
      ),
    );
    const one = largeJournal(1).length - 2;
    const text = journalText(largeJournal(Math.round(EVENTS / one)));
    const long = join(folder, 'long.jsonl');
    writeFileSync(long, text);
    const child = join(import.meta.dirname, 'journal-child.ts');
    const costs: ReadCost[] = [];
    let rss = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const used = await usageOf(['--expose-gc', '--import', 'tsx', child, long], folder);
      if (used.code !== 0) throw new Error(used.stderr);
      costs.push(JSON.parse(used.stdout) as ReadCost);
      rss = Math.max(rss, used.maxRssMib);
    }
    const best = (of: (cost: ReadCost) => number) => Math.min(...costs.map(of));
    record.figure('events read', costs[0]!.events, 'events');
    record.figure('size of that journal', text.length / 2 ** 20, 'MiB');
    record.figure(
      `read, best of ${ROUNDS}`,
      best((cost) => cost.readSeconds),
      's of CPU',
    );
    record.figure(
      `replay, best of ${ROUNDS}`,
      best((cost) => cost.replaySeconds),
      's of CPU',
    );
    record.figure(
      'memory an event holds once it is replayed',
      best((cost) => cost.bytesPerEvent),
      'bytes',
    );
    record.figure('peak memory of the process', rss, 'MiB');
  },
};

function synced(file: string): void {
  const writer = createJournal(file);
  for (let i = 0; i < 200; i++) writer.append(COMMAND);
  writer.close();
}

function unsynced(file: string): void {
  const descriptor = openSync(file, 'wx');
  for (let i = 0; i < 200; i++)
    writeSync(descriptor, `${JSON.stringify({ v: 3, seq: i, at: new Date(), ...COMMAND })}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
