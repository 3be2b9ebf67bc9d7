import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/compare/compare.js';
import { thresholdsOf } from '../../src/compare/thresholds.js';
import type { Comparison, Drift } from '../../src/compare/types.js';
import type { CaseSummary, KernelSummary, RunSummary } from '../../src/run-events/run-summary.js';
import { DEFAULTS } from '../../src/config/defaults.js';
import { churn, ENOMEM, kernelRow } from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';
import { journalOf, PINNED, summaryOf, summaryOfFacts } from './runs.js';

const usual = thresholdsOf();
const BASE = summaryOf();
const compare = (current: RunSummary, base = BASE, thresholds = usual) => compareRuns(base, current, thresholds);
const of = (comparison: Comparison, kernel: string) => comparison.kernels.find((each) => each.kernel === kernel)!;
const drift = (comparison: Comparison, figure: string, of23: 2 | 3 | null = null, kernel = '6.1'): Drift =>
  of(comparison, kernel).drifts.find(
    (each) => each.figure === figure && each.case === (of23 === null ? null : `case ${of23}`),
  )!;
const scenario = (kernel: KernelSummary) => kernel.scenarios['cgroup-slots']!;
/** A kernel with its cases changed. */
const withCases = (kernel: KernelSummary, change: (one: CaseSummary) => CaseSummary): KernelSummary => ({
  ...kernel,
  scenarios: { 'cgroup-slots': { ...scenario(kernel), cases: scenario(kernel).cases.map(change) } },
});
/** A kernel with other samples of a figure. */
const withSamples = (kernel: KernelSummary, figure: string, change: (values: number[]) => number[]): KernelSummary => ({
  ...kernel,
  scenarios: {
    'cgroup-slots': {
      ...scenario(kernel),
      samples: scenario(kernel).samples.map((one) =>
        one.figure === figure ? { ...one, values: change(one.values) } : one,
      ),
    },
  },
});
const samplesOf = (kernel: KernelSummary, figure: string, of: string | null = null): number[] =>
  scenario(kernel).samples.find((one) => one.figure === figure && one.case === of)!.values;
const states = ({ kernels }: Comparison) => kernels.map(({ kernel, state }) => `${kernel} ${state}`);

/** The base with other figures of 6.1. */
function withKernel(change: (kernel: KernelSummary) => KernelSummary, base = BASE): RunSummary {
  return { ...base, run: 'other', kernels: base.kernels.map((each) => (each.kernel === '6.1' ? change(each) : each)) };
}
function withTimes(secondsPerCycle: number[], base = BASE): RunSummary {
  return withKernel((kernel) => withSamples(kernel, 'seconds_per_cycle', () => secondsPerCycle), base);
}
const withLost = (lostPerCycle: number[]) =>
  withKernel((kernel) => withSamples(kernel, 'lost_per_cycle', () => lostPerCycle));

describe('runs without a change', () => {
  it('raise no regression in ten comparisons, whichever is the earlier', () => {
    const runs = [1, 2, 3, 4, 5].map((seed) => summaryOf({ seed }));
    const pairs = runs.flatMap((one, i) => runs.slice(i + 1).map((other) => [one, other] as const));
    expect(pairs).toHaveLength(10);
    for (const [one, other] of pairs) {
      for (const comparison of [compare(other, one), compare(one, other)]) {
        expect(comparison.regressions).toEqual([]);
        expect(comparison.circumstances).toEqual([]);
        expect(states(comparison)).toEqual(['5.10 unchanged', '6.1 unchanged', '6.12 unchanged']);
      }
    }
  });

  it('are unchanged to the last figure when they are the same run', () => {
    const findings = compare(BASE).kernels.flatMap(({ drifts }) =>
      drifts.map(({ figure, finding }) => [figure, finding]),
    );
    expect(new Set(findings.filter(([figure]) => figure !== 'boot_seconds').map(([, finding]) => finding))).toEqual(
      new Set(['same']),
    );
  });
});

