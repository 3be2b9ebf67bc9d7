import { journalText } from '../../src/journal/lines.js';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBaseline, takeBaseline } from '../../src/cli/baseline.js';
import { baselineFileOf, JOURNAL } from '../../src/cli/paths.js';
import { baselineCommand } from '../../src/cli/command/baseline.js';
import { compareCommand } from '../../src/cli/command/compare.js';
import { report } from '../../src/cli/reports.js';
import { UserError } from '../../src/host/user-error.js';
import { type JournalBuilder, kernelRow } from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';
import { journalOf, PINNED } from '../compare/runs.js';

let folder: string;
let runsDir: string;
let config: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-baseline-'));
  [runsDir, config] = [join(folder, 'runs'), join(folder, 'kernels.yaml')];
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function put(id: string, journal: JournalBuilder | string): string {
  const file = join(runsDir, id, JOURNAL);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof journal === 'string' ? journal : journal.text());
  return dirname(file);
}
const promote = (run: string, more: { file?: string; allowIncomplete?: boolean } = {}) =>
  baselineCommand(run, { config, runsDir, allowIncomplete: false, ...more });
const compare = (base: string, ...runs: string[]) => compareCommand(base, runs, { runsDir, format: 'terminal' });
const take = (named: string | true, profile = 'embedded') => takeBaseline(named, { config, runsDir, profile });
const written = () => readFileSync(baselineFileOf(config), 'utf8');
const profiles = () => Object.values(readBaseline(baselineFileOf(config))!.baseline.profiles);

const FAILED = { outcome: { outcome: 'failed', phase: 'boot', reason: 'panic' }, case3: null } as const;

describe('promotion', () => {
  it('writes the run of a profile beside kernels.yaml and says so, and leaves other profiles as they are', async () => {
    put('a', journalOf());
    put('s', sourceJournal());
    await expect(promote('s', { allowIncomplete: true })).resolves.toBe(0);
    const before = profiles();
    await expect(promote('a')).resolves.toBe(0);
    expect(out).toContain('run run-1 is the first baseline of profile embedded: 5.10 clean, 6.1 clean, 6.12 clean');
    expect(profiles()).toEqual([...before, expect.objectContaining({ run: 'run-1', profile: 'embedded' })]);
    expect(readdirSync(folder).sort()).toEqual(['kernels.baseline.json', 'runs']);
  });

  it('says what another run changes', async () => {
    put('a', journalOf());
    put('b', journalOf({ seed: 2, steps: { '6.1': PINNED } }));
    await promote('a');
    out = '';
    await expect(promote('b')).resolves.toBe(0);
    expect(out).toContain('run run-2 takes the place of run run-1');
    expect(out).toContain('6.1: verdict clean → leaks');
    expect(profiles().map(({ run }) => run)).toEqual(['run-2']);
  });

  it('changes nothing, and says so, if the run is the baseline already', async () => {
    put('a', journalOf());
    await promote('a');
    const before = written();
    await expect(promote('a')).resolves.toBe(0);
    expect(out).toContain('already');
    expect(written()).toBe(before);
  });

  it.each([
    ['a kernel was not measured', () => journalOf({ seed: 2, steps: { '6.1': FAILED } }), '6.1 is not measured'],
    [
      'the run has fewer kernels',
      () => journalOf({ seed: 2, kernels: [kernelRow('6.1')] }),
      '5.10 is in the present baseline',
    ],
    [
      'the run has no end',
      () =>
        journalOf({ seed: 2 })
          .text()
          .replace(/[^\n]*"run.finished"[^\n]*\n/, ''),
      'is not finished',
    ],
  ])('is refused if %s, unless it is said to be all right', async (_, journal, why) => {
    put('a', journalOf());
    put('b', journal());
    await promote('a');
    const before = written();
    await expect(promote('b')).rejects.toThrow(why);
    expect(written()).toBe(before);
    await expect(promote('b', { allowIncomplete: true })).resolves.toBe(0);
    expect(out).toMatch(new RegExp(`^incomplete: .*${why}`, 'm'));
    expect(profiles().map(({ run }) => run)).toEqual(['run-2']);
  });

  it('overwrites no file that is not a baseline', async () => {
    put('a', journalOf());
    const foreign = join(folder, 'package.json');
    for (const content of [
      '{"name":"x"}',
      'not json',
      '{"format":"kernel-matrix/baseline","version":9,"profiles":{}}',
    ]) {
      writeFileSync(foreign, content);
      await expect(promote('a', { file: foreign })).rejects.toBeInstanceOf(UserError);
      expect(readFileSync(foreign, 'utf8')).toBe(content);
    }
  });
});

