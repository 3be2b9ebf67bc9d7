import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRun, JOURNAL, listRuns, newRunFolder, newRunId } from '../../src/cli/paths.js';
import { UserError } from '../../src/host/user-error.js';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'km-paths-'));
});
afterEach(() => rmSync(runs, { recursive: true }));

function run(id: string): string {
  mkdirSync(join(runs, id));
  writeFileSync(join(runs, id, JOURNAL), '');
  return join(runs, id);
}

describe('newRunId', () => {
  const moment = new Date(2026, 0, 2, 3, 4, 5);

  it('is the local time, in digits that sort by age', () => {
    expect(newRunId(runs, moment)).toBe('20260102-030405');
  });

  it('has an ending for runs that several hosts may start at once', () => {
    expect(newRunId(runs, moment, '-2of5')).toBe('20260102-030405-2of5');
  });

  it('is new even in the same second', () => {
    mkdirSync(join(runs, '20260102-030405'));
    mkdirSync(join(runs, '20260102-030405-2'));
    expect(newRunId(runs, moment)).toBe('20260102-030405-3');
  });
});

describe('newRunFolder', () => {
  it('gives each of the runs that start in one second a folder of its own', () => {
    const moment = new Date(2026, 0, 2, 3, 4, 5);
    const names = [1, 2, 3].map(() => newRunFolder(join(runs, 'new'), moment));
    expect(names).toEqual(['20260102-030405', '20260102-030405-2', '20260102-030405-3']);
  });
});

describe('listRuns', () => {
  it('lists what has a journal, oldest first', () => {
    run('20260102-000000');
    run('20260101-000000');
    mkdirSync(join(runs, '20260103-000000'));
    run('.merging-1');
    expect(listRuns(runs)).toEqual(['20260101-000000', '20260102-000000']);
    expect(listRuns(join(runs, 'none'))).toEqual([]);
  });
});

describe('findRun', () => {
  it('finds a run by latest, by id, by folder and by journal', () => {
    const [older, newer] = [run('20260101-000000'), run('20260102-000000')];
    expect(findRun('latest', runs)).toBe(newer);
    expect(findRun('20260101-000000', runs)).toBe(older);
    expect(findRun(relative(process.cwd(), older), join(runs, 'elsewhere'))).toBe(older);
    expect(findRun(join(older, JOURNAL), runs)).toBe(older);
  });

  it('says what runs there are, and ends with the exit code of usage', () => {
    run('20260101-000000');
    const find = () => findRun('20269999', runs);
    expect(find).toThrow(UserError);
    expect(find).toThrow(/there is no run 20269999[\s\S]*there are: 20260101-000000/);
    expect(find).toThrow(expect.objectContaining({ parts: expect.objectContaining({ kind: 'input' }) as unknown }));
  });

  it('says how to make a run where there is none', () => {
    expect(() => findRun('latest', runs)).toThrow(/there is no run yet[\s\S]*npm run matrix/);
  });
});
