/** A second scenario, added to the table by this test alone: everything that is made of a run has it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePlan } from '../../src/cli/describe-plan.js';
import { FORMAT } from '../../src/cli/kernels-yaml.js';
import { factOf } from '../../src/cli/live/facts.js';
import { compareRuns } from '../../src/compare/compare.js';
import { summarise } from '../../src/compare/summarise.js';
import { thresholdsOf } from '../../src/compare/thresholds.js';
import { formatOf } from '../../src/config/format.js';
import { parseConfig } from '../../src/config/load.js';
import { renderComparisonMarkdown } from '../../src/report/comparison-markdown.js';
import { renderHistory } from '../../src/report/html/history.js';
import { reportInput } from '../../src/report/input.js';
import { renderTerminal } from '../../src/report/terminal.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { runMatrix } from '../../src/run/run.js';
import { schedule } from '../../src/run/schedule/schedule.js';
import { SCENARIOS, scenariosOf } from '../../src/scenario/index.js';
import { createJournal, parseJournal, replay } from '../../src/scenario/journal.js';
import { exitCode } from '../../src/verdict/exit.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { allReports } from '../report/all-reports.js';
import { Lab, labPlan } from '../run/lab.js';
import { V4_4 } from './cgroup-slots/model.js';
import { toy } from './toy.js';

const ROWS = [kernelRow('4.4', 'clean'), kernelRow('4.5', 'clean')];
const folder = mkdtempSync(join(tmpdir(), 'km-toy-'));
const PLAN = { ...labPlan(ROWS), scenarios: ['cgroup-slots', 'toy'] };

/** Runs both scenarios on two model kernels, the second of which leaves files. */
async function run(name: string, files: string): Promise<JournalEvent[]> {
  const lab = new Lab(new Map(ROWS.map((row) => [row.name, V4_4])));
  lab.interfere = (row, command) => (command === 'ls /toy' ? (row === '4.5' ? files : '') : undefined);
  const file = join(folder, name, 'journal.jsonl');
  const journal = createJournal(file, undefined);
  const tool = { name: 'kernel-matrix', version: '0', node: 'v20' };
  const host = { os: 'Debian 12', cpus: 2, memoryMib: 8192 };
  journal.append({
    kind: 'run.started',
    run: name,
    profile: 'embedded',
    profileReason: 'a test',
    tool,
    host,
    plan: PLAN,
  });
  const input = { run: name, folder: join(folder, name), plan: PLAN, rows: ROWS, keep: false, fresh: true };
  await runMatrix(
    { ...input, host: { cpus: 2, availableMib: 8192 }, consoleFile: (kernel) => `${kernel}.log` },
    journal,
    lab.observer,
    new AbortController().signal,
    lab.prepare,
  );
  journal.close();
  progress.push(...lab.progress.map(({ phase }) => phase));
  return parseJournal(readFileSync(file)).events;
}

const progress: string[] = [];
let events: JournalEvent[];
let facts: RunFacts;
let reports: Map<string, string>;
const report = (name: string): string => reports.get(name)!;

beforeAll(async () => {
  SCENARIOS.push(toy);
  events = await run('leaving', 'a\nb\n');
  facts = replay(events);
  reports = allReports(events);
});
afterAll(() => {
  SCENARIOS.splice(SCENARIOS.indexOf(toy), 1);
  rmSync(folder, { recursive: true });
});