describe('a pinned slot', () => {
  const comparison = compare(summaryOf({ steps: { '6.1': PINNED } }));

  it('is a regression of that kernel and that case, and of nothing else', () => {
    expect(comparison.regressions).toEqual([
      '6.1: verdict clean → leaks',
      '6.1: case 3 clean → leaks, refused at creation 4 (ENOSPC)',
    ]);
    expect(states(comparison)).toEqual(['5.10 unchanged', '6.1 changed', '6.12 unchanged']);
  });

  it('has too few cycles to say how many slots a cycle loses', () => {
    expect(drift(comparison, 'lost_per_cycle', 3)).toMatchObject({
      before: { n: 5, median: 0 },
      after: { n: 3, median: 1 },
      finding: 'too-few',
      regression: false,
    });
  });

  it('is a change for the better, and no regression, once it is gone', () => {
    const back = compare(BASE, summaryOf({ steps: { '6.1': PINNED } }));
    expect(back.regressions).toEqual([]);
    expect(of(back, '6.1')).toMatchObject({ state: 'changed', regression: false });
    expect(of(back, '6.1').changes).toContainEqual({
      what: 'verdict',
      before: 'leaks',
      after: 'clean',
      regression: false,
    });
  });
});

describe('verdicts', () => {
  const VERDICTS = ['clean', 'reclaimable', 'leaks'];

  it('are worse only from clean over reclaimable to leaks', () => {
    for (const before of VERDICTS) {
      for (const after of VERDICTS) {
        const base = withKernel((kernel) => ({ ...kernel, verdict: before }));
        const { regressions } = compare(withKernel((kernel) => ({ ...kernel, verdict: after })), base); // prettier-ignore
        expect(regressions.length > 0, `${before} → ${after}`).toBe(VERDICTS.indexOf(after) > VERDICTS.indexOf(before));
      }
    }
  });

  it('of a case count on their own', () => {
    const worse = withKernel((kernel) => ({
      ...withCases(kernel, (each) => (each.name === 'case 2' ? { ...each, verdict: 'leaks' } : each)),
      verdict: 'leaks',
    }));
    const base = withKernel((kernel) => ({ ...kernel, verdict: 'leaks' }));
    expect(compare(worse, base).regressions).toEqual(['6.1: case 2 clean → leaks']);
  });

  it('are not worse than what was none', () => {
    const case2 = (verdict: string) =>
      withKernel((kernel) => ({
        ...withCases(kernel, (each) => (each.name === 'case 2' ? { ...each, verdict } : each)),
        verdict: 'leaks',
      }));
    expect(compare(case2('leaks'), case2('inconclusive')).regressions).toEqual([]);
    expect(of(compare(case2('leaks'), case2('inconclusive')), '6.1').state).toBe('changed');
  });

  it('that leak as before are no regression, unless creation is refused earlier', () => {
    const leaking = (slots: number) =>
      summaryOf({ steps: { '6.1': { case3: churn('100m', slots, [...Array<number>(slots).fill(1), null]) } } });
    expect(compare(leaking(3), leaking(3)).regressions).toEqual([]);
    expect(compare(leaking(3), leaking(2)).regressions).toEqual([]);
    expect(compare(leaking(2), leaking(3)).regressions).toEqual([
      '6.1: case 3 leaks, refused at creation 4 (ENOSPC) → leaks, refused at creation 3 (ENOSPC)',
    ]);
  });

  it('do not take a refusal for an earlier one where the earlier run never got so far', () => {
    const run = (completed: number, refusedAt: number | null) =>
      withKernel((kernel) => ({
        ...withCases(kernel, (each) => ({
          ...each,
          verdict: 'leaks',
          completed,
          refusedAt,
          refusal: refusedAt === null ? '' : `refused at creation ${refusedAt}`,
        })),
        verdict: 'leaks',
      }));
    expect(compare(run(6, 7), run(3, null)).regressions).toEqual([]);
    expect(compare(run(2, 3), run(3, null)).regressions).toHaveLength(2);
  });

  it('tell another errno as a change', () => {
    const other = summaryOf({ steps: { '6.1': { exhausted: { errno: ENOMEM } } } });
    expect(of(compare(other), '6.1').changes).toEqual([
      { what: 'errno at exhaustion', before: 'ENOSPC', after: 'ENOMEM', regression: false },
    ]);
  });
});

