import { reportInput } from '../../src/report/input.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { validateXML } from 'xmllint-wasm';
import { judge } from '../../src/compare/judge.js';
import type { KernelRow } from '../../src/config/plan.js';
import { renderJunit } from '../../src/report/junit.js';
import { exitCode } from '../../src/verdict/exit.js';
import { journalOf, PINNED, summaryOf, type RunOptions } from '../compare/runs.js';
import {
  addRow,
  churn,
  JournalBuilder,
  kernelRow,
  NO_IMAGE,
  ran,
  refusedRun,
  sample,
  type Steps,
} from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';
import { parseXml } from '../fixtures/xml.js';

interface Case {
  '@name': string;
  '@classname': string;
  '@time'?: string;
  failure?: Result;
  error?: Result;
  skipped?: Result;
  'system-out'?: string;
}
interface Result {
  '@type': string;
  '@message': string;
  '#': string;
}
interface Suite {
  '@name': string;
  '@tests': string;
  '@failures': string;
  '@errors': string;
  '@skipped': string;
  '@time': string;
  '@timestamp': string;
  properties: { property: { '@name': string; '@value': string }[] };
  testcase: Case[];
  'system-out'?: string;
}

const SCHEMA = readFileSync(fileURLToPath(new URL('../fixtures/junit/junit.xsd', import.meta.url)), 'utf8');

const junit = (facts: RunFacts): string => {
  return renderJunit(reportInput(facts));
};

/** Checked against the schema, and as an object. */
async function checked(xml: string) {
  const { errors } = await validateXML({ xml: { fileName: 'junit.xml', contents: xml }, schema: SCHEMA });
  expect(errors.map(({ message }) => message)).toEqual([]);
  const root = (parseXml(xml) as unknown as { testsuites: Record<string, unknown> }).testsuites;
  const suites = ([] as Suite[]).concat((root.testsuite as Suite | Suite[]) ?? []);
  return { root, suites: suites.map((suite) => ({ ...suite, testcase: ([] as Case[]).concat(suite.testcase) })) };
}

const outcomes = (suite: Suite | undefined) =>
  Object.fromEntries(
    (suite?.testcase ?? []).map((each) => [
      each['@name'],
      each.failure ? 'failure' : each.error ? 'error' : each.skipped ? 'skipped' : 'passed',
    ]),
  );

function facts(steps: Steps, row: KernelRow = kernelRow('5.10', 'clean')): RunFacts {
  const journal = new JournalBuilder([row]);
  addRow(journal, row.name, steps);
  return journal.facts();
}

/** A run started with the baseline of an undisturbed one. */
function compared(options: RunOptions, base = summaryOf()): RunFacts {
  const journal = journalOf({ seed: 2, ...options });
  const [first, ...rest] = journal.events;
  journal.events.splice(0, journal.events.length, first!);
  journal.add({ kind: 'baseline.taken', from: 'run', place: '/runs/run-1', sha256: null, summary: base });
  for (const { v: _v, seq: _seq, at: _at, ...draft } of rest) journal.add(draft);
  return journal.facts();
}

const LEAK: Steps = { case3: churn('100m', 3, [1, 1, 1, null]) };
const FAILED = { outcome: 'failed' as const, phase: 'case2' as const, reason: 'SSH was lost' };

