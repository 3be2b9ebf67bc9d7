import { parseJournal, createJournal, resumeJournal } from '../../src/scenario/journal.js';
import {
  appendFileSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventDraft, RunJournal } from '../../src/run-events/events.js';
import { JournalWriteError, type JournalDisk } from '../../src/journal/writer.js';

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
  const writer = createJournal(file);
  for (let n = 0; n < events; n++) writer.append(EVENT);
  writer.close();
}

describe('create', () => {
  it('makes the folders and numbers events from 1, so that a reader takes them', () => {
    written(3);
    expect(read().events.map((event) => event.seq)).toEqual([1, 2, 3]);
    expect(read().events[0]).toMatchObject({ v: 3, kind: 'run.interrupted', signal: 'größer ✓' });
  });

  it('never overwrites a journal', () => {
    written(1);
    const before = readFileSync(file, 'utf8');
    expect(() => createJournal(file)).toThrow(/EEXIST/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('append', () => {
  it('tells the listener of an event that is in the file already, and returns it', () => {
    const found: unknown[] = [];
    const writer = createJournal(file, (event) => {
      expect(read().events.at(-1)).toEqual(event);
      found.push(event);
    });
    const returned = writer.append(EVENT);
    writer.close();
    expect(found).toEqual([returned]);
  });
});

describe('a disk that fails', () => {
  const failing = (code: string): Error => Object.assign(new Error(`${code}: it is over`), { code });
  /** A disk that takes so many bytes, in pieces of 16. */
  function disk(room: number, broken: Partial<JournalDisk> = {}): JournalDisk {
    return {
      write: (descriptor, bytes) => {
        const taken = Math.min(room, 16, bytes.length);
        if (taken === 0) throw failing('ENOSPC');
        room -= taken;
        return writeSync(descriptor, bytes.subarray(0, taken));
      },
      sync: () => undefined,
      length: (descriptor) => fstatSync(descriptor).size,
      truncate: ftruncateSync,
      ...broken,
    };
  }
  const refusal = (writer: RunJournal): JournalWriteError => {
    try {
      writer.append(EVENT);
    } catch (error) {
      if (error instanceof JournalWriteError) return error;
      throw error;
    }
    throw new Error('it was written');
  };

  it('leaves what was written before whole, and refuses everything after', () => {
    const writer = createJournal(file, undefined, disk(200));
    writer.append(EVENT);
    const before = readFileSync(file);
    const error = refusal(writer);
    expect(error.parts).toMatchObject({
      what: 'the journal could not be written: the disk is full',
      where: file,
      why: 'ENOSPC: it is over\nwhat was measured up to event 1 is kept',
      next: 'free some space, then go on with this run: npm run matrix -- --resume',
      kind: 'unavailable',
    });
    expect(readFileSync(file)).toEqual(before);
    expect(refusal(writer)).toBe(error);
    writer.close();
    const again = resumeJournal(file);
    again.append(EVENT);
    again.close();
    expect(read().events.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('takes a line back that could not be synced, if it can', () => {
    const writer = createJournal(file, undefined, disk(1000, { sync: () => { throw failing('EIO'); } })); // prettier-ignore
    expect(refusal(writer).parts.why).toContain('EIO');
    expect(readFileSync(file, 'utf8')).toBe('');
    writer.close();
  });

  it('leaves a torn line where it cannot be taken back', () => {
    const writer = createJournal(file, undefined, disk(200, { truncate: () => { throw failing('EIO'); } })); // prettier-ignore
    writer.append(EVENT);
    refusal(writer);
    writer.close();
    expect(read().events).toHaveLength(1);
    expect(read().torn).not.toBeNull();
  });

  it('is told from another process that writes the same journal', () => {
    const writer = createJournal(file);
    writer.append(EVENT);
    appendFileSync(file, '{}\n');
    expect(refusal(writer).parts.why).toContain('another process writes it too');
    writer.close();
  });
});

it('does not write an event that no reader would take', () => {
  const writer = createJournal(file);
  expect(() => writer.append({ kind: 'run.finished', seconds: NaN })).toThrow(
    'seconds: expected a number from 0 to 1e15, got NaN',
  );
  writer.append(EVENT);
  writer.close();
  expect(read().events).toHaveLength(1);
});

describe('resume', () => {
  const resumed = () => {
    const writer = resumeJournal(file);
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
    appendFileSync(file, '{"v":3,"se\n');
    expect(resumed().events.map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  it('begins again in a journal whose only line was torn', () => {
    written(0);
    appendFileSync(file, '{"v":3');
    expect(resumed().events.map((event) => event.seq)).toEqual([1]);
  });

  it('does not go on with a journal of an older version, and names it', () => {
    const line = JSON.stringify({ v: 2, seq: 1, at: '2026-01-01T00:00:00.000Z', ...EVENT });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${line}\n`);
    expect(() => resumeJournal(file)).toThrow(':1: journal version 2, this program reads version 3; start a new run');
  });

  it('does not go on with a journal that is damaged', () => {
    written(2);
    writeFileSync(file, readFileSync(file, 'utf8').replace('größer', 'kleiner'));
    expect(() => resumeJournal(file)).toThrow(':1: its sum is wrong');
  });

  it('does not make a journal that is not there', () => {
    expect(() => resumeJournal(file)).toThrow(/ENOENT/);
  });
});