describe('kernels that are not in both runs, or not measured in one', () => {
  const failed = summaryOf({
    steps: { '6.1': { outcome: { outcome: 'failed', phase: 'boot', reason: 'panic' }, case3: null } },
  });
  const unsure = summaryOf({
    steps: { '6.1': { case1: null, hold: null, case3: { ...PINNED.case3!, stopped: null } } },
  });

  it('are new or gone, with the verdict they have', () => {
    const swapped = summaryOf({ kernels: [kernelRow('5.10', 'clean'), kernelRow('6.1', 'clean'), kernelRow('7.0')] });
    const comparison = compare(swapped);
    expect(states(comparison)).toEqual(['5.10 unchanged', '6.1 unchanged', '7.0 new', '6.12 gone']);
    expect(of(comparison, '7.0')).toMatchObject({
      verdict: { before: null, after: 'clean' },
      reason: 'not in run run-1',
    });
    expect(of(comparison, '6.12')).toMatchObject({ verdict: { before: 'clean', after: null }, regression: false });
    expect(comparison.regressions).toEqual([]);
  });

  it.each([
    ['not measured now', failed, BASE, 'not measured in the later run'],
    ['not measured then', BASE, failed, 'not measured in the earlier run'],
    ['inconclusive now', unsure, BASE, 'inconclusive in the later run'],
    ['inconclusive then', summaryOf({ steps: { '6.1': PINNED } }), unsure, 'inconclusive in the earlier run'],
    ['neither', failed, unsure, 'inconclusive in the earlier run, not measured in the later run'],
  ])('are not comparable: %s', (_, current, base, reason) => {
    const comparison = compare(current, base);
    expect(of(comparison, '6.1')).toMatchObject({ state: 'not-comparable', reason, drifts: [], regression: false });
    expect(comparison.regressions).toEqual([]);
  });

  it('are, with another kernel under the same name, changed in their release, and their capacity is not judged', () => {
    const boot = { release: '6.1.99-test', releaseExpected: '6.1.99-test' };
    const newer = summaryOf({ steps: { '6.1': { boot, exhausted: { made: 65531, directories: 65531 } } } });
    const comparison = compare(newer);
    expect(of(comparison, '6.1').changes).toEqual([
      { what: 'release', before: '6.1.0-test', after: '6.1.99-test', regression: false },
    ]);
    expect(drift(comparison, 'capacity')).toMatchObject({ finding: 'different', regression: false });
    expect(comparison.regressions).toEqual([]);
  });
});