describe('junit', () => {
  it('has a suite a kernel and a test case a step, the verdict last', async () => {
    const { root, suites } = await checked(junit(sourceJournal().facts()));
    expect(suites.map((suite) => suite['@name'])).toEqual(['3.10', '4.18', '4.4']);
    expect(outcomes(suites[0])).toEqual({
      boot: 'skipped',
      exhaustion: 'passed',
      calibration: 'skipped',
      'case 1': 'passed',
      'case 2': 'passed',
      'case 3': 'passed',
      'hold control': 'skipped',
      verdict: 'passed',
    });
    expect(root).toMatchObject({ '@tests': '24', '@failures': '0', '@errors': '0' });
    expect(suites[0]).toMatchObject({ '@tests': '8', '@skipped': '3', '@timestamp': '2026-01-01T00:00:02' });
  });

  it('names classes without a dot but the one after the profile, and no two alike', async () => {
    const journal = new JournalBuilder(['5.10', '5_10', 'A.b', 'a.B'].map((name) => kernelRow(name)));
    const { suites } = await checked(junit(journal.facts()));
    expect(suites.map((suite) => suite.testcase[0]?.['@classname'])).toEqual([
      'embedded.5_10',
      'embedded.5_10-2',
      'embedded.A_b',
      'embedded.a_B-2',
    ]);
  });

  it('fails a leak that was not expected, with the evidence', async () => {
    const { suites } = await checked(junit(facts(LEAK)));
    const [suite] = suites;
    expect(outcomes(suite)).toMatchObject({ 'case 2': 'passed', 'case 3': 'failure', verdict: 'failure' });
    const failure = suite?.testcase.find((each) => each['@name'] === 'case 3')?.failure;
    expect(failure).toMatchObject({ '@type': 'leaks', '@message': 'leaks, clean expected' });
    expect(failure?.['#']).toMatch(/capacity 3 → 2, live directories 65531 → 65531, so 1 slot is lost/);
    expect(failure?.['#']).toMatch(/\ndocker: Error response from daemon: … mkdir .*: no space left on device\n/);
    expect(failure?.['#']).toMatch(/\nsee kernels\/5\.10\/transcript\.txt, journal \d+/);
  });

  it('tells times of the phases that were timed, as plain decimals', async () => {
    const journal = new JournalBuilder([kernelRow('5.10')]);
    addRow(journal, '5.10');
    const timed = [
      ['machine', 7],
      ['boot', 18.84],
      ['case2', 1e-7],
    ] as const;
    for (const [phase, seconds] of timed) journal.add({ kind: 'phase.finished', kernel: '5.10', phase, seconds });
    const [suite] = (await checked(junit(journal.facts()))).suites;
    expect(suite?.['@time']).toBe('300.000');
    const times = Object.fromEntries((suite?.testcase ?? []).map((each) => [each['@name'], each['@time']]));
    expect(times).toMatchObject({ boot: '25.840', 'case 2': '0.000' });
    expect(times['case 3']).toBeUndefined();
  });

  it('has what is known of the kernel as properties, and the place of its transcript', async () => {
    const [suite] = (await checked(junit(compared({})))).suites;
    const properties = Object.fromEntries(
      (suite?.properties.property ?? []).map((each) => [each['@name'], each['@value']]),
    );
    expect(properties).toMatchObject({
      run: 'run-2',
      'profile reason': 'a test',
      release: '5.10.0-test',
      accelerator: 'tcg',
      'accelerator reason': 'no KVM',
    });
    expect(properties).not.toHaveProperty('docker');
    expect(suite?.['system-out']).toMatch(/^transcript: kernels\/5\.10\/transcript\.txt\njournal: journal\.jsonl, \d+/);
  });

  it('gives a row that failed one error where it failed, and skips what it did not come to', async () => {
    const steps = { case2: null, case3: null, aftermath: null, hold: null, recover: null, outcome: FAILED };
    const [suite] = (await checked(junit(facts(steps)))).suites;
    expect(outcomes(suite)).toEqual({
      boot: 'passed',
      exhaustion: 'passed',
      calibration: 'passed',
      'case 1': 'passed',
      'case 2': 'error',
      'case 3': 'skipped',
      'hold control': 'skipped',
      verdict: 'error',
    });
    const error = suite?.testcase.find((each) => each['@name'] === 'case 2')?.error;
    expect(error).toMatchObject({ '@type': 'not-measured', '@message': 'failed in phase case2: SSH was lost' });
  });

  it('survives what a guest answers', async () => {
    const nasty = 'a<b> & "c" ]]> \u001b[31mred\u001b[0m \u0000\u0007\ud800\uffff \r\n\t<!-- 😀';
    const journal = new JournalBuilder([kernelRow('evil', 'clean')], undefined, nasty);
    addRow(journal, 'evil', {
      boot: { release: nasty, releaseExpected: nasty },
      case1: { run: ran(null, { code: 125, running: null, error: nasty }) },
    });
    const xml = junit(journal.facts());
    // eslint-disable-next-line no-control-regex
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ud800\uffff]/u);
    const [suite] = (await checked(xml)).suites;
    const error = suite?.testcase.find((each) => each['@name'] === 'case 1')?.error;
    expect(error?.['@message']).toContain('a<b> & "c" ]]> red \\x00\\x07\\ud800\\uffff <!-- 😀');
    expect(error?.['#']).toContain('😀');
  });
});