describe('journals that cannot be used', () => {
  const whole = journalOf().text();
  const lines = whole.split('\n');
  it.each([
    ['from a newer version', whole.replace('"v":3', '"v":4'), /journal version 4, this program reads version 3/],
    ['with a line missing', [...lines.slice(0, 4), ...lines.slice(5)].join('\n'), /seq 6 where 5 was expected/],
    ['with nothing in it', '', /holds no event/],
    ['cut off before any kernel was measured', whole.slice(0, 5000), /has measured no kernel/],
    ['that is something else', '{"name":"x"}\n', /no journal of kernel-matrix/],
  ])('are refused: one %s', async (_, text, why) => {
    put('a', journalOf());
    put('b', text);
    await promote('a');
    const before = written();
    await expect(promote('b')).rejects.toThrow(why);
    await expect(promote('b')).rejects.toBeInstanceOf(UserError);
    await expect(compare('b', 'a')).rejects.toThrow(why);
    expect(written()).toBe(before);
  });

  it('are told from a folder that has none, and from no folder', async () => {
    put('a', journalOf());
    mkdirSync(join(runsDir, 'empty'));
    await expect(compare('a', 'empty')).rejects.toThrow(/empty is no run: it has no journal.jsonl[\s\S]*there are: a/);
    await expect(compare('a', 'none')).rejects.toThrow('there is no run none');
  });

  it('that are cut off later are compared as far as they go', async () => {
    put('a', journalOf());
    const events = journalOf({ seed: 2 }).events;
    const half = events.findIndex((event) => event.kind === 'row.started' && event.kernel === '6.12');
    put('b', `${journalText(events.slice(0, half))}{"v":3,"se`); // prettier-ignore
    await expect(compare('a', 'b')).resolves.toBe(3);
    expect(err).toContain('run run-2 is not finished');
    expect(out).toContain('6.12: not comparable (not measured in the later run)');
    expect(out).toContain('no regression in what could be compared: 2 unchanged, 1 not comparable');
  });
});