describe('circumstances', () => {
  it('are told, and another number of cycles is reported as exactly that', () => {
    const comparison = compare(summaryOf({ cycles: 8, slow: 3 }));
    expect(comparison.circumstances).toEqual(['cycles per churn case: 5 → 8']);
    expect(states(comparison)).toEqual(['5.10 unchanged', '6.1 unchanged', '6.12 unchanged']);
    expect(comparison.regressions).toEqual([]);
    expect(drift(comparison, 'seconds_per_cycle', 2).finding).toBe('not-comparable');
    expect(drift(comparison, 'boot_seconds').finding).toBe('not-comparable');
    expect(drift(comparison, 'lost_per_cycle', 2).finding).toBe('same');
  });

  it.each<[string, (summary: RunSummary) => RunSummary]>([
    ['host: Debian 12 → Debian 13', (one) => ({ ...one, host: { ...one.host, os: 'Debian 13' } })],
    ["host's CPUs: 2 → 8", (one) => ({ ...one, host: { ...one.host, cpus: 8 } })],
    ["host's memory, MiB: 24576 → 8192", (one) => ({ ...one, host: { ...one.host, memoryMib: 8192 } })],
    ['tool: kernel-matrix 0.1.0 → kernel-matrix 0.2.0', (one) => ({ ...one, tool: 'kernel-matrix 0.2.0' })],
    ['accelerator: tcg → kvm', (one) => ({ ...one, machine: { ...one.machine!, accelerator: 'kvm' } })],
    ["machines' CPUs: 1 → 4", (one) => ({ ...one, machine: { ...one.machine!, cpus: 4 } })],
    ["machines' memory, MiB: 3072 → 4096", (one) => ({ ...one, machine: { ...one.machine!, memoryMib: 4096 } })],
    [
      'memory limit of case 3: 100m → 50m',
      (one) => ({ ...one, settings: { ...one.settings, 'memory limit of case 3': '50m' } }),
    ],
    ['machines at the same time: 1 → 2', (one) => ({ ...one, jobs: 2 })],
    ['profile: embedded → other', (one) => ({ ...one, profile: 'other' })],
  ])('%s', (words, change) => {
    const comparison = compare(change(BASE));
    expect(comparison.circumstances).toEqual([words]);
    expect(drift(comparison, 'seconds_per_cycle', 2).finding).toBe('not-comparable');
  });

  it('leave out what a host’s own kernel takes of its memory', () => {
    const one = { ...BASE, host: { ...BASE.host, memoryMib: BASE.host.memoryMib - 100 } };
    expect(compare(one).circumstances).toEqual([]);
  });

  it('make kernel memory not comparable only on another machine', () => {
    const cycles = compare(summaryOf({ cycles: 8 }));
    expect(drift(cycles, 'bytes_per_cgroup').finding).toBe('same');
    const machine = compare({ ...BASE, machine: { ...BASE.machine!, cpus: 4 } });
    expect(drift(machine, 'bytes_per_cgroup').finding).toBe('not-comparable');
  });
});