describe('junit and the exit code', () => {
  const broken = { run: ran(null, { code: 125, running: null, error: NO_IMAGE, from: [] }) };
  const inconclusive = {
    before: sample(1, 100),
    cycles: [{ run: broken.run, after: sample(1, 100) }],
    stopped: 'error' as const,
  };
  const leaking = kernelRow('5.10', 'leaks');
  const known = { ...kernelRow('5.10', 'clean'), known_failure: { reason: 'a reason', until: '2099-01-01' } };
  it.each<[string, RunFacts]>([
    ['as expected', facts({})],
    ['leaks, clean expected', facts(LEAK)],
    ['leaks, as expected', facts(LEAK, leaking)],
    ['clean, leaks expected', facts({}, leaking)],
    ['no expectation', facts(LEAK, kernelRow('5.10'))],
    ['a check misbehaves', facts({ case1: broken })],
    ['a check misbehaves beside a leak', facts({ ...LEAK, case1: broken })],
    ['a case is inconclusive', facts({ case2: inconclusive })],
    ['a case is inconclusive beside an expected leak', facts({ ...LEAK, case2: inconclusive }, leaking)],
    ['the row failed', facts({ outcome: FAILED })],
    ['the row failed late, after a leak', facts({ ...LEAK, outcome: { ...FAILED, phase: 'recover' } })],
    ['the row failed without a phase', facts({ outcome: { ...FAILED, phase: null } })],
    ['the row never ran', new JournalBuilder([kernelRow('5.10')]).facts()],
    ['the source', sourceJournal().facts()],
    ['refused at once', facts({ case3: churn('100m', 0, [null]) })],
    ['the create after removal refused', facts({ hold: { afterRemoval: refusedRun() } })],
    ['a known failure', facts(LEAK, known)],
    ['unchanged since the baseline', compared({})],
    ['worse than the baseline', compared({ steps: { '6.1': PINNED } })],
    ['a kernel that is gone', compared({ kernels: [kernelRow('5.10', 'clean')] })],
    ['a kernel that is new', compared({ kernels: [kernelRow('7.0', 'clean')] })],
  ])('agree: %s', async (_, run) => {
    const { root } = await checked(junit(run));
    const { verdicts } = judge(run);
    const code = exitCode(verdicts);
    expect(Number(root['@failures']) > 0).toBe(code === 1 || code === 4);
    expect(Number(root['@errors']) > 0).toBe(verdicts.some(({ status }) => status === 'not-measured'));
  });

  it('skips a known failure, with its reason', async () => {
    const [suite] = (await checked(junit(facts(LEAK, known)))).suites;
    expect(outcomes(suite)).toMatchObject({ 'case 3': 'skipped', verdict: 'skipped' });
    const message = suite?.testcase.find((each) => each['@name'] === 'verdict')?.skipped?.['@message'];
    expect(message).toBe('known failure until 2099-01-01: a reason');
  });
});

describe('junit of a run with a baseline', () => {
  it('has a test case that fails where the kernel is worse', async () => {
    const { suites } = await checked(junit(compared({ steps: { '6.1': PINNED } })));
    const of = (name: string) => outcomes(suites.find((suite) => suite['@name'] === name))['regression against run-1'];
    expect([of('5.10'), of('6.1'), of('6.12')]).toEqual(['passed', 'failure', 'passed']);
    const failure = suites[1]?.testcase.at(-1)?.failure;
    expect(failure?.['@message']).toContain('worse than run run-1: verdict clean → leaks');
  });

  it('skips it where a known failure excuses it, with the reason', async () => {
    const kernels = [{ ...kernelRow('6.1', 'clean'), known_failure: { reason: 'a reason', until: '2099-01-01' } }];
    const { suites } = await checked(junit(compared({ kernels, steps: { '6.1': PINNED } })));
    expect(suites[0]?.testcase.at(-1)?.skipped?.['@message']).toContain('a reason');
  });

  it('passes nothing that is new or gone', async () => {
    const { suites } = await checked(junit(compared({ kernels: [kernelRow('7.0', 'clean')] })));
    const last = suites.map((suite) => [suite['@name'], outcomes(suite)['regression against run-1']]);
    expect(last).toEqual([
      ['7.0', 'skipped'],
      ['5.10', 'skipped'],
      ['6.1', 'skipped'],
      ['6.12', 'skipped'],
    ]);
  });
});
