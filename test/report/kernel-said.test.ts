import { reportInput } from '../../src/report/input.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { findingOf } from '../../src/report/finding.js';

import { renderTerminal } from '../../src/report/terminal.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { addRow, churn, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { allReports } from './all-reports.js';

const LINE = 'watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [perl:1]';
const TRACE = ' rcu_gp_fqs_loop+0x141/0x560';

function journalOf(of: 'soft-lockup' | 'oops' | null): JournalBuilder {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
  addRow(journal, '5.10');
  journal.add({ kind: 'phase.started', kernel: '5.10', phase: 'exhaust' });
  if (of !== null) {
    journal.add({
      kind: 'console.found',
      machine: 'm1',
      kernel: '5.10',
      class: of,
      severity: 'serious',
      line: LINE,
      excerpt: [LINE, TRACE, '</TASK> <script>alert(1)</script>'],
      offset: 4711,
      kernelTime: 131.25,
      release: null,
    });
  }
  return journal;
}

const facts = (of: Parameters<typeof journalOf>[0]): RunFacts => journalOf(of).facts();
const terminal = (run: RunFacts) => renderTerminal(reportInput(run), { width: 200, colour: false });

describe('what the kernel said', () => {
  const run = facts('soft-lockup');
  const reports = allReports(journalOf('soft-lockup').events);
  const file = (name: string) => reports.get(name) ?? '';

  it('is one line under the table on the terminal', () => {
    expect(terminal(run)).toContain(
      `\nThe kernel said:\n  5.10: soft lockup 1×; the first in phase exhaust: ${LINE}\n`,
    );
  });

  it('is a section with the lines that belong to it in Markdown and HTML', () => {
    expect(file('matrix.md')).toMatch(/- \*\*The kernel said:\*\* soft lockup 1×/);
    expect(file('matrix.md')).toMatch(
      /### What the kernel said\n\nsoft lockup in phase exhaust, 131\.3 s after the kernel started, journal \d+:\n\n```text\n/,
    );
    expect(file('matrix.md')).toContain(TRACE);
    expect(file('matrix.html')).toContain('<h3>What the kernel said</h3>');
    expect(file('matrix.html')).toContain(TRACE);
    expect(file('matrix.html')).not.toContain('<script>');
  });

  it.each(['summary.md', 'junit.xml', 'matrix.json', 'kernels/5.10/transcript.txt'])('is in %s', (name) => {
    // In Markdown "#0" would be a reference to an issue, so that word is code.
    expect(file(name).replace('`CPU#0`', 'CPU#0')).toContain('soft lockup - CPU#0 stuck for 22s!');
  });

  it('takes no place where there is nothing', () => {
    const nothing = facts(null);
    const all = [terminal(nothing), ...allReports(journalOf(null).events).values()].join('\n');
    expect(all).not.toMatch(/the kernel said/i);
  });

  it('is the line quoted where it makes the row inconclusive', () => {
    const oops = facts('oops');
    const [row] = reportInput(oops).rows;
    expect(findingOf(row!)).toMatchObject({
      quote: LINE,
      seen: expect.stringContaining('The kernel itself failed') as string,
    });
  });
});

describe('a row that failed in the middle', () => {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
  const reason =
    'the session was lost in case2 after 1 of 3 cycles; facts so far are kept: m1: the connection was lost';
  addRow(journal, '5.10', {
    case2: { ...churn(null, 2, [1]), stopped: null },
    case3: null,
    aftermath: null,
    hold: null,
    recover: null,
    outcome: { outcome: 'failed', phase: 'case2', reason },
  });
  const run = journal.facts();
  const reports = allReports(journal.events);

  it('is not measured, for its reason', () => {
    expect(judgeRun(run)[0]).toMatchObject({ verdict: 'not-measured', reasons: [`failed in phase case2: ${reason}`] });
  });

  it('shows what was found before that, in every report', () => {
    expect(terminal(run)).toContain('65532 ENOSPC');
    expect(terminal(run)).toMatch(/refused ENOSPC │ not measured  │/);
    expect(terminal(run)).toContain('(1 cycle)');
    for (const name of ['matrix.md', 'matrix.html', 'matrix.csv', 'matrix.json']) {
      expect(reports.get(name), name).toContain('65532');
    }
    expect(reports.get('matrix.md')).toMatch(
      /Case 2: .*: \*\*not measured\*\*\. Free slots fall from 2 to 1 at cycle 1\./,
    );
    expect(reports.get('matrix.html')).toContain('65532 directories made');
    expect(reports.get('kernels/5.10/transcript.txt')).toContain('cycle 1: ');
  });
});
