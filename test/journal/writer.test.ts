import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventDraft } from '../../src/journal/events.js';
import { parseJournal } from '../../src/journal/read.js';
import { JournalWriter } from '../../src/journal/writer.js';

const EVENT: EventDraft<'run.interrupted'> = { kind: 'run.interrupted', signal: 'größer ✓' };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-writer-'));
  file = join(folder, 'runs', 'a', 'journal.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = () => parseJournal(readFileSync(file, 'utf8'), file);

/** Leaves a journal of so many events behind. */
function written(events: number): void {
  const writer = JournalWriter.create(file);
  for (let n = 0; n < events; n++) writer.append(EVENT);
  writer.close();
}

describe('create', () => {
  it('makes the folders and numbers events from 1, so that a reader takes them', () => {
    written(3);
    expect(read().events.map((event) => event.seq)).toEqual([1, 2, 3]);
    expect(read().events[0]).toMatchObject({ v: 1, kind: 'run.interrupted', signal: 'größer ✓' });
  });

  it('never overwrites a journal', () => {
    written(1);
    const before = readFileSync(file, 'utf8');
    expect(() => JournalWriter.create(file)).toThrow(/EEXIST/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('append', () => {
  it('tells the listener of an event that is in the file already, and returns it', () => {
    const found: unknown[] = [];
    const writer = JournalWriter.create(file, (event) => {
      expect(read().events.at(-1)).toEqual(event);
      found.push(event);
    });
    const returned = writer.append(EVENT);
    writer.close();
    expect(found).toEqual([returned]);
  });
});

describe('resume', () => {
  const resumed = () => {
    const writer = JournalWriter.resume(file);
    writer.append(EVENT);
    writer.close();
    return read();
  };

  it('goes on after the last event', () => {
    written(2);
    expect(resumed().events.map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  it('cuts a torn last line off, at whatever byte it was torn', () => {
    written(1);
    const whole = readFileSync(file);
    const line = Buffer.from(whole.toString().replace('"seq":1', '"seq":2'));
    for (let cut = 1; cut < line.length; cut += 1) {
      writeFileSync(file, Buffer.concat([whole, line.subarray(0, cut)]));
      const { events, torn } = resumed();
      expect(events.map((event) => event.seq)).toEqual([1, 2]);
      expect(torn).toBeNull();
    }
  });

  it('cuts rubbish that ends with a newline off too', () => {
    written(2);
    appendFileSync(file, '{"v":1,"se\n');
    expect(resumed().events.map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  it('begins again in a journal whose only line was torn', () => {
    written(0);
    appendFileSync(file, '{"v":1');
    expect(resumed().events.map((event) => event.seq)).toEqual([1]);
  });

  it('does not make a journal that is not there', () => {
    expect(() => JournalWriter.resume(file)).toThrow(/ENOENT/);
  });
});