describe('a second scenario', () => {
  it('is judged beside the first, and decides the exit code', () => {
    const { verdicts } = reportInput(facts);
    expect(verdicts.map(({ verdict, status }) => [verdict, status])).toEqual([
      ['clean', 'as-expected'],
      ['leaks', 'differs'],
    ]);
    expect(verdicts[1]!.answers['cgroup-slots']!.verdict).toBe('clean');
    expect(exitCode(verdicts)).toBe(1);
  });

  it('is in the table of the terminal, with its finding', () => {
    const table = renderTerminal(reportInput(facts), { width: 400, colour: false });
    expect(table).toContain('files left');
    expect(table).toContain('case 2: churn');
    expect(table).toContain('2 toy files are left');
    expect(table).toContain('files of the toy:\n  4.4: 0 files');
  });

  it.each([
    ['matrix.md', ['files left', 'toy files: 2 of the toy', 'The toy saw 2 kernels', 'Scenario toy']],
    ['matrix.html', ['files left', '2 of the toy', 'The toy counts files', 'Toy files', 'folder of the toy']],
    ['summary.md', ['toy files', '2 toy files are left', 'lost per cycle']],
    ['matrix.csv', ['toy_files', 'slots_at_exhaustion']],
    ['matrix.json', ['"toy.counted"', '"cgroup-slots"', 'The folder could be read']],
    ['junit.xml', ['toy: files', 'cgroup-slots: case 3']],
    ['kernels/4.5/transcript.txt', ['### Toy: count the files (phase toy-count', '-- toy: 2 files']],
  ])('is in %s', (name, texts) => {
    for (const text of texts) expect(report(name)).toContain(text);
  });

  it('fails its own test case in JUnit, and no other', () => {
    const failed = [...report('junit.xml').matchAll(/<testcase name="([^"]+)"[^>]*>\s*<failure/g)].map(
      ([, name]) => name,
    );
    expect(failed).toEqual(['toy: files', 'verdict']);
  });

  it('is told as the run goes on', () => {
    expect(progress).toContain('toy-count');
    const event = events.find(({ kind }) => kind === 'toy.counted');
    expect(factOf(event!)).toBe('toy: 0 files');
  });

  it('is compared between runs, and drawn over many', async () => {
    const later = replay(await run('leaving-more', 'a\nb\nc\n'));
    const [before, after] = [facts, later].map((each) => summarise(each, reportInput(each).verdicts));
    const comparison = compareRuns(before!, after!, thresholdsOf());
    expect(comparison.regressions).toEqual(['4.5: toy files left 2 files → 3 files (+50 %)']);
    expect(renderComparisonMarkdown(comparison)).toContain('toy files left');
    const runs = [before!, after!].map((summary) => ({ summary, state: 'finished', href: null }));
    expect(renderHistory({ runs, skipped: [] })).toContain('Toy files');
  });

  it('is told by --dry-run, step by step', () => {
    const order = schedule(ROWS, { machines: 1, cycles: 3, past: [], accelerator: null });
    expect(describePlan(PLAN, 'a test', order)).toContain('toy-count ls /toy');
  });

  it('may be asked for in kernels.yaml, and an unknown one is refused with its line', () => {
    const format = formatOf({ ...FORMAT, scenarios: SCENARIOS });
    const text = (id: string) =>
      `version: 1\nprofiles:\n  a:\n    scenarios: [cgroup-slots, ${id}]\n    kernels:\n      - { name: k, source: deb, suite: s, package: linux-image-a }\n`;
    expect(parseConfig(text('toy'), 'k.yaml', format).profiles['a']!.scenarios).toEqual(['cgroup-slots', 'toy']);
    expect(() => parseConfig(text('cgroup-slots'), 'k.yaml', format)).toThrow(/expected each scenario once/);
    expect(scenariosOf({ scenarios: ['toy', 'cgroup-slots'] }).map(({ id }) => id)).toEqual(['toy', 'cgroup-slots']);
    expect(() => parseConfig(text('tyo'), 'k.yaml', format)).toThrow(
      /k\.yaml:4:31.*expected cgroup-slots or toy, got tyo/s,
    );
  });

  it('has phases, kinds of events, figures and columns of its own', () => {
    const phases = SCENARIOS.flatMap(({ steps }) => steps.map(({ phase }) => phase));
    expect(new Set(phases).size).toBe(phases.length);
    const kinds = SCENARIOS.flatMap(({ events: own }) => Object.keys(own));
    expect(new Set(kinds).size).toBe(kinds.length);
    const views = SCENARIOS.map(({ view }) => view);
    for (const names of [
      views.flatMap(({ figures }) => figures.map(({ id }) => id)),
      views.flatMap(({ columns }) => (columns as readonly { title: string }[]).map(({ title }) => title)),
      views.flatMap(({ csv }) => (csv as readonly (readonly [string, unknown])[]).map(([name]) => name)),
    ])
      expect(new Set(names).size).toBe(names.length);
  });
});

it('that this program does not have makes a row inconclusive, with that reason, in every report', () => {
  const journal = new JournalBuilder([kernelRow('4.4', 'clean')]);
  addRow(journal, '4.4');
  const [first] = journal.events;
  if (first?.kind === 'run.started') first.plan = { ...first.plan, scenarios: ['of a later version'] };
  const { verdicts } = reportInput(journal.facts());
  expect(verdicts[0]).toMatchObject({
    verdict: 'inconclusive',
    reasons: ['this program has no scenario that the plan asks for'],
  });
  expect(allReports(journal.events).get('matrix.html')).toContain('no scenario that the plan asks for');
});
