import { reseal } from '../fixtures/reseal.js';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { report as makeReports } from '../../src/cli/reports.js';
import { UserError } from '../../src/host/user-error.js';
import { rejection } from '../guest/fakes.js';
import { addRow, churn, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { MAIN, PROJECT } from './program.js';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'km-report-'));
});
afterEach(() => rmSync(runs, { recursive: true }));

/** `kernel-matrix report` in a process of its own. */
async function report(
  args: string[],
  { through = [], env = {} }: { through?: string[]; env?: Record<string, string> } = {},
) {
  const [program = '', ...rest] = [...through, process.execPath, MAIN, 'report', '--runs-dir', runs, ...args];
  const options = { cwd: PROJECT, reject: false, stdin: 'ignore', stripFinalNewline: false } as const;
  const { exitCode, stdout, stderr } = await execa(program, rest, { ...options, env: { NO_COLOR: '1', ...env } });
  return { code: exitCode, stdout, stderr };
}

function journal(): JournalBuilder {
  const builder = new JournalBuilder([kernelRow('5.10', 'clean'), kernelRow('3.10', 'leaks')]);
  addRow(builder, '5.10');
  addRow(builder, '3.10', { case3: churn('100m', 3, [1, 1, 1, null]) });
  builder.add({ kind: 'run.finished', seconds: 600 });
  return builder;
}

/** A run's folder with a journal of this text. */
function run(text: string, id = '20260101-000000'): string {
  const folder = join(runs, id);
  mkdirSync(folder);
  writeFileSync(join(folder, 'journal.jsonl'), text);
  return folder;
}

/** Every file below a folder, by its relative name. */
function contents(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('report', () => {
  it('writes every file beside the journal, prints the table, and exits as the verdicts say', async () => {
    const folder = run(journal().text());
    const { code, stdout, stderr } = await report(['latest']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/3\.10: leaks, as expected\. Case 3[\s\S]*see kernels\/3\.10\/transcript\.txt, journal/);
    const files = ['matrix.md', 'summary.md', 'matrix.csv', 'matrix.json', 'junit.xml', 'kernels/3.10/transcript.txt'];
    for (const name of files) {
      expect(stdout).toContain(`\n  ${name}\n`);
      expect(statSync(join(folder, name)).size).toBeGreaterThan(0);
    }
  });

  it('is the same to the byte wherever the run lies, whatever the clock’s zone and the language', async () => {
    const folder = run(journal().text());
    await report([folder]);
    const other = join(runs, 'elsewhere', 'x');
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, 'journal.jsonl'), journal().text());
    await report([other], { env: { TZ: 'Asia/Kathmandu', LANG: 'de_DE.UTF-8', FORCE_COLOR: '1', NO_COLOR: '' } });
    expect(contents(other)).toEqual(contents(folder));
  });

  it('leaves out a torn last line, and says so', async () => {
    const folder = run(`${journal().text()}{"v":3,"seq":`);
    const { code, stderr } = await report(['latest']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/journal\.jsonl:\d+: the last line is torn and left out/);
    expect(existsSync(join(folder, 'junit.xml'))).toBe(true);
  });
});

