import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JournalError, parseJournal, readJournal } from '../../src/journal/read.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';

function journal(): string[] {
  const builder = new JournalBuilder([kernelRow('5.10')]);
  addRow(builder, '5.10');
  return builder.text().split('\n').slice(0, -1);
}

const text = (lines: string[]): string => lines.map((line) => `${line}\n`).join('');
const edit = (line: string, change: object): string => JSON.stringify({ ...(JSON.parse(line) as object), ...change });

describe('parseJournal', () => {
  it('reads a whole journal', () => {
    const lines = journal();
    const parsed = parseJournal(text(lines));
    expect(parsed.events).toHaveLength(lines.length);
    expect(parsed.torn).toBeNull();
    expect(parsed.wholeBytes).toBe(Buffer.byteLength(text(lines)));
  });

  it('tolerates a last line torn at any byte', () => {
    const lines = journal().slice(0, 3);
    const whole = text(lines.slice(0, 2));
    const last = `${lines[2]}\n`;
    for (let cut = 1; cut < last.length; cut += 1) {
      const parsed = parseJournal(whole + last.slice(0, cut));
      expect(parsed.events.map((event) => event.seq)).toEqual([1, 2]);
      expect(parsed.torn?.line).toBe(3);
      expect(parsed.wholeBytes).toBe(Buffer.byteLength(whole));
    }
  });

  it('tolerates a last line of rubbish that ends with a newline', () => {
    expect(parseJournal(`${text(journal().slice(0, 2))}{"v":1,"se\n`).torn).toEqual({ line: 3, text: '{"v":1,"se' });
  });

  it('counts bytes, not characters, before the torn line', () => {
    const line = edit(journal()[0] ?? '', { profileReason: 'größer ✓' });
    expect(parseJournal(`${line}\n{"`).wholeBytes).toBe(Buffer.byteLength(`${line}\n`));
  });

  it('reads an empty journal as no events', () => {
    expect(parseJournal('').events).toEqual([]);
  });

  it.each([
    [
      'rubbish in the middle',
      (lines: string[]) => (lines[1] = '{"v":1,'),
      'runs/x/journal.jsonl:2: not a line of JSON',
    ],
    ['an empty line', (lines: string[]) => lines.splice(1, 0, ''), ':2: not a line of JSON'],
    [
      'a wrong version',
      (lines: string[]) => (lines[1] = edit(lines[1] ?? '', { v: 2 })),
      ':2: journal version 2, this tool reads 1',
    ],
    ['a gap in seq', (lines: string[]) => lines.splice(1, 1), ':2: seq 3 where 2 was expected'],
    [
      'an unknown kind',
      (lines: string[]) => (lines[2] = edit(lines[2] ?? '', { kind: 'toString' })),
      ':3: unknown event kind "toString"',
    ],
    ['no object', (lines: string[]) => (lines[1] = '[1]'), ':2: not a journal event'],
    ['a wrong version on the last line', (lines: string[]) => lines.push('{"v":9}'), 'journal version 9'],
  ])('refuses %s, and says where and what to do', (_, spoil, message) => {
    const lines = journal();
    spoil(lines);
    const read = () => parseJournal(text(lines), 'runs/x/journal.jsonl');
    expect(read).toThrow(JournalError);
    expect(read).toThrow(message);
    expect(read).toThrow(/; (restore|read it with)/);
  });

  it('reads from disk', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'journal-'));
    try {
      const file = join(directory, 'journal.jsonl');
      await writeFile(file, `${text(journal())}{"torn`);
      expect((await readJournal(file)).torn?.text).toBe('{"torn');
      await expect(readJournal(join(directory, 'none'))).rejects.toThrow('ENOENT');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