describe('figures', () => {
  it('have a regression of capacity as soon as one slot is missing', () => {
    const fewer = summaryOf({ steps: { '6.1': { exhausted: { made: 65531, directories: 65531 } } } });
    expect(compare(fewer).regressions).toEqual(['6.1: slots at exhaustion 65532 → 65531']);
    expect(states(compare(fewer))[1]).toBe('6.1 drifted');
    expect(compare(BASE, fewer).regressions).toEqual([]);
    expect(drift(compare(BASE, fewer), 'capacity').finding).toBe('better');
  });

  it('judge kernel memory, one figure a run, by the tolerance alone', () => {
    const bytes = (factor: number) =>
      withKernel((kernel) => withSamples(kernel, 'bytes_per_cgroup', ([one]) => [one! * factor]));
    expect(drift(compare(bytes(1.09)), 'bytes_per_cgroup')).toMatchObject({ finding: 'same', p: null });
    expect(drift(compare(bytes(1.11)), 'bytes_per_cgroup')).toMatchObject({
      finding: 'worse',
      p: null,
      regression: true,
    });
    expect(drift(compare(bytes(0.85)), 'bytes_per_cgroup')).toMatchObject({ finding: 'better', regression: false });
  });

  it('are compared as samples where a run has many: p, effect and tolerance all have to be passed', () => {
    const times = (seconds: number[]) =>
      drift(compare(withTimes(seconds), withTimes([4, 4.1, 4.2, 4.3, 4.4])), 'seconds_per_cycle', 2);
    expect(times([6, 6.1, 6.2, 6.3, 6.4])).toMatchObject({ finding: 'worse', effect: 1, regression: false });
    expect(times([6, 6.1, 6.2, 6.3, 6.4]).p).toBeCloseTo(2 / 252, 9);
    expect(times([2, 2.1, 2.2, 2.3, 2.4])).toMatchObject({ finding: 'better', effect: -1 });
    // Every one larger, but by less than the tolerance.
    expect(times([4.5, 4.6, 4.7, 4.8, 4.9])).toMatchObject({ finding: 'same', effect: 1 });
    // The median moved far, but the samples overlap.
    expect(times([1, 1, 9, 9, 9])).toMatchObject({ finding: 'same' });
  });

  it('do not differ where the effect is small, however sure the test is', () => {
    const many = (shift: number) => withTimes(Array.from({ length: 60 }, (_, i) => i + 1 + shift));
    const found = drift(compare(many(12), many(0)), 'seconds_per_cycle', 2);
    expect(found.p).toBeLessThan(0.001);
    expect(found.ratio).toBeGreaterThan(1.25);
    expect(found).toMatchObject({ finding: 'same' });
    expect(found.effect).toBeCloseTo(0.36, 2);
  });

  it('fail a run by times only if the configuration says so', () => {
    const slow = summaryOf({ slow: 2, seed: 2 });
    expect(compare(slow).regressions).toEqual([]);
    expect(drift(compare(slow), 'seconds_per_cycle', 2).finding).toBe('worse');
    const strict = thresholdsOf({ ...DEFAULTS.compare, fails: ['seconds_per_cycle'] });
    expect(compare(slow, BASE, strict).regressions).toHaveLength(6);
    expect(compare(slow, BASE, strict).regressions[0]).toMatch(
      /^5\.10: case 2, seconds per cycle 3\.\d+ s → \d\.\d+ s \(\+\d+(\.\d)? %\)$/,
    );
  });

  it.each([1, 2, 3, 4])('say of %i samples that they are too few, however far apart', (n) => {
    const few = (seconds: number) => withTimes(Array.from({ length: n }, (_, i) => seconds + i / 100));
    expect(drift(compare(few(400), few(4)), 'seconds_per_cycle', 2)).toMatchObject({
      finding: 'too-few',
      regression: false,
    });
    expect(drift(compare(few(4), few(4)), 'seconds_per_cycle', 2).finding).toBe('too-few');
  });

  it('say too few also where min_samples lets them pass but no p could be below alpha', () => {
    const lax = thresholdsOf({ ...DEFAULTS.compare, min_samples: 2, fails: ['seconds_per_cycle'] });
    const comparison = compare(withTimes([9, 9.1, 9.2]), withTimes([4, 4.1, 4.2]), lax);
    expect(drift(comparison, 'seconds_per_cycle', 2).finding).toBe('too-few');
    expect(comparison.regressions).toEqual([]);
  });

  it('have a boot time of one run always too few to say', () => {
    expect(drift(compare(summaryOf({ slow: 9 })), 'boot_seconds').finding).toBe('too-few');
  });

  it('stay the same with ties, and differ where every cycle loses one more', () => {
    const lost = (slots: number[]) => drift(compare(withLost(slots)), 'lost_per_cycle', 3);
    expect(lost([0, 0, 0, 0, 0])).toMatchObject({ finding: 'same', p: null });
    expect(lost([0, 0, 0, 0, 1])).toMatchObject({ finding: 'same', regression: false });
    expect(lost([1, 1, 1, 1, 1])).toMatchObject({ finding: 'worse', ratio: null, regression: true });
  });

  it('that are not recorded are said so, never 0', () => {
    const without = withKernel((kernel) => withSamples(kernel, 'bytes_per_cgroup', () => []));
    expect(drift(compare(without), 'bytes_per_cgroup')).toMatchObject({
      after: { n: 0, median: null },
      ratio: null,
      finding: 'not-recorded',
    });
  });
});

