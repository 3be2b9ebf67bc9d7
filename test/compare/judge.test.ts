import { reportInput } from '../../src/report/input.js';
import { parseJournal, replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/compare/judge.js';
import { buildReports } from '../../src/report/index.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { exitCode } from '../../src/verdict/exit.js';
import { kernelRow } from '../fixtures/build.js';
import { journalOf, PINNED, summaryOf, type RunOptions } from './runs.js';

/** A run that was started with the baseline of an undisturbed one, read back from its journal's text. */
function run(options: RunOptions, base = summaryOf()): RunFacts {
  const journal = journalOf({ seed: 2, ...options });
  const [first, ...rest] = journal.events;
  journal.events.splice(0, journal.events.length, first!);
  journal.add({ kind: 'baseline.taken', from: 'run', place: '/runs/run-1', sha256: null, summary: base });
  for (const { v: _v, seq: _seq, at: _at, ...draft } of rest) journal.add(draft);
  return replay(parseJournal(journal.text()).events);
}
const summarised = (facts: RunFacts) => judge(facts).verdicts.map(({ kernel, status }) => `${kernel} ${status}`);
const codeOf = (facts: RunFacts) => exitCode(judge(facts).verdicts);

describe('a run with a baseline, from its journal alone', () => {
  it('is as expected where nothing changed', () => {
    expect(codeOf(run({}))).toBe(0);
    expect(judge(run({})).comparison).toMatchObject({
      regressions: [],
      base: { run: 'run-1' },
      current: { run: 'run-2' },
    });
  });

  it('exits with 4 if a kernel is worse, and its verdict says so', () => {
    const facts = run({ steps: { '6.1': PINNED } });
    expect(summarised(facts)).toEqual(['5.10 as-expected', '6.1 regressed', '6.12 as-expected']);
    expect(codeOf(facts)).toBe(4);
    const [, verdict] = judge(facts).verdicts;
    expect(verdict).toMatchObject({
      asExpected: false,
      regressions: ['verdict clean → leaks', 'case 3 clean → leaks, refused at creation 4 (ENOSPC)'],
    });
  });

  it('exits with 4 also if the worse is what is expected, and with 1 if it differs as the baseline did', () => {
    const kernels = [kernelRow('6.1', 'leaks')];
    expect(codeOf(run({ kernels, steps: { '6.1': PINNED } }))).toBe(4);
    expect(codeOf(run({ steps: { '6.1': PINNED } }, summaryOf({ steps: { '6.1': PINNED } })))).toBe(1);
  });

  it('excuses a known failure until its date, and not after', () => {
    const marked = (until: string) => ({ ...kernelRow('6.1', 'clean'), known_failure: { reason: 'bug 1', until } });
    const failing = (until: string) => run({ kernels: [marked(until)], steps: { '6.1': PINNED } });
    expect(summarised(failing('2026-01-01'))).toEqual(['6.1 known-failure']);
    expect(codeOf(failing('2026-01-01'))).toBe(0);
    expect(judge(failing('2026-01-01')).comparison?.regressions).toEqual([]);
    expect(codeOf(failing('2025-12-31'))).toBe(4);
    expect(judge(failing('2025-12-31')).comparison?.regressions).toHaveLength(2);
  });

  it('names what was measured in the baseline and is not now, and exits with 3', () => {
    const facts = run({
      steps: { '6.1': { outcome: { outcome: 'failed', phase: 'boot', reason: 'panic' }, case3: null } },
    });
    expect(codeOf(facts)).toBe(3);
    expect(judge(facts).comparison?.kernels[1]).toMatchObject({ state: 'not-comparable' });
  });

  it('does not take a kernel that the baseline has not for compared', () => {
    const kernels = [{ ...kernelRow('7.0'), known_failure: { reason: 'bug 1', until: '2030-01-01' } }];
    expect(judge(run({ kernels })).verdicts[0]?.knownFailure?.state).toBe('not-seen');
  });

  it('takes the thresholds from its plan', () => {
    const strict = { alpha: 0.01, effect: 0.474, min_samples: 5, fails: ['seconds_per_cycle' as const] };
    const tolerance = { capacity: 0, lost_per_cycle: 0, bytes_per_cgroup: 0, seconds_per_cycle: 0.5, boot_seconds: 0 };
    const change: RunOptions['change'] = (plan) => ({ ...plan, compare: { ...strict, tolerance } });
    expect(codeOf(run({ slow: 3, change }))).toBe(4);
    expect(codeOf(run({ slow: 3 }))).toBe(0);
  });
});

describe('its reports', () => {
  const facts = run({ steps: { '6.1': PINNED } });
  const reports = buildReports(facts);

  it('have the comparison in matrix.md, regressions before the table', () => {
    const text = reports.get('matrix.md') ?? '';
    const at = (part: string) => text.indexOf(part);
    expect(at('## Run run-2 compared with run run-1')).toBeGreaterThan(0);
    expect(at('- **regression:** 6.1: verdict clean → leaks')).toBeGreaterThan(at('## Run run-2 compared'));
    expect(at('| kernel | state | verdict | what changed |')).toBeGreaterThan(at('- **regression:**'));
    expect(text).toContain('## 6.1: leaks, clean expected; worse than the baseline');
  });

  it('have it in matrix.json with the exit code, and in the table', () => {
    const json = JSON.parse(reports.get('matrix.json') ?? '') as Record<string, unknown>;
    expect(json).toMatchObject({
      exitCode: 4,
      baseline: { place: '/runs/run-1', sha256: null },
      comparison: { regressions: ['6.1: verdict clean → leaks', expect.any(String)] },
    });
    const text = renderTerminal(reportInput(facts), { width: 400, colour: false });
    expect(text).toMatch(/│ leaks, clean expected; worse/);
    expect(text).toContain('\n6.1: leaks, clean expected; worse than the baseline. Case 3');
  });

  it('say nothing of a comparison without a baseline', () => {
    const plain = buildReports(journalOf().facts());
    expect(plain.get('matrix.md')).not.toContain('compared');
    expect(JSON.parse(plain.get('matrix.json') ?? '')).toMatchObject({ baseline: null, comparison: null });
  });
});
