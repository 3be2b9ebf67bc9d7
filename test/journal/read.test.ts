import { JournalError } from '../../src/journal/error.js';
import { reseal } from '../fixtures/reseal.js';
import { parseJournal, readEvents, readJournal } from '../../src/scenario/journal.js';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/run-events/events.js';
import { type JournalEnd } from '../../src/journal/read.js';
import { journalText } from '../../src/journal/lines.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';

function journal(): string[] {
  const builder = new JournalBuilder([kernelRow('5.10')]);
  addRow(builder, '5.10');
  return builder.text().split('\n').slice(0, -1);
}

const text = (lines: string[]): string => lines.map((line) => `${line}\n`).join('');
const edit = (line: string, change: object): string => {
  const { sum: _sum, ...event } = { ...(JSON.parse(line) as object), ...change } as Record<string, unknown>;
  return JSON.stringify(event);
};
/** With the sums its lines must have. */
const sealed = (lines: string[]): string => reseal(text(lines)).toString();

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
    expect(parseJournal(`${text(journal().slice(0, 2))}{"v":3,"se\n`).torn).toEqual({ line: 3, text: '{"v":3,"se' });
  });

  it('counts bytes, not characters, before the torn line', () => {
    const line = edit(journal()[0] ?? '', { profileReason: 'größer ✓' });
    const whole = sealed([line]);
    expect(parseJournal(`${whole}{"`).wholeBytes).toBe(Buffer.byteLength(whole));
  });

  it('reads an empty journal as no events', () => {
    expect(parseJournal('').events).toEqual([]);
  });

  it.each([
    [
      'rubbish in the middle',
      (lines: string[]) => (lines[1] = '{"v":3,'),
      'runs/x/journal.jsonl:2: not a line of JSON',
    ],
    ['an empty line', (lines: string[]) => lines.splice(1, 0, ''), ':2: not a line of JSON'],
    [
      'a wrong version',
      (lines: string[]) => (lines[1] = edit(lines[1] ?? '', { v: 9 })),
      ':2: journal version 9, this program reads version 3',
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
    const read = () => parseJournal(sealed(lines), 'runs/x/journal.jsonl');
    expect(read).toThrow(JournalError);
    expect(read).toThrow(message);
    expect(read).toThrow(/; (restore|read it with)/);
  });

  it('reads the events one by one from disk too, however the pieces fall', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'journal-'));
    try {
      const file = join(directory, 'journal.jsonl');
      const long = edit(journal()[0] ?? '', { profileReason: 'ö'.repeat(400_000) });
      await writeFile(file, `${sealed([long, ...journal().slice(1)])}{"torn`);
      const events: JournalEvent[] = [];
      let end: JournalEnd | undefined;
      for await (const event of readEvents(file, (told) => (end = told))) events.push(event);
      expect({ events, ...end }).toEqual(await readJournal(file));
      expect(end?.torn?.text).toBe('{"torn');
    } finally {
      await rm(directory, { recursive: true });
    }
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

