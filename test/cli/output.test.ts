/** What is printed arrives, what is written stays where it belongs: the program in a process of its own. */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  closeSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { report as makeReports } from '../../src/cli/reports.js';
import { parseReporters } from '../../src/cli/reporters.js';
import { baselineCommand } from '../../src/cli/command/baseline.js';
import { history } from '../../src/cli/command/history.js';
import { compareCommand } from '../../src/cli/command/compare.js';
import { merge } from '../../src/cli/command/merge.js';
import { reportCommand } from '../../src/cli/command/report.js';
import { printError } from '../../src/cli/print-error.js';
import { UserError } from '../../src/host/user-error.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { lines, realRun, split } from '../fixtures/split.js';
import { rejection } from '../guest/fakes.js';
import { MAIN, program, PROJECT } from './program.js';

const asRoot = process.getuid?.() === 0;
let root = '';
let n = 0;
let place = '';
let journal = '';
let large = '';

function journalOf(kernels: number): string {
  const rows = Array.from({ length: kernels }, (_, i) => kernelRow(`5.${i}`, 'clean'));
  const builder = new JournalBuilder(rows);
  for (const { name } of rows) addRow(builder, name);
  builder.add({ kind: 'run.finished', seconds: 600 });
  return builder.text();
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'km-output-'));
  journal = journalOf(1);
  large = journalOf(40);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  place = join(root, String((n += 1)));
  mkdirSync(join(place, 'runs'), { recursive: true });
});
const at = (...names: string[]) => join(place, ...names);
const runs = () => at('runs');

function run(name = 'r1', content = journal): string {
  mkdirSync(join(runs(), name));
  writeFileSync(join(runs(), name, 'journal.jsonl'), content);
  return join(runs(), name);
}

/** The program with its stdout where `stdout` says. */
function start(words: string[], stdout: 'pipe' | number) {
  return spawn(process.execPath, [MAIN, ...words, '--runs-dir', runs()], {
    cwd: PROJECT,
    stdio: ['ignore', stdout, 'pipe'],
  });
}
const ended = (child: ReturnType<typeof start>) =>
  new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));