describe('report --reporter', () => {
  it('writes where it is told, makes folders, and keeps the table on stdout', async () => {
    const folder = run(journal().text());
    const out = join(runs, 'out', 'deep');
    const { code, stdout, stderr } = await report([
      '--reporter',
      `junit=${out}/j.xml`,
      '--reporter',
      `summary=${out}/s.md`,
      '--reporter',
      `terminal=${out}/t.txt`,
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`junit: ${out}/j.xml`);
    expect(readFileSync(join(out, 'j.xml'), 'utf8')).toBe(readFileSync(join(folder, 'junit.xml'), 'utf8'));
    expect(readFileSync(join(out, 's.md'), 'utf8')).toBe(readFileSync(join(folder, 'summary.md'), 'utf8'));
    expect(readFileSync(join(out, 't.txt'), 'utf8')).toMatch(/^Profile embedded[\s\S]*3\.10: leaks, as expected/);
    expect(readdirSync(out).sort()).toEqual(['j.xml', 's.md', 't.txt']);
  });

  it('puts one on stdout instead of the table, and nothing else there', async () => {
    const folder = run(journal().text());
    const { stdout } = await report(['--reporter', 'json=-', '--reporter', 'csv']);
    expect(stdout).toBe(readFileSync(join(folder, 'matrix.json'), 'utf8'));
    const table = await report(['--reporter', `csv=${join(runs, 'a.csv')}`]);
    expect(table.stdout).toContain('│ kernel');
  });

  it('writes into a pipe as it is, rather than putting a file in its place', async () => {
    const folder = run(journal().text());
    const pipe = join(runs, 'pipe');
    await execa('mkfifo', [pipe]);
    const reader = execa('cat', [pipe], { stripFinalNewline: false });
    expect((await report(['latest', '--reporter', `junit=${pipe}`])).code).toBe(0);
    expect((await reader).stdout).toBe(readFileSync(join(folder, 'junit.xml'), 'utf8'));
  });

  it('refuses a wrong name before anything is read or written', async () => {
    const folder = run('no journal at all');
    const before = contents(folder);
    const { code, stderr } = await report(['--reporter', 'jnit']);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean junit?');
    expect(contents(folder)).toEqual(before);
  });

  it('makes everything else before it tells of a report that could not be written', async () => {
    const folder = run(journal().text());
    writeFileSync(join(runs, 'file'), '');
    const good = join(runs, 'good.xml');
    const { code, stdout, stderr } = await report([
      '--reporter',
      `csv=${join(runs, 'file', 'x.csv')}`,
      '--reporter',
      `junit=${good}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: the report csv cannot be written\n {2}where: .*x\.csv\n {2}why:/);
    expect(stdout).toContain('3.10: leaks, as expected');
    expect(existsSync(good) && existsSync(join(folder, 'junit.xml'))).toBe(true);
  });
});

describe('report of what is no sound run', () => {
  const lines = journal().text().split('\n').slice(0, -1);
  const text = (all: string[]) => all.map((line) => `${line}\n`).join('');
  const middle = Math.floor(lines.length / 2);
  const spoilt = (at: number, line: string) => text(lines.map((each, i) => (i === at ? line : each)));
  const half = lines[middle]?.slice(0, 40) ?? '';

  it.each([
    [
      'cut in the middle of a line in the middle',
      spoilt(middle, half),
      `:${middle + 1}`,
      'not a line of JSON, and not the last',
    ],
    [
      'lines missing in the middle',
      text([...lines.slice(0, middle), ...lines.slice(middle + 2)]),
      `:${middle + 1}`,
      'events are missing or were added',
    ],
    [
      'of a newer version',
      spoilt(0, JSON.stringify({ ...(JSON.parse(lines[0] ?? '') as object), v: 99 })),
      ':1',
      'journal version 99',
    ],
    [
      'of a newer version further down',
      spoilt(3, '{"v":9,"seq":4}'),
      ':4',
      'kernel-matrix version that wrote it, or a newer',
    ],
    ['foreign JSON, one line', '{"name":"x","version":"1.0.0"}\n', ':1', 'this is no journal of kernel-matrix'],
    ['foreign JSON without a newline', '[1,2,3]', ':1', 'this is no journal of kernel-matrix'],
    ['foreign JSON, many lines', '{\n  "name": "x"\n}\n', ':1', 'this is no journal of kernel-matrix'],
    ['empty', '', ':1', 'the journal holds no event'],
    ['torn in its first line', lines[0]?.slice(0, 50) ?? '', ':1', 'the journal holds no event'],
    [
      'without a plan',
      reseal('{"v":3,"seq":1,"at":"2026-01-01T00:00:00.000Z","kind":"run.started"}\n').toString(),
      ':1',
      'run.started: run: expected a text',
    ],
    [
      'that begins in the middle',
      reseal('{"v":3,"seq":1,"at":"2026-01-01T00:00:00.000Z","kind":"run.finished","seconds":1}\n').toString(),
      ':1',
      'begins with run.finished',
    ],
  ])('refuses a journal %s, says where, and overwrites nothing', async (_, content, place, why) => {
    const folder = run(content);
    writeFileSync(join(folder, 'matrix.md'), 'an earlier report');
    const before = contents(folder);
    const said: string[] = [];
    const outputs = [{ reporter: 'junit' as const, to: join(runs, 'j.xml') }];
    const say = (text: string) => said.push(text);
    const error = await rejection(makeReports(folder, { outputs, print: say, note: say }));
    expect(error).toBeInstanceOf(UserError);
    const { what, where, why: reason, next, kind } = (error as UserError).parts;
    expect({ what, kind }).toEqual({ what: 'the journal of this run cannot be used', kind: 'input' });
    expect(where).toBe(`${join(folder, 'journal.jsonl')}${place}`);
    expect(`${reason}; ${next}`).toContain(why);
    expect(contents(folder)).toEqual(before);
    expect(said).toEqual([]);
    expect(existsSync(join(runs, 'j.xml'))).toBe(false);
  });

  it.each([
    ['cut in the middle', spoilt(middle, half)],
    ['of another program', '{"name":"x","version":"1.0.0"}\n'],
  ])('prints what, where, why and what next of a journal %s, and calls it no bug', async (_, content) => {
    const folder = run(content);
    const { code, stdout, stderr } = await report(['latest']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: the journal of this run cannot be used\n {2}where: .*journal\.jsonl:\d+\n {2}why: {3}.*\n {2}next: {2}.*\n$/,
    );
    expect([...contents(folder).keys()]).toEqual(['journal.jsonl']);
  });

  it('refuses a journal that is a folder, and one whose links lead in a circle', async () => {
    const folder = join(runs, 'a');
    mkdirSync(join(folder, 'journal.jsonl'), { recursive: true });
    const { code, stderr } = await report([folder]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /not a regular file, so it is not read\n {2}where: .*a\/journal\.jsonl\n {2}why: .*it is a directory/,
    );
    mkdirSync(join(runs, 'b'));
    symlinkSync('journal.jsonl', join(runs, 'b', 'journal.jsonl'));
    const circle = await report([join(runs, 'b')]);
    expect(circle.code).toBe(2);
    expect(circle.stderr).toContain('is no run');
    expect([...contents(folder).keys()]).toEqual([]);
  });

  it('refuses an empty folder, and names the runs there are', async () => {
    run(journal().text());
    mkdirSync(join(runs, 'empty'));
    const { code, stderr } = await report(['empty']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /error: empty is no run: it has no journal\.jsonl\n {2}where: .*empty\n[\s\S]*20260101-000000/,
    );
    expect(readdirSync(join(runs, 'empty'))).toEqual([]);
  });

  // Root may read everything, unless it gives up the capabilities for it.
  const mortal = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] : [];

  it.each([
    ['a folder', '', 'this folder may not be read'],
    ['a journal', 'journal.jsonl', 'the journal of this run cannot be used'],
  ])('says of %s that may not be read that it may not be read', async (_, name, what) => {
    const folder = run(journal().text());
    await execa('chmod', ['000', join(folder, name)]);
    const { code, stderr } = await report(['20260101-000000'], { through: mortal });
    await execa('chmod', ['700', folder]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${what}\n  where: ${join(folder, name)}`);
    expect(stderr).toMatch(/why: .*EACCES[\s\S]*next: .*chmod/);
    expect(readdirSync(folder)).toEqual(['journal.jsonl']);
  });

  it('reports elsewhere what lies where nobody may write', async () => {
    const folder = run(journal().text());
    await execa('chmod', ['500', folder]);
    const elsewhere = await report(['latest', '--reporter', 'json=-'], { through: mortal });
    const alone = await report(['latest'], { through: mortal });
    await execa('chmod', ['700', folder]);
    expect(elsewhere.code).toBe(0);
    expect((JSON.parse(elsewhere.stdout) as { run: string }).run).toBe('test-run');
    expect(elsewhere.stderr).toContain('cannot be written');
    expect(alone.code).toBe(2);
    expect(alone.stderr).toMatch(/error: the reports of run test-run cannot be written\n {2}where: /);
  });
});
