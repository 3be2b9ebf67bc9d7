/** Shards as processes of their own, on rows that end without a machine; and the merging of what they leave. */
import { readJournal, replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { merge, type MergeCommandOptions } from '../../src/cli/command/merge.js';
import { report } from '../../src/cli/reports.js';
import { UserError } from '../../src/host/user-error.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { lines, realRun, split } from '../fixtures/split.js';
import { program, type Ended } from './program.js';

const root = mkdtempSync(join(tmpdir(), 'km-shards-'));
afterAll(() => rmSync(root, { recursive: true }));

async function factsOf(folder: string): Promise<RunFacts> {
  return replay((await readJournal(join(folder, 'journal.jsonl'))).events);
}

/** A folder of its own with copies of some runs in it. */
function folderWith(name: string, runs: Record<string, string>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [run, from] of Object.entries(runs)) cpSync(from, join(folder, run), { recursive: true });
  return folder;
}

let printed: string;
beforeEach(() => {
  printed = '';
  const catching = (chunk: unknown) => {
    printed += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(catching);
  vi.spyOn(process.stderr, 'write').mockImplementation(catching);
});
afterEach(() => vi.restoreAllMocks());

/** The command without a process around it, for its many errors; what it prints is in `printed`. */
const mergeHere = (runs: string[], runsDir: string, more: Partial<MergeCommandOptions> = {}): Promise<number> =>
  merge(runs, { runsDir, allowMissing: false, config: 'kernels.yaml', reporter: [], ...more });

async function refusal(runs: string[], runsDir: string, more: Partial<MergeCommandOptions> = {}): Promise<UserError> {
  const outcome = await mergeHere(runs, runsDir, more).catch((error: unknown) => error);
  if (outcome instanceof UserError) return outcome;
  throw new Error(`no UserError but ${String(outcome)}`, { cause: outcome });
}

const runsIn = (folder: string) => readdirSync(folder).sort();

// An existing host is never reached, as no row's kernel can be obtained: the cheapest real run there is.
describe('four shards of a matrix of three rows, at the same time', { timeout: 120_000 }, () => {
  const runs = join(root, 'runs');
  const env = { KERNEL_MATRIX_CACHE: join(root, 'cache'), KERNEL_MATRIX_ARTIFACTS: join(root, 'artifacts') };
  const config = join(root, 'kernels.yaml');
  const shardRun = (index: number) =>
    join(
      runs,
      runsIn(runs).find((name) => name.endsWith(`-${index}of4`))!,
    );
  const shardRuns = () => [1, 2, 3, 4].map(shardRun);
  let ends: Ended[];

  beforeAll(async () => {
    mkdirSync(env.KERNEL_MATRIX_ARTIFACTS);
    writeFileSync(join(env.KERNEL_MATRIX_ARTIFACTS, 'docker-ce-1.x86_64.rpm'), 'docker');
    const sha256 = createHash('sha256').update('docker').digest('hex');
    const row = (name: string) =>
      `      - { name: ${name}, source: rpm, release: 1.0-${name}, rpm: kernel-1.0-${name}.rpm, sha256: ${sha256}, signed_by: none, expect: clean }`;
    writeFileSync(
      config,
      `version: 1
profiles:
  test:
    machine: { provider: ssh, host: 127.0.0.1, port: 9, user: nobody, consent: true }
    guest: { os: el7, package_sources: keep }
    docker: { source: rpm, package: docker-ce, version: '1', sha256: ${sha256}, signed_by: none, image: nginx }
    kernels:
${['a', 'b', 'c'].map(row).join('\n')}
`,
    );
    const words = (index: number) => ['matrix', '--config', config, '--runs-dir', runs, '--shard', `${index}/4`];
    ends = await Promise.all([1, 2, 3, 4].map((index) => program(words(index), env)));
  }, 120_000);

  it('each say which rows are theirs and end as these did; one without rows has done all that was its to do', () => {
    expect(ends.map(({ code }) => code)).toEqual([3, 3, 3, 0]);
    expect(ends.map(({ stderr }) => /^shard .*?(?=;)/m.exec(stderr)?.[0])).toEqual([
      'shard 1/4: a (of 3 rows)',
      'shard 2/4: b (of 3 rows)',
      'shard 3/4: c (of 3 rows)',
      'shard 4/4: no row falls to it (of 3 rows)',
    ]);
    expect(ends[3]!.stdout).toContain('Shard 4/4: no row of the 3 falls to it');
    expect(ends[0]!.stdout).toContain('kernel-1.0-a.rpm is not available');
  });

  it('merge into one run, with every report, and exit as its rows say', async () => {
    const into = folderWith('whole', {});
    const end = await program(['merge', ...shardRuns(), '--runs-dir', into, '--into', 'night'], env);
    expect(end.code).toBe(3);
    expect(end.stdout.match(/│ [abc] +│/g)?.map((cell) => cell[2])).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(runsIn(into)).toEqual(['night']);
    expect(readdirSync(join(into, 'night')).sort()).toEqual([
      'journal.jsonl',
      'junit.xml',
      'kernels',
      'matrix.csv',
      'matrix.html',
      'matrix.json',
      'matrix.md',
      'summary.md',
    ]);
    const facts = await factsOf(join(into, 'night'));
    expect(facts.shards.map(({ index, kernels }) => [index, kernels])).toEqual([
      [1, ['a']],
      [2, ['b']],
      [3, ['c']],
      [4, []],
    ]);
    expect(judgeRun(facts).map(({ kernel, verdict }) => `${kernel} ${verdict}`)).toEqual([
      'a not-measured',
      'b not-measured',
      'c not-measured',
    ]);
    expect(facts.rows[1]!.outcome!.reason).toContain('kernel-1.0-b.rpm is not available');
    const again = await program(['matrix', '--resume', 'night', '--runs-dir', into], env);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('was merged of') as string });
  });

  it('are named when one is missing, and nothing is made; --allow-missing merges the others', async () => {
    const into = folderWith('missing', {});
    const some = [1, 3, 4].map(shardRun);
    const refused = await program(['merge', ...some, '--runs-dir', into], env);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('shard 2/4 is missing (rows in none of the others: b)');
    expect(runsIn(into)).toEqual([]);
    expect(await mergeHere(some, into, { allowMissing: true, into: 'rest' })).toBe(3);
    expect(printed).toContain('shard 2/4 is missing');
    expect(
      (await factsOf(join(into, 'rest'))).rows.map(({ kernel, outcome }) => [kernel.name, outcome?.outcome]),
    ).toEqual([
      ['a', 'failed'],
      ['b', undefined],
      ['c', 'failed'],
    ]);
  });

  it('are named when one is there twice, or damaged', async () => {
    const into = folderWith('damaged', { two: shardRun(2) });
    const journal = join(into, 'two/journal.jsonl');
    const twice = await refusal([...shardRuns(), join(into, 'two')], into);
    expect(twice.parts).toMatchObject({ what: 'a row is there twice', kind: 'input' });
    expect(twice.parts.why).toMatch(/^row b: .*-2of4\/journal\.jsonl:\d+ .* and .*two\/journal\.jsonl:\d+/);
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"kind":"artifact', '"kind:"artifact'));
    const damaged = await refusal([...[1, 3, 4].map(shardRun), 'two'], into);
    expect(damaged.parts).toMatchObject({ what: 'the journal of a shard is damaged', kind: 'unavailable' });
    expect(damaged.parts.why).toMatch(/two\/journal\.jsonl:2: not a line of JSON/);
    expect(runsIn(into)).toEqual(['two']);
  });

  it('may have lost the line that was being written when one was killed', async () => {
    const into = folderWith('torn', { two: shardRun(2) });
    writeFileSync(join(into, 'two/journal.jsonl'), '{"v":3,"seq"', { flag: 'a' });
    expect(await mergeHere([...[1, 3, 4].map(shardRun), 'two'], into)).toBe(3);
    expect(printed).toMatch(/two\/journal\.jsonl:\d+: the last line was torn/);
  });

  it('never write over a run', async () => {
    const into = folderWith('taken', { night: shardRun(1) });
    const before = readFileSync(join(into, 'night/journal.jsonl'), 'utf8');
    for (const [name, said] of [
      ['night', 'night is there already'],
      ['../night', 'expected a name'],
    ]) {
      const { parts } = await refusal(shardRuns(), into, { into: name! });
      expect(parts).toMatchObject({ what: expect.stringContaining(said!) as string, kind: 'usage' });
    }
    expect(readFileSync(join(into, 'night/journal.jsonl'), 'utf8')).toBe(before);
    expect(runsIn(into)).toEqual(['night']);
  });

  it('are found by the variables of the engine they run in', async () => {
    const words = ['matrix', '--config', config, '--shard', 'auto', '--dry-run'];
    // The test itself may run in one.
    const none = { CI_NODE_INDEX: '', CIRCLE_NODE_INDEX: '', BUILDKITE_PARALLEL_JOB: '' };
    const end = await program(words, { ...env, ...none, JOB_COMPLETION_INDEX: '1', KERNEL_MATRIX_SHARDS: '4' });
    expect(end.stdout).toMatch(/^shard 2\/4: b \(of 3 rows\)\n/);
    expect(end.stdout).not.toMatch(/kernel-1.0-[ac]/);
  });

  it('are not compared one by one with a baseline of the whole', async () => {
    const end = await program(['matrix', '--config', config, '--shard', '1/4', '--baseline', 'latest'], env);
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('npm run merge') as string });
  });

  it('keep their rows when they are gone on with', async () => {
    const end = await program(['matrix', '--resume', '--shard', '1/4', '--runs-dir', runs], env);
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('--shard cannot change it') as string });
  });
});

