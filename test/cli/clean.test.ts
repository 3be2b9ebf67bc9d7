/** `clean --keep-last` as a user runs it, on folders of every kind. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEFT_BEHIND, ownMark } from '../../src/cli/owner-mark.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import { addRow, JournalBuilder, kernelRow, plan } from '../fixtures/build.js';
import { lines } from '../fixtures/split.js';
import { program, type Ended } from './program.js';

const ROWS = [kernelRow('6.1', 'clean')];
let root: string;
let runs: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-clean-'));
  runs = join(root, 'runs');
  mkdirSync(runs);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A run of a day of January, with a report beside its journal. */
function store(name: string, day: number, { finished = true, profile = 'embedded' } = {}): string {
  const journal = new JournalBuilder(ROWS, plan(ROWS, profile));
  if (finished) addRow(journal, '6.1');
  const at = new Date(Date.UTC(2026, 0, day)).toISOString();
  const events = journal.events.map((event): JournalEvent =>
    event.kind === 'run.started' ? { ...event, run: name, at } : event,
  );
  const folder = join(runs, name);
  mkdirSync(join(folder, 'kernels/6.1'), { recursive: true });
  writeFileSync(join(folder, 'journal.jsonl'), lines(events));
  writeFileSync(join(folder, 'kernels/6.1/console.log'), '');
  return folder;
}

const clean = (...words: string[]): Promise<Ended> =>
  program(['clean', '--runs-dir', runs, ...words], { KERNEL_MATRIX_CACHE: join(root, 'cache') });

describe('clean --keep-last', { timeout: 60_000 }, () => {
  it('removes the oldest runs but so many, says which, and touches nothing that is no run', async () => {
    for (const day of [1, 2, 3, 4]) store(`night-${day}`, day);
    mkdirSync(join(runs, 'notes'));
    writeFileSync(join(runs, 'notes/matrix.md'), 'mine');
    writeFileSync(join(runs, 'a-file'), '');
    mkdirSync(join(runs, 'damaged'));
    writeFileSync(join(runs, 'damaged/journal.jsonl'), 'no journal\nat all\n');
    renameSync(store('another', 1), join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(runs, 'link'));

    const dry = await clean('--keep-last', '2', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^would remove run night-1\nwould remove run night-2\n/);
    expect(existsSync(join(runs, 'night-1/kernels/6.1/console.log'))).toBe(true);

    const end = await clean('--keep-last', '2');
    expect(end.code).toBe(0);
    expect(end.stdout).toMatch(/removed run night-1\nremoved run night-2\n/);
    expect(end.stdout).toContain('run damaged stays: its journal cannot be read');
    expect(end.stdout).toContain('removed 2 runs of');
    expect(readdirSync(runs).sort()).toEqual(['a-file', 'damaged', 'link', 'night-3', 'night-4', 'notes']);
    expect(existsSync(join(root, 'elsewhere/journal.jsonl'))).toBe(true);
  });

  it('leaves unfinished runs to be gone on with, and one that is under way in any case', async () => {
    store('stopped', 1, { finished: false });
    const busy = store('busy', 2, { finished: false });
    store('other', 3, { profile: 'centos7' });
    store('last', 4);
    const writer = openSync(join(busy, 'journal.jsonl'), 'a');
    try {
      const careful = await clean('--keep-last', '1');
      expect(careful.stdout).toContain('run stopped stays: it is not finished');
      expect(careful.stdout).toContain('run busy stays: it is under way');
      expect(readdirSync(runs).sort()).toEqual(['busy', 'last', 'stopped']);
      const all = await clean('--keep-last', '1', '--unfinished', '--profile', 'embedded');
      expect(all.stdout).toContain('run busy stays: it is under way');
      expect(readdirSync(runs).sort()).toEqual(['busy', 'last']);
      expect((await clean('--runs')).stdout).toMatch(/run busy stays: it is under way\nremoved 1 run of/);
      expect(readdirSync(runs)).toEqual(['busy']);
    } finally {
      closeSync(writer);
    }
  });

  it('leaves a run that a program in another container writes', async () => {
    const folder = store('busy', 1);
    const mark = { ...ownMark(), namespace: 'pid:[1]' };
    writeFileSync(join(folder, 'owner.json'), JSON.stringify(mark));
    const end = await clean('--runs');
    expect(end.stdout).toContain(`run busy stays: it is under way: process ${process.pid} on`);
    expect(readdirSync(runs)).toEqual(['busy']);
    const old = new Date(Date.now() - LEFT_BEHIND - 1000);
    utimesSync(join(folder, 'owner.json'), old, old);
    expect((await clean('--runs')).stdout).toContain('removed 1 run of');
    expect(readdirSync(runs)).toEqual([]);
  });

  it('--runs removes what begins as a run does, damaged or not, and nothing else', async () => {
    store('whole', 1);
    appendFileSync(join(store('damaged', 2), 'journal.jsonl'), 'no event\nat all\n');
    const foreign: [string, (file: string) => void][] = [
      ['thesis', (file) => writeFileSync(file, '{"a":1}\n')],
      ['empty', (file) => writeFileSync(file, '')],
      ['text', (file) => writeFileSync(file, 'my journal\n')],
      ['link', (file) => symlinkSync(join(runs, 'whole/journal.jsonl'), file)],
      ['folder', (file) => mkdirSync(file)],
      ['fifo', (file) => execFileSync('mkfifo', [file])],
    ];
    for (const [name, make] of foreign) {
      mkdirSync(join(runs, name));
      writeFileSync(join(runs, name, 'thesis.txt'), 'years of work');
      make(join(runs, name, 'journal.jsonl'));
    }
    const end = await clean('--runs');
    expect(end.code).toBe(0);
    expect(end.stdout).toContain('removed 2 runs of');
    const names = foreign.map(([name]) => name).sort();
    expect(readdirSync(runs).sort()).toEqual(names);
    for (const name of names) {
      expect(end.stdout).toContain(`run ${name} stays: it is no run`);
      expect(existsSync(join(runs, name, 'thesis.txt'))).toBe(true);
    }
  });

  it.each([
    [['--keep-last', '0'], 'a whole number from 1; got "0"'],
    [['--keep-last', 'many'], 'got "many"'],
    [['--keep-last', '3', '--runs'], '--runs removes every run'],
    [['--dry-run'], '--dry-run goes with --keep-last only'],
    [['--profile', 'embedded'], '--profile goes with --keep-last only'],
  ])('refuses %j and removes nothing', async (words, said) => {
    store('night', 1);
    const end = await clean(...words);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(said);
    expect(readdirSync(runs)).toEqual(['night']);
  });
});
