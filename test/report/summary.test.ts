import { reportInput } from '../../src/report/input.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { describe, expect, it } from 'vitest';
import { answer, renderSummary } from '../../src/report/summary.js';
import { journalOf, PINNED, summaryOf } from '../compare/runs.js';
import { addRow, churn, JournalBuilder, kernelRow, ran } from '../fixtures/build.js';
import { sourceJournal } from '../fixtures/source.js';

const summary = (facts: RunFacts): string => {
  return renderSummary(reportInput(facts));
};

describe('summary', () => {
  it('begins with the answer in one sentence', () => {
    expect(summary(sourceJournal().facts()).split('\n')[0]).toBe(
      '### 3.10 leaks memory cgroups; 4.18 and 4.4 leak none.',
    );
  });

  it('has the table, a mark and a word for each kernel', () => {
    const text = summary(sourceJournal().facts());
    expect(text).toContain('| ✅ as expected | 3.10 | — | leaks | leaks | 0; with -m 1 | 65535 |');
    expect(text).toContain('| ✅ as expected | 4.4 | — | clean | clean | 0; with -m 0 | — |');
  });

  it('has one line of evidence for what is wrong, and the place', () => {
    const journal = new JournalBuilder([kernelRow('5.10', 'clean'), kernelRow('6.1', 'clean'), kernelRow('6.12')]);
    addRow(journal, '5.10', { case3: churn('100m', 3, [1, 1]) });
    addRow(journal, '6.1');
    const lines = summary(journal.facts()).split('\n');
    expect(lines[0]).toBe('### 5.10 leaks memory cgroups; 6.1 leaks none; 6.12 was not measured.');
    expect(lines[2]).toContain('Not as expected: 5.10. Without an answer: 6.12.');
    const said = lines.filter((line) => line.startsWith('- **'));
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(
      /^- \*\*5\.10\*\*: Case 3.*“.*cycle 1: created.*” \(kernels\/5\.10\/transcript\.txt, journal/,
    );
    expect(said[1]).toBe('- **6.12**: The row never started. (kernels/6.12/transcript.txt)');
  });

  it('says what is worse than the baseline', () => {
    const journal = journalOf({ seed: 2, steps: { '6.1': PINNED } });
    const [first, ...rest] = journal.events;
    journal.events.splice(0, journal.events.length, first!);
    journal.add({ kind: 'baseline.taken', from: 'run', place: '/runs/run-1', sha256: null, summary: summaryOf() });
    for (const { v: _v, seq: _seq, at: _at, ...draft } of rest) journal.add(draft);
    const text = summary(journal.facts());
    expect(text).toContain('Worse than the baseline: 6.1.');
    expect(text).toContain('| ❌ worse | 6.1 |');
    expect(text).toContain('- **regression:** 6.1: verdict clean → leaks');
  });

  it('stays within the megabyte of a job page, however long reasons are and however many kernels', () => {
    const names = Array.from({ length: 300 }, (_, i) => `k${i}`);
    const journal = new JournalBuilder(names.map((name) => kernelRow(name, 'clean')));
    const error = `docker: ${'x'.repeat(5000)}`;
    for (const name of names) {
      addRow(journal, name, { case1: { run: ran(null, { code: 125, running: null, error }) } });
    }
    const text = summary(journal.facts());
    expect(text.split('\n')[0]).toBe('### 300 kernels are inconclusive.');
    expect(Buffer.byteLength(text)).toBeLessThan(2 ** 20 / 2);
  });

  it('is not spoilt by what a guest answers', () => {
    const nasty = 'a|b `x` <script>alert(1)</script>\n\u001b[31mred\u001b[0m \u202e';
    const journal = new JournalBuilder([kernelRow('evil|<b>', 'clean')], undefined, nasty);
    addRow(journal, 'evil|<b>', { boot: { release: nasty }, case1: { run: ran(null, { code: 1, error: nasty }) } });
    const text = summary(journal.facts());
    expect(text).not.toMatch(/<script>|<b>/);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const table = text.split('\n').filter((line) => line.startsWith('| '));
    expect(new Set(table.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
  });
});

describe('answer', () => {
  it('has words for a run without kernels', () => {
    expect(answer([])).toBe('The run has no kernel.');
  });
});