describe('two shards of a real run, merged by the program', { timeout: 60_000 }, () => {
  const runs = join(root, 'real');
  const write = (name: string, file: string, text: string) => {
    mkdirSync(join(runs, name, file, '..'), { recursive: true });
    writeFileSync(join(runs, name, file), text);
  };

  beforeAll(() => {
    const real = realRun();
    write('whole', 'journal.jsonl', lines(real));
    for (const [i, events] of split(real, 2).entries()) write(`part-${i + 1}`, 'journal.jsonl', lines(events));
    write('part-1', 'kernels/6.12/console.log', 'console of 6.12');
    write('part-1', 'kernels/6.12/transcript.txt', 'with other numbers');
    write('part-1', 'machines/m1/console.log', 'first m1');
    write('part-2', 'machines/m2/console.log', 'second m2');
  });

  it('give the table and the exit code of the whole run', async () => {
    const [merged, whole] = await Promise.all([
      program(['merge', 'part-2', 'part-1', '--runs-dir', runs, '--into', 'merged']),
      program(['report', 'whole', '--runs-dir', runs]),
    ]);
    expect(merged.code).toBe(0);
    const table = ({ stdout }: Ended) => stdout.slice(0, stdout.indexOf('evidence:'));
    expect(table(merged)).toBe(table(whole));
    const csv = (run: string) => readFileSync(join(runs, run, 'matrix.csv'), 'utf8');
    expect(csv('merged').replaceAll(',merged,', ',20261125-220649,')).toBe(csv('whole'));
  });

  it('bring their consoles, under the names that the merged journal has for them', () => {
    const text = (file: string) => readFileSync(join(runs, 'merged', file), 'utf8');
    expect(text('kernels/6.12/console.log')).toBe('console of 6.12');
    expect(text('kernels/6.12/transcript.txt')).toContain('[root@6.12 ~]#');
    expect(text('machines/s1-m1/console.log')).toBe('first m1');
    expect(text('machines/s2-m2/console.log')).toBe('second m2');
    expect(existsSync(join(runs, 'merged/machines/m1'))).toBe(false);
  });

  it('are compared, once they are whole, with a baseline', async () => {
    expect(await mergeHere(['part-1', 'part-2'], runs, { into: 'compared', baseline: 'whole' })).toBe(0);
    const json = JSON.parse(readFileSync(join(runs, 'compared/matrix.json'), 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({
      baseline: { place: join(runs, 'whole') },
      comparison: { kernels: [{ state: 'unchanged' }, { state: 'unchanged' }, { state: 'unchanged' }] },
    });
  });

  it('are reported again from the merged journal, to the letter', async () => {
    const markdown = () => readFileSync(join(runs, 'merged/matrix.md'), 'utf8');
    const before = markdown();
    const nowhere = () => undefined;
    expect(await report(join(runs, 'merged'), { outputs: [], print: nowhere, note: nowhere })).toBe(0);
    expect(markdown()).toBe(before);
  });
});