describe('compare', () => {
  beforeEach(() => {
    put('a', journalOf());
    put('b', journalOf({ seed: 2 }));
    put('leak', journalOf({ seed: 3, steps: { '6.1': PINNED } }));
    put('failed', journalOf({ seed: 4, steps: { '6.1': FAILED } }));
    put('other', journalOf({ seed: 5, kernels: [kernelRow('7.0')] }));
    put('more', journalOf({ seed: 6, kernels: ['5.10', '6.1', '6.12', '7.0'].map((name) => kernelRow(name)) }));
  });

  it.each([
    [0, ['a', 'b']],
    [0, ['a', 'more']],
    [4, ['a', 'leak']],
    [0, ['leak', 'a']],
    [3, ['a', 'failed']],
    [3, ['failed', 'a']],
    [3, ['a', 'other']],
    [4, ['a', 'b', 'failed', 'leak']],
    [3, ['a', 'b', 'failed']],
  ])('exits with %i for %j', async (code, [base, ...runs]) => {
    await expect(compare(base!, ...runs)).resolves.toBe(code);
  });

  it('compares each run with the first', async () => {
    await compare('a', 'b', 'leak');
    expect(out.match(/^Run .* compared with run run-1 /gm)).toHaveLength(2);
  });

  it('takes a baseline file for the first', async () => {
    await promote('a');
    await expect(compare(baselineFileOf(config), 'leak')).resolves.toBe(4);
    await expect(compare(join(folder, 'none.json'), 'a')).rejects.toThrow('there is no file');
    await expect(compare(join(runsDir, 'a', JOURNAL), 'b')).resolves.toBe(0);
  });

  it('takes the thresholds from a configuration if it is given one', async () => {
    writeFileSync(
      config,
      `version: 1
profiles:
  embedded:
    compare: { fails: [seconds_per_cycle] }
    kernels: [{ name: a, source: deb, suite: bookworm, package: linux-image-amd64 }]
`,
    );
    put('slow', journalOf({ seed: 7, slow: 3 }));
    await expect(compare('a', 'slow')).resolves.toBe(0);
    await expect(compareCommand('a', ['slow'], { runsDir, format: 'terminal', config })).resolves.toBe(4);
  });

  it('is to be had as Markdown and as JSON, with the same regressions', async () => {
    await compareCommand('a', ['leak'], { runsDir, format: 'markdown' });
    expect(out).toMatch(
      /^# Run run-3 compared with run run-1 of 2026-01-01, profile embedded\n\n- \*\*regression:\*\* 6\.1: verdict/,
    );
    out = '';
    await expect(compareCommand('a', ['leak'], { runsDir, format: 'json' })).resolves.toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      format: 'kernel-matrix/comparison',
      exitCode: 4,
      comparisons: [{ regressions: [expect.stringContaining('6.1: verdict'), expect.stringContaining('case 3')] }],
    });
  });
});

describe('what --baseline names', () => {
  it('is the file beside kernels.yaml without a name, with its hash', async () => {
    await expect(take(true)).rejects.toThrow('there is no baseline yet');
    put('a', journalOf());
    await promote('a');
    const taken = await take(true);
    expect(taken).toMatchObject({ from: 'file', place: baselineFileOf(config), summary: { run: 'run-1' } });
    expect(taken.sha256).toMatch(/^[0-9a-f]{64}$/);
    await expect(take(baselineFileOf(config))).resolves.toEqual(taken);
  });

  it('is a run by its id, by latest or by its folder', async () => {
    const place = put('a', journalOf());
    for (const named of ['a', 'latest', place]) {
      await expect(take(named)).resolves.toMatchObject({ from: 'run', place, sha256: null, summary: { run: 'run-1' } });
    }
  });

  it('is refused if it is of another profile', async () => {
    put('s', sourceJournal());
    await expect(take('s')).rejects.toThrow(/nothing of profile embedded[\s\S]*it is of profile centos7/);
    await promote('s', { allowIncomplete: true });
    await expect(take(true)).rejects.toThrow(/nothing of profile embedded[\s\S]*it is of profile centos7/);
    await expect(take(true, 'constructor')).rejects.toThrow(/nothing of profile constructor/);
  });
});

describe('npm run report', () => {
  it('gives the exit code and the comparison again, the same bytes each time, without the baseline', async () => {
    const base = put('a', journalOf());
    const taken = await take('a');
    const journal = journalOf({ seed: 2, steps: { '6.1': PINNED } });
    journal.add({ kind: 'baseline.taken', ...taken });
    const run = put('b', journal);
    rmSync(base, { recursive: true });
    let [first, second] = ['', ''];
    const to = (print: (text: string) => void) => ({ outputs: [], print, note: print });
    await expect(
      report(
        run,
        to((text) => (first += text)),
      ),
    ).resolves.toBe(4);
    const markdown = readFileSync(join(run, 'matrix.md'), 'utf8');
    await expect(
      report(
        run,
        to((text) => (second += text)),
      ),
    ).resolves.toBe(4);
    expect(second).toBe(first);
    expect(first).toContain('REGRESSION: 6.1: verdict clean → leaks');
    expect(readFileSync(join(run, 'matrix.md'), 'utf8')).toBe(markdown);
  });
});
