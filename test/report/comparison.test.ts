import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/compare/compare.js';
import { thresholdsOf } from '../../src/compare/thresholds.js';
import type { RunSummary } from '../../src/run-events/run-summary.js';
import { renderComparisonMarkdown } from '../../src/report/comparison-markdown.js';
import { renderComparisonTerminal } from '../../src/report/comparison-terminal.js';
import { kernelRow } from '../fixtures/build.js';
import { PINNED, summaryOf } from '../compare/runs.js';

const BASE = summaryOf();
const compared = (current: RunSummary, base = BASE) => compareRuns(base, current, thresholdsOf());
const terminal = (current: RunSummary, width = 160, colour = false, base = BASE) =>
  renderComparisonTerminal(compared(current, base), { width, colour });

const NASTY = 'a|b `x` <script>alert(1)</script>\n```\n\u001b[31mred\u001b[0m \u0007 ]( *bold* \u202e';
const worse = summaryOf({
  seed: 2,
  cycles: 8,
  steps: { '6.1': PINNED },
  kernels: ['5.10', '6.1', '7.0'].map((name) => kernelRow(name, 'clean')),
});
const nasty: RunSummary = {
  ...worse,
  run: NASTY,
  host: { ...worse.host, os: NASTY },
  kernels: worse.kernels.map((each) => ({
    ...each,
    release: NASTY,
    aftermath: NASTY,
    knownFailure: { reason: NASTY, until: '2030-01-01' },
  })),
};

describe('terminal', () => {
  const lines = terminal(worse).split('\n');

  it('has what is worse first, a line each, then what was not compared, then the tables', () => {
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    expect(lines[0]).toBe('Run run-2 compared with run run-1 of 2026-01-01, profile embedded');
    expect(lines.slice(1, 3)).toEqual([
      'REGRESSION: 6.1: verdict clean → leaks',
      'REGRESSION: 6.1: case 3 clean → leaks, refused at creation 4 (ENOSPC)',
    ]);
    expect(lines).toContain('not compared: 7.0: new (not in run run-1)');
    expect(lines).toContain('not compared: 6.12: gone (not in run run-2)');
    expect(lines).toContain('the circumstances differ, so times are not compared: cycles per churn case: 5 → 8');
    expect(at('│ kernel │ state')).toBeGreaterThan(at('the circumstances differ'));
    expect(lines.join('\n')).toMatch(/│ 6\.1 +│ changed +│ clean → leaks │ /);
    expect(lines.join('\n')).toMatch(
      /│ 6\.1 +│ case 3, slots lost per cycle │ 0 +│ 1 +│ too few samples to say \(5 and 3\) +│/,
    );
  });

  it('says that nothing is worse, and of how many', () => {
    expect(terminal(summaryOf({ seed: 2 })).split('\n')[1]).toBe('no regression: 3 unchanged');
    const other = summaryOf({ kernels: [kernelRow('7.0')] });
    expect(terminal(other).split('\n')[1]).toBe('nothing could be compared: 1 new, 3 gone');
  });

  it('shows an excused regression with reason and date, and not as one', () => {
    const knownFailure = { reason: 'bug 1', until: '2027-01-31' };
    const current = { ...worse, kernels: worse.kernels.map((each) => ({ ...each, knownFailure })) };
    const text = terminal(current);
    expect(text).not.toContain('REGRESSION');
    expect(text).toContain('known failure: 6.1: verdict clean → leaks (known failure until 2027-01-31: bug 1)');
  });

  it.each([24, 40, 60, 80, 100, 160])('fits %i columns', (width) => {
    for (const line of terminal(worse, width).split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    for (const line of terminal(nasty, width).split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('stays a table at 80 columns, and becomes a list where no table fits', () => {
    expect(terminal(worse, 80).match(/^┌/gm)).toHaveLength(2);
    expect(terminal(worse, 40)).not.toContain('│');
    expect(terminal(worse, 40)).toContain('6.1; state: changed; verdict: clean');
  });

  it('lets no control character through, and has colours only if asked', () => {
    // eslint-disable-next-line no-control-regex
    expect(terminal(nasty)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(terminal(worse, 160, true)).toContain('\u001b[31mREGRESSION: 6.1');
  });
});

describe('markdown', () => {
  it('has what is worse before the tables', () => {
    const text = renderComparisonMarkdown(compared(worse));
    expect(text).toMatch(
      /^# Run run-2 compared with run run-1 of 2026-01-01, profile embedded\n\n- \*\*regression:\*\* 6\.1: verdict clean → leaks\n/,
    );
    expect(text).toContain('- not compared: 6.12: gone (not in run run-2)');
    expect(text).toContain('- cycles per churn case: 5 → 8');
    expect(text).toContain('| 6.1 | changed | clean → leaks | case 3 clean → leaks, refused at creation 4 (ENOSPC)');
    expect(renderComparisonMarkdown(compared(BASE))).toContain('Result: no regression; 3 unchanged.');
  });

  it('shows text of guests and of other files as it is, without markup', () => {
    const text = renderComparisonMarkdown(compared(nasty));
    expect(text).not.toContain('<script>');
    expect(text).not.toMatch(/^```/m);
    const rows = text.split('\n').filter((line) => line.startsWith('| 6.1 | changed'));
    expect(rows).toHaveLength(1);
    expect(rows[0]!.match(/(?<!\\)\|/g)).toHaveLength(5);
  });
});
