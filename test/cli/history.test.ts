import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { history } from '../../src/cli/command/history.js';
import { UserError } from '../../src/host/user-error.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { reseal } from '../fixtures/reseal.js';

let runsDir = '';
let err = '';

beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'kernel-matrix-history-'));
  err = '';
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(runsDir, { recursive: true, force: true });
});

const page = (file = join(runsDir, 'history.html')): string => readFileSync(file, 'utf8');

function put(name: string, journal: string, report = true): void {
  mkdirSync(join(runsDir, name), { recursive: true });
  writeFileSync(join(runsDir, name, 'journal.jsonl'), journal);
  if (report) writeFileSync(join(runsDir, name, 'matrix.html'), '');
}

function whole(kernel = '5.10'): string {
  const journal = new JournalBuilder([kernelRow(kernel, 'clean')]);
  addRow(journal, kernel);
  return journal.text();
}

describe('history', () => {
  it('writes one page beside the runs, with a link to each that has a report', async () => {
    put('a b#1', whole());
    put('plain', whole(), false);
    expect(await history({ runsDir })).toBe(0);
    expect(page()).toContain('href="./a%20b%231/matrix.html"');
    expect(page()).not.toContain('plain/matrix.html');
    expect(err).toBe('');
  });

  it('links relative to where it is written', async () => {
    put('one', whole());
    const out = join(runsDir, 'public', 'deep', 'trend.html');
    await history({ runsDir, out });
    expect(page(out)).toContain('href="./../../one/matrix.html"');
  });

  it('names what it cannot read, here and on the page, and shows the rest', async () => {
    put('good', whole());
    put('cut', whole().replace('"seq":2,', '"seq":9,'));
    put('newer', whole().replace('"v":3', '"v":99'));
    put('empty', '');
    put('foreign', '{"hello":"world"}\n');
    put('hollow', `${JSON.stringify({ v: 3, seq: 1, at: 'x', kind: 'run.started' })}\n`);
    mkdirSync(join(runsDir, 'nothing'));
    writeFileSync(join(runsDir, 'notes.txt'), 'a file is no run');
    expect(await history({ runsDir })).toBe(0);
    for (const name of ['cut', 'newer', 'empty', 'foreign', 'hollow', 'nothing']) {
      expect(err, name).toContain(`left out ${name}: `);
      expect(page(), name).toContain(`<strong>${name}</strong>`);
    }
    expect(err).toMatch(/^left out newer: journal\.jsonl:1: journal version 99,/m);
    expect(err.trimEnd().split('\n')).toHaveLength(6);
    expect(err).not.toContain('notes.txt');
    expect(page()).toContain('./good/matrix.html');
  });

  it('takes a journal whose last line is torn', async () => {
    put('torn', `${whole()}{"v":3,"seq":`);
    expect(await history({ runsDir })).toBe(0);
    expect(page()).toContain('not finished');
  });

  it('shows only the newest when asked to', async () => {
    for (const day of [1, 2, 3]) {
      put(`run-${day}`, reseal(whole().replace(/"at":"2026-01-01/g, `"at":"2026-01-0${day}`)).toString());
    }
    await history({ runsDir, last: '2' });
    expect(page()).not.toContain('./run-1/');
    expect(page()).toContain('./run-2/');
    expect(page()).toContain('./run-3/');
  });

  it.each(['0', '-1', 'x', '1.5'])('refuses --last %s', async (last) => {
    put('one', whole());
    await expect(history({ runsDir, last })).rejects.toThrow(UserError);
  });

  it('overwrites nothing when there is nothing to show', async () => {
    writeFileSync(join(runsDir, 'history.html'), 'the earlier page');
    put('bad', 'x\ny\n');
    await expect(history({ runsDir })).rejects.toThrow('none of the runs can be read');
    await expect(history({ runsDir: join(runsDir, 'absent') })).rejects.toThrow('there is no run yet');
    expect(page()).toBe('the earlier page');
  });
});
