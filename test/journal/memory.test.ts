import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { longRow, writeJournal } from '../../bench/large-journal.js';
import type { JournalEvent } from '../../src/run-events/events.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function* withAnswers(events: Iterable<JournalEvent>, answer: string): Generator<JournalEvent, void> {
  for (const event of events) yield event.kind === 'command' ? { ...event, stdout: answer } : event;
}

it('replays a journal whose answers are larger than the memory it may have', async () => {
  const file = join(folder, 'journal.jsonl');
  const { bytes } = writeJournal(file, withAnswers(longRow(12_000), 'x'.repeat(8000)));
  expect(bytes).toBeGreaterThan(90 * 2 ** 20);
  const { stdout } = await execa(process.execPath, [
    '--max-old-space-size=48',
    '--import',
    'tsx',
    join(import.meta.dirname, 'fixtures/replay-file.ts'),
    file,
  ]);
  expect(Number(stdout)).toBeGreaterThan(12_000);
});