describe('stdout', () => {
  it.each(['json', 'html'])(
    'brings all of %s to a reader that begins when the program has no more to do',
    async (format) => {
      const folder = run('r1', large);
      const file = { json: 'matrix.json', html: 'matrix.html' }[format]!;
      const child = start(['report', 'r1', '--reporter', `${format}=-`, '--reporter', `csv=${at('last.csv')}`], 'pipe');
      const end = ended(child);
      // The report asked for beside it is told of just before stdout is written: from then on the pipe is full and nobody reads.
      await new Promise<void>((resolve) => child.stderr!.once('data', () => resolve()));
      const got = await textOf(child.stdout!);
      expect(await end).toBe(0);
      expect(got.length).toBeGreaterThan(2 ** 17);
      expect(got).toBe(readFileSync(join(folder, file), 'utf8'));
    },
  );

  it('is quiet about a reader that has gone, and says so in the exit code', async () => {
    run('r1', large);
    const child = start(['report', 'r1', '--reporter', 'json=-'], 'pipe');
    const said = textOf(child.stderr!);
    child.stdout!.destroy();
    expect(await ended(child)).toBe(141);
    expect(await said).toBe('');
  });

  it.runIf(asRoot).each([
    ['report', 'r1'],
    ['report', '--help'],
  ])('on a full disk is an error with a code of its own: %s %s %s', async (...words) => {
    run();
    execFileSync('mknod', [at('full'), 'c', '1', '7']);
    const descriptor = openSync(at('full'), 'w');
    const child = start(words, descriptor);
    closeSync(descriptor);
    const said = textOf(child.stderr!);
    expect(await ended(child)).toBe(74);
    expect(await said).toMatch(/error: the output could not be written\n {2}where: stdout\n {2}why: {3}ENOSPC/);
  });

  it('may be named /dev/stdout, and then has the page alone, in a file too', async () => {
    const folder = run();
    const descriptor = openSync(at('page.html'), 'w');
    const child = start(['history', '--out', '/dev/stdout'], descriptor);
    closeSync(descriptor);
    expect(await ended(child)).toBe(0);
    expect(readFileSync(at('page.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n?$/i);
    const { stdout } = await program(['report', 'r1', '--runs-dir', runs(), '--reporter', 'json=/dev/stdout']);
    expect(stdout).toBe(readFileSync(join(folder, 'matrix.json'), 'utf8'));
  });
});

const quiet = { outputs: [], print: () => undefined, note: () => undefined };

describe('files', () => {
  const PLACES = ['matrix.md', 'matrix.html', 'junit.xml', 'kernels', 'kernels/5.0', 'kernels/5.0/transcript.txt'];

  it.each(PLACES)('of a run are not written through a link at %s', async (name) => {
    const folder = run();
    mkdirSync(at('home'));
    writeFileSync(at('home/transcript.txt'), 'mine');
    mkdirSync(join(folder, name, '..'), { recursive: true });
    symlinkSync(
      /\./.test(name.split('/').at(-1)!.slice(2)) ? at('home/transcript.txt') : at('home'),
      join(folder, name),
    );
    const error = await rejection(makeReports(folder, quiet));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).parts).toMatchObject({
      where: join(folder, name),
      what: expect.stringContaining('a link') as string,
    });
    expect(readdirSync(at('home'))).toEqual(['transcript.txt']);
    expect(readFileSync(at('home/transcript.txt'), 'utf8')).toBe('mine');
  });

  it('that are journals, evidence or settings are never taken for a report, under any name or link', async () => {
    const folder = run();
    const other = run('r2');
    const before = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
    symlinkSync(join(folder, 'journal.jsonl'), at('soft.json'));
    linkSync(join(other, 'journal.jsonl'), at('hard.json'));
    symlinkSync(folder, at('folder'));
    for (const name of ['kernels.yaml', 'kernels.lock']) writeFileSync(at(name), 'mine');
    const targets = [
      ...[join(folder, 'journal.jsonl'), join(other, 'journal.jsonl'), at('soft.json'), at('hard.json')],
      ...[at('folder/journal.jsonl'), at('folder/kernels/5.0/console.log'), join(folder, 'owner.json')],
      ...[at('kernels.yaml'), at('kernels.lock'), at('new/journal.jsonl')],
    ];
    for (const target of targets) {
      expect(() => parseReporters([`json=${target}`]), target).toThrow(UserError);
      expect(await rejection(history({ runsDir: runs(), out: target })), target).toBeInstanceOf(UserError);
      const options = { config: at('kernels.yaml'), runsDir: runs(), file: target, allowIncomplete: true };
      expect(await rejection(baselineCommand('r1', options)), target).toBeInstanceOf(UserError);
    }
    expect([folder, other].map((each) => readFileSync(join(each, 'journal.jsonl'), 'utf8'))).toEqual([before, before]);
    expect(readdirSync(place).sort()).toEqual([
      'folder',
      'hard.json',
      'kernels.lock',
      'kernels.yaml',
      'runs',
      'soft.json',
    ]);
  });

  it('of two reports are not one, by whatever links', async () => {
    mkdirSync(at('out'));
    symlinkSync('out', at('l'));
    writeFileSync(at('out/a'), '');
    linkSync(at('out/a'), at('out/b'));
    symlinkSync('a', at('out/c'));
    for (const [one, two] of [
      ['out/new', 'l/new'],
      ['out/a', 'out/b'],
      ['out/a', 'l/c'],
    ] as const) {
      expect(() => parseReporters([`junit=${at(one)}`, `json=${at(two)}`])).toThrow(/would both write/);
    }
    const folder = run();
    const outputs = parseReporters([`json=${join(folder, 'matrix.md')}`]);
    expect(await rejection(makeReports(folder, { ...quiet, outputs }))).toBeInstanceOf(UserError);
    expect(readdirSync(folder)).toEqual(['journal.jsonl']);
  });

  it.each(['newdir/', 'newdir/.', ''])('cannot be named %j', async (name) => {
    run();
    const word = name === '' ? '' : `${place}/${name}`;
    expect(() => parseReporters([`json=${word}`])).toThrow(UserError);
    expect(await rejection(history({ runsDir: runs(), out: word }))).toBeInstanceOf(UserError);
    const options = { config: at('kernels.yaml'), runsDir: runs(), file: word, allowIncomplete: true };
    expect(await rejection(baselineCommand('r1', options))).toBeInstanceOf(UserError);
    expect(existsSync(at('newdir'))).toBe(false);
  });

  it('named by no user are not written through a link: the page of a history, a baseline', async () => {
    run();
    writeFileSync(at('mine'), 'mine');
    symlinkSync(at('mine'), join(runs(), 'history.html'));
    symlinkSync(at('mine'), at('kernels.baseline.json'));
    expect(await rejection(history({ runsDir: runs() }))).toBeInstanceOf(UserError);
    const options = { config: at('kernels.yaml'), runsDir: runs(), allowIncomplete: true };
    expect(await rejection(baselineCommand('r1', options))).toBeInstanceOf(UserError);
    expect(readFileSync(at('mine'), 'utf8')).toBe('mine');
  });

  it('that are FIFOs or devices are written to and stay what they are', async () => {
    run();
    execFileSync('mkfifo', [at('fifo')]);
    for (const words of [
      ['history', '--out'],
      ['baseline', 'r1', '--config', at('kernels.yaml'), '--allow-incomplete', '--file'],
    ]) {
      const reader = spawn('cat', [at('fifo')], { stdio: ['ignore', 'pipe', 'ignore'] });
      const got = textOf(reader.stdout);
      const { code } = await program([...words, at('fifo'), '--runs-dir', runs()]);
      expect(code).toBe(0);
      expect((await got).length).toBeGreaterThan(100);
      expect(lstatSync(at('fifo')).isFIFO()).toBe(true);
    }
  });

  it('that a killed program had not finished are removed by the next', async () => {
    const folder = run('r1', large);
    const child = start(['report', 'r1'], 'pipe');
    const end = ended(child);
    while (!existsSync(join(folder, 'matrix.md')) && child.exitCode === null) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await end;
    const part = `.matrix.md.${'0'.repeat(12)}-1-1-1.kernel-matrix-part`;
    writeFileSync(join(folder, part), '');
    execFileSync('touch', ['-d', '1970-01-02', join(folder, part)]);
    await makeReports(folder, quiet);
    const left = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /-part$|\.\d+$/.test(name));
    expect(left.filter((name) => statSync(join(folder, name)).isFile())).toEqual([]);
  });
});

