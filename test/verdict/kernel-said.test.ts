import type { RowFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { type ConsoleClass, type ConsoleFinding, MOST_OF_A_CLASS } from '../../src/console/finding.js';
import { SEVERITY } from '../../src/console/signs.js';
import { judgeKernel } from '../../src/verdict/kernel.js';
import { addRow, churn, JournalBuilder, kernelRow, type Steps } from '../fixtures/build.js';

const RELEASE = '5.10.0-test';

function said(name: ConsoleClass, line: string, more: Partial<ConsoleFinding> = {}): ConsoleFinding {
  const severity = SEVERITY[name];
  return { class: name, severity, line, excerpt: [line], offset: 10, kernelTime: 131.2, release: RELEASE, ...more };
}

/** A row that was selected, then proven to run 5.10, in whose case 2 the kernel says something. */
function rowSaying(findings: ConsoleFinding[], steps: Steps = {}): RowFacts {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
  addRow(journal, '5.10', { boot: { release: RELEASE, releaseExpected: RELEASE }, ...steps });
  journal.add({ kind: 'phase.started', kernel: '5.10', phase: 'case2' });
  for (const finding of findings) journal.add({ kind: 'console.found', machine: 'm1', kernel: '5.10', ...finding });
  return journal.facts().rows[0]!;
}

const OOPS = said('oops', 'BUG: kernel NULL pointer dereference, address: 0000000000000010');

describe('a row whose kernel said nothing serious', () => {
  it.each([[[]], [[said('other', 'nvme nvme0: failed to set APST feature (2)')]]])('is told of nothing', (findings) => {
    expect(judgeKernel(rowSaying(findings))).toMatchObject({ verdict: 'clean', kernelSaid: null });
  });
});

describe('a row whose kernel went on', () => {
  it.each(['warning', 'hung-task', 'soft-lockup', 'rcu-stall', 'oom', 'memcg-oom', 'slab-failure'] as const)(
    'has its verdict in spite of a %s, which is told',
    (name) => {
      const verdict = judgeKernel(rowSaying([said(name, 'the line')]));
      expect(verdict).toMatchObject({ verdict: 'clean', status: 'as-expected', reasons: [] });
      expect(verdict.kernelSaid?.text).toBe(`${name.replaceAll('-', ' ')} 1×; the first in phase case2: the line`);
    },
  );

  it('is told what, how often, what came first and where the journal has it', () => {
    const findings = [said('warning', 'first'), said('oom', 'second'), said('warning', 'third'), said('other', 'x')];
    const row = rowSaying(findings);
    expect(judgeKernel(row).kernelSaid).toEqual({
      text: 'warning 2×, oom 1×; the first in phase case2: first',
      from: row.consoleFindings.slice(0, 3).map(({ seq }) => seq),
    });
  });

  it('counts what was left out as no finding of its own', () => {
    const row = rowSaying([said('io-error', 'line'), said('left-out', 'more was found than is written down')]);
    expect(judgeKernel(row).kernelSaid?.text).toMatch(/^io error 1×; the first/);
  });

  it('says that there may have been more than are written down', () => {
    const many = Array.from({ length: MOST_OF_A_CLASS }, () => said('io-error', 'line'));
    expect(judgeKernel(rowSaying(many)).kernelSaid?.text).toContain(`io error ${MOST_OF_A_CLASS}× or more;`);
  });
});

describe('a row whose kernel failed itself', () => {
  it.each([OOPS, said('kernel-bug', 'kernel BUG at mm/slub.c:305!')])('is inconclusive: $class', (finding) => {
    const verdict = judgeKernel(rowSaying([finding]));
    expect(verdict).toMatchObject({ verdict: 'inconclusive', status: 'not-measured' });
    expect(verdict.reasons).toEqual([
      `the kernel itself failed in phase case2 (${finding.line}), so nothing that was measured with it counts`,
    ]);
  });

  it('is so even where a case shows a leak', () => {
    const leak: Steps = { case3: churn('100m', 2, [1, 1, null]), recover: null };
    expect(judgeKernel(rowSaying([], leak)).verdict).toBe('leaks');
    expect(judgeKernel(rowSaying([OOPS], leak)).verdict).toBe('inconclusive');
  });

  it('is not, if it was the kernel of another boot', () => {
    const verdict = judgeKernel(rowSaying([{ ...OOPS, release: '6.1.0-56-cloud-amd64' }]));
    expect(verdict).toMatchObject({ verdict: 'clean', kernelSaid: null });
  });

  it('is, where it is not known which kernel it was', () => {
    expect(judgeKernel(rowSaying([{ ...OOPS, release: null }])).verdict).toBe('inconclusive');
  });

  it('names no phase where the time is not known', () => {
    expect(judgeKernel(rowSaying([{ ...OOPS, offset: null }])).reasons[0]).toMatch(/^the kernel itself failed \(BUG/);
  });
});