describe('the original report', () => {
  const summary = summaryOfFacts(sourceJournal().facts());

  it('is summarised as it was recorded: a refused cycle is no sample', () => {
    expect(summary.kernels[0]).toMatchObject({
      kernel: '3.10',
      verdict: 'leaks',
      samples: [{ figure: 'boot_seconds', case: null, values: [] }],
    });
    expect(scenario(summary.kernels[0]!).facts).toEqual({
      'errno at exhaustion': 'ENOSPC',
      aftermath: 'refused ENOSPC',
    });
    expect(samplesOf(summary.kernels[0]!, 'capacity')).toEqual([65486]);
    expect(samplesOf(summary.kernels[0]!, 'bytes_per_cgroup')).toEqual([]);
    expect(scenario(summary.kernels[0]!).cases[1]).toEqual({
      name: 'case 3',
      verdict: 'leaks',
      completed: 1,
      refusedAt: 2,
      refusal: 'refused at creation 2 (ENOSPC)',
    });
    expect(samplesOf(summary.kernels[0]!, 'lost_per_cycle', 'case 3')).toEqual([1]);
    expect(samplesOf(summary.kernels[0]!, 'seconds_per_cycle', 'case 3')).toEqual([3]);
    expect(summary.machine).toBeNull();
  });

  it('is unchanged against itself, and regressed if 4.4 should leak as 3.10 does', () => {
    expect(states(compare(summary, summary))).toEqual(['3.10 unchanged', '4.18 unchanged', '4.4 unchanged']);
    const leaking = {
      ...summary,
      kernels: summary.kernels.map((each) => ({ ...summary.kernels[0]!, kernel: each.kernel })),
    };
    expect(compare(leaking, summary).regressions).toEqual([
      '4.18: verdict clean → leaks',
      '4.18: case 3 clean → leaks, refused at creation 2 (ENOSPC)',
      '4.4: verdict clean → leaks',
      '4.4: case 3 clean → leaks, refused at creation 2 (ENOSPC)',
    ]);
  });
});

describe('seconds of a cycle', () => {
  it('are those of docker run and docker rm, where the cycle names its commands', () => {
    const journal = journalOf();
    for (const event of journal.events) {
      if (event.kind !== 'churn.cycle' || event.kernel !== '6.1' || event.case !== 3) continue;
      const removal = journal.events.findLast(
        (each) => each.kind === 'command' && each.command.startsWith('docker rm') && each.seq < event.seq,
      );
      event.run.seconds = 4;
      event.run.from.push(removal!.seq);
    }
    const [, kernel] = summaryOfFacts(journal.facts()).kernels;
    expect(samplesOf(kernel!, 'seconds_per_cycle', 'case 3')).toEqual(Array(5).fill(4.1));
  });
});

describe('known failures', () => {
  const knownFailure = { reason: 'https://bugs/1', until: '2027-01-31' };
  const worse = withKernel((kernel) => ({ ...kernel, verdict: 'leaks', knownFailure }));

  it('excuse the regression of their kernel, and of no other', () => {
    const comparison = compare(worse);
    expect(comparison.regressions).toEqual([]);
    expect(of(comparison, '6.1')).toMatchObject({
      regression: true,
      excused: 'known failure until 2027-01-31: https://bugs/1',
    });
    const both = { ...worse, kernels: worse.kernels.map((each) => ({ ...each, verdict: 'leaks' })) };
    expect(compare(both).regressions).toEqual(['5.10: verdict clean → leaks', '6.12: verdict clean → leaks']);
  });

  it('are not told of a kernel that needs no excuse', () => {
    expect(of(compare(withKernel((kernel) => ({ ...kernel, knownFailure }))), '6.1').excused).toBeNull();
  });

  it('of the earlier run excuse nothing', () => {
    const base = withKernel((kernel) => ({ ...kernel, knownFailure }));
    expect(compare(withKernel((kernel) => ({ ...kernel, verdict: 'leaks' })), base).regressions).toHaveLength(1); // prettier-ignore
  });
});