describe('a merge', () => {
  it('leaves out links of a shard, and says so', async () => {
    for (const [i, events] of split(realRun(), 2).entries()) run(`part-${i + 1}`, lines(events));
    writeFileSync(at('secret'), 'secret');
    for (const folder of ['kernels/6.12', 'machines']) mkdirSync(join(runs(), 'part-1', folder), { recursive: true });
    symlinkSync(at('secret'), join(runs(), 'part-1/kernels/6.12/console.log'));
    symlinkSync(place, join(runs(), 'part-1/machines/m1'));
    symlinkSync(place, join(runs(), 'part-2/machines'));
    const { code, stderr } = await program(['merge', 'part-1', 'part-2', '--into', 'm', '--runs-dir', runs()]);
    expect(code).toBe(0);
    for (const name of ['6.12/console.log', 'machines/m1', 'part-2/machines'])
      expect(stderr).toContain(`${name}: it is no file`);
    const all = (readdirSync(join(runs(), 'm'), { recursive: true }) as string[]).map((name) =>
      join(runs(), 'm', name),
    );
    expect(all.filter((path) => lstatSync(path).isSymbolicLink())).toEqual([]);
    expect(all.filter((path) => statSync(path).isFile() && readFileSync(path, 'utf8') === 'secret')).toEqual([]);
    const again = await rejection(
      merge(['part-1', 'part-2'], {
        into: 'm',
        runsDir: runs(),
        allowMissing: false,
        config: at('kernels.yaml'),
        reporter: [],
      }),
    );
    expect(again).toBeInstanceOf(UserError);
  });

  it('is told when another takes its name at the same time, and neither is damaged', async () => {
    for (const [i, events] of split(realRun(), 2).entries()) run(`part-${i + 1}`, lines(events));
    const both = await Promise.all(
      [1, 2].map(() => program(['merge', 'part-1', 'part-2', '--into', 'm', '--runs-dir', runs()])),
    );
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(both.find(({ code }) => code === 2)?.stderr).toContain('--into: m is there already');
    expect(readdirSync(runs()).sort()).toEqual(['m', 'part-1', 'part-2']);
  });
});

describe('a mistake of the user’s is no bug', () => {
  const allowIncomplete = true;
  const CASES: Record<string, () => Promise<number>> = {
    'a file as the folder of runs': () => history({ runsDir: at('FILE') }),
    'a file as the folder of runs of a report': () => reportCommand('latest', { runsDir: at('FILE'), reporter: [] }),
    'a folder to write to': () => history({ runsDir: runs(), out: at('DIR') }),
    'a file on the way': () => history({ runsDir: runs(), out: at('FILE/x/y.html') }),
    'a name too long': () => history({ runsDir: runs(), out: at('x'.repeat(300)) }),
    'a folder as a baseline': () =>
      baselineCommand('r1', { runsDir: runs(), file: at('DIR'), config: at('k.yaml'), allowIncomplete }),
    'a folder that is not there for a baseline to be beside': () =>
      baselineCommand('r1', { runsDir: runs(), config: at('FILE/k.yaml'), allowIncomplete }),
    'a folder to compare with': () => compareCommand(at('DIR.json'), ['r1'], { runsDir: runs(), format: 'json' }),
  };

  it.each(Object.keys(CASES))('%s', async (name) => {
    run();
    writeFileSync(at('FILE'), '');
    mkdirSync(at('DIR'));
    mkdirSync(at('DIR.json'));
    let said = '';
    const options = { debug: false, color: false, write: (text: string) => (said += text) };
    expect(printError(await rejection(CASES[name]!()), options)).toBe(2);
    expect(said).toMatch(/^error: [^\n]+\n[\s\S]* next: {2}\S/);
    expect(said).not.toContain('bug');
  });

  it.runIf(asRoot)('a folder where an ordinary user may not write', async () => {
    run();
    execFileSync('chmod', ['755', root, place, runs()]);
    const mortal = ['--bounding-set=-dac_override,-dac_read_search', '--', process.execPath];
    execFileSync('chmod', ['555', runs()]);
    const words = [MAIN, 'history', '--runs-dir', runs()];
    const child = spawn('setpriv', [...mortal, ...words], { cwd: PROJECT, stdio: ['ignore', 'ignore', 'pipe'] });
    const said = textOf(child.stderr);
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, said: await said }).toEqual({
      code: 2,
      said: expect.stringMatching(/permission denied\n[\s\S]*EACCES/) as string,
    });
  });
});