describe('the body of an event', () => {
  const whole = journal();
  const at = (kind: string) => whole.findIndex((line) => line.includes(`"kind":"${kind}"`));
  const spoilt = (kind: string, spoil: (event: Record<string, unknown>) => void): (() => unknown) => {
    const lines = [...whole];
    const event = JSON.parse(lines[at(kind)]!) as Record<string, unknown>;
    spoil(event);
    lines[at(kind)] = JSON.stringify(event);
    return () => parseJournal(sealed(lines), 'j');
  };

  it.each<[string, string, (event: Record<string, never>) => unknown, string]>([
    [
      'a text for a number',
      'exhausted',
      (event: { made: unknown }) => (event.made = '65532'),
      'exhausted: made: expected a whole number from 0, got "65532"',
    ],
    [
      'a negative count',
      'exhausted',
      (event: { made: unknown }) => (event.made = -1),
      'made: expected a whole number from 0, got -1',
    ],
    ['a number beyond all numbers', 'exhausted', (event: { seconds: unknown }) => (event.seconds = null), ''],
    [
      'a missing list',
      'exhausted',
      (event: { from?: unknown }) => delete event.from,
      'from: expected a list, got nothing',
    ],
    [
      'a wrong element',
      'churn.started',
      (event: { before: { polls: unknown[] } }) => (event.before.polls[0] = {}),
      'before.polls[0]: expected a whole number from 0, got an object',
    ],
    [
      'a list for an object',
      'exhausted',
      (event: { reading: unknown }) => (event.reading = []),
      'reading: expected an object, got a list',
    ],
    [
      'another word',
      'row.finished',
      (event: { outcome: unknown }) => (event.outcome = 'clean'),
      'outcome: expected "measured" or "failed", got "clean"',
    ],
    [
      'a case that is not churned',
      'churn.started',
      (event: { case: unknown }) => (event.case = 1),
      'case: expected 2 or 3, got 1',
    ],
    [
      'a time that is none',
      'exhausted',
      (event: { at: unknown }) => (event.at = '2026-13-01T00:00:00.000Z'),
      'at: expected a time',
    ],
    [
      'seconds beyond all reckoning',
      'boot.proven',
      (event: { seconds: unknown }) => (event.seconds = 1.8e308),
      'seconds: expected a number from 0 to 1e15, got',
    ],
    [
      'seconds of which two are more than a number holds',
      'boot.proven',
      (event: { seconds: unknown }) => (event.seconds = 1.7e308),
      'seconds: expected a number from 0 to 1e15, got 1.7e+308',
    ],
    [
      'evidence that was never written',
      'boot.proven',
      (event: { from: unknown }) => (event.from = [1, 99_999]),
      'from: expected events before this one, got 99999',
    ],
    [
      'evidence within it that came later',
      'case1.finished',
      (event: { seq: number; run: { from: unknown } }) => (event.run.from = [event.seq]),
      'from: expected events before this one',
    ],
    [
      'a plan without kernels',
      'run.started',
      (event: { plan: { kernels?: unknown } }) => delete event.plan.kernels,
      'plan.kernels: expected a list',
    ],
    [
      'a kernel from nowhere',
      'run.started',
      (event: { plan: { kernels: { source: unknown }[] } }) => (event.plan.kernels[0]!.source = '__proto__'),
      'plan.kernels[0].source: expected the name of a kernel source',
    ],
  ] as never)('is not taken with %s', (_, kind, spoil, message) => {
    const read = spoilt(kind, spoil as never);
    if (message === '') expect(read).not.toThrow();
    else {
      expect(read).toThrow(JournalError);
      expect(read).toThrow(`j:${at(kind) + 1}: `);
      expect(read).toThrow(message);
    }
  });

  it('loses fields that this version does not know', () => {
    const lines = [...whole];
    lines[3] = lines[3]!.replace(/,"sum":.*$/, `,"later":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
    const { events } = parseJournal(reseal(text(lines)));
    expect(events).toHaveLength(whole.length);
    expect(events[3]).not.toHaveProperty('later');
  });

  it('may not be in bytes that are no text', () => {
    const bytes = Buffer.from(text(whole));
    bytes[bytes.indexOf('echo exhaust')] = 0xff;
    expect(() => parseJournal(bytes)).toThrow('not a line of JSON, and not the last line');
  });
});

describe('the sums', () => {
  const { events } = parseJournal(text(journal()));
  const other = parseJournal(sealed(journal().map((line) => line.replaceAll('test-run', 'another')))).events;
  const linesOf = (all: JournalEvent[]) => journalText(all).split('\n').slice(0, -1);

  it('are read and left out of the events', () => {
    expect(parseJournal(text(linesOf(events))).events).toEqual(events);
  });

  it('can be made again by hand', () => {
    const [first, second] = linesOf(events) as [string, string];
    const [sum1, sum2] = [first, second].map((line) => /"sum":"(.*)"}$/.exec(line)![1]);
    const made = (body: string) => createHash('sha256').update(body).digest('hex').slice(0, 16);
    expect(sum1).toBe(made(first.replace(`,"sum":"${sum1}"`, '')));
    expect(sum2).toBe(made(sum1 + second.replace(`,"sum":"${sum2}"`, '')));
  });

  it.each<[string, (lines: string[]) => unknown, string]>([
    ['an edited number', (lines) => (lines[2] = lines[2]!.replace('20', '21')), ':3: its sum is wrong'],
    [
      'a line left out, the rest renumbered',
      (lines) => {
        lines.splice(3, 1);
        lines.forEach((line, i) => (lines[i] = line.replace(/"seq":\d+/, `"seq":${i + 1}`)));
      },
      ':4: its sum is wrong',
    ],
    ['a line twice', (lines) => lines.splice(3, 0, lines[3]!), ':5: seq 4 where 5 was expected'],
    ['two lines swapped', (lines) => ([lines[3], lines[4]] = [lines[4]!, lines[3]!]), ':4: seq 5 where 4 was expected'],
    [
      'the end of another run',
      (lines) => lines.splice(4, lines.length, ...linesOf(other).slice(4)),
      ':5: its sum is wrong',
    ],
    [
      'a line without a sum',
      (lines) => (lines[3] = lines[3]!.replace(/,"sum":.*/, '}')),
      ':4: an event without its sum at the end',
    ],
    [
      'a sum in the middle of a line',
      (lines) => (lines[3] = lines[3]!.replace(/^\{(.*),("sum":.*)\}$/, '{$2,$1}')),
      ':4: an event without its sum at the end',
    ],
    [
      'a wrong last line',
      (lines) => (lines[lines.length - 1] = lines.at(-1)!.replace('300', '301')),
      'its sum is wrong',
    ],
  ])('find %s', (_, spoil, message) => {
    const lines = linesOf(events);
    spoil(lines);
    const read = () => parseJournal(text(lines), 'j');
    expect(read).toThrow(JournalError);
    expect(read).toThrow(message);
  });
});
