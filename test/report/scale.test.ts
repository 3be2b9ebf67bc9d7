/** Reports of large runs: how large they are, and that nothing of a run that is large becomes so. No time is asserted. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { replay } from '../../src/scenario/journal.js';
import { describe, expect, it } from 'vitest';
import { largeJournal, longRow } from '../../bench/large-journal.js';
import type { EventDraft, JournalEvent } from '../../src/run-events/events.js';
import { MOST_FINDINGS, type RunFacts } from '../../src/run-events/facts.js';
import { buildReports, reportInput } from '../../src/report/index.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { renderTranscripts } from '../../src/report/transcript-maker.js';
import { addRow, churn, JournalBuilder, kernelRow, ran, refusedRun, sample } from '../fixtures/build.js';

const MIB = 2 ** 20;
const pageOf = (facts: RunFacts): string => buildReports(facts).get('matrix.html')!;
const elements = (html: string): number => html.match(/<[a-z]/g)!.length;

/** A journal of one healthy row, and events before its end. */
function withEvents(drafts: readonly EventDraft[], steps = {}): JournalEvent[] {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean')]);
  addRow(journal, '5.10', { outcome: null, ...steps });
  for (const draft of drafts) journal.add(draft);
  const outcome = { outcome: 'measured', phase: null, reason: null, consoleTail: null, seconds: 1 } as const;
  journal.add({ kind: 'row.finished', kernel: '5.10', ...outcome });
  return journal.events;
}

describe('the page of many kernels', () => {
  const events = largeJournal(300);
  const html = pageOf(replay(events));

  it('is of a size that a browser opens at once', () => {
    expect(html.length).toBeLessThan(4 * MIB);
    expect(elements(html)).toBeLessThan(300 * 150);
  });

  it('has every kernel, with a link to its transcript, and says what is left out', () => {
    for (let i = 0; i < 300; i += 1) {
      expect(html).toContain(`<section id="kernel-${i + 1}"`);
      expect(html).toContain(`<a href="kernels/k${i}/transcript.txt">`);
    }
    expect(html).toContain('A run of 300 kernels');
  });

  it('stays so where every kernel leaks and the guest says much', () => {
    const journal = new JournalBuilder(Array.from({ length: 50 }, (_, i) => kernelRow(`k${i}`, 'clean')));
    const much = 'x <y> & '.repeat(5000);
    for (let i = 0; i < 50; i += 1) {
      addRow(journal, `k${i}`, {
        boot: { release: much, releaseExpected: much },
        case1: { run: refusedRun(null, much) },
        case3: churn('100m', 2, [1, 1, null]),
        outcome: { outcome: 'failed', phase: 'hold', reason: much, consoleTail: [much, much] },
      });
    }
    // As many more would be 300.
    expect(pageOf(journal.facts()).length * 6).toBeLessThan(4 * MIB);
  });

  it('shows those first of which something is to be said, where it cannot show all', () => {
    const names = Array.from({ length: 320 }, (_, i) => `k${i}`);
    const journal = new JournalBuilder(names.map((name) => kernelRow(name, 'clean')));
    for (const name of names) addRow(journal, name, name === 'k319' ? { case3: churn('100m', 2, [1, 1]) } : {});
    const page = pageOf(journal.facts());
    expect(page).toContain('kernels/k319/transcript.txt');
    expect(page).not.toContain('kernels/k318/transcript.txt');
    expect(page).toContain('A run of 320 kernels, of which this page shows 300');
  });
});

describe('a row of very many commands', () => {
  const events = [...longRow(30_000)];
  const facts = replay(events);

  it('is kept by numbers, and shown by the first of them', () => {
    const { numbers, shown } = facts.rows[0]!.commands;
    expect(numbers.count).toBeGreaterThan(30_000);
    expect(JSON.stringify(shown).length).toBeLessThan(2 * MIB);
    expect(JSON.stringify({ ...facts.rows[0]!, commands: null }).length).toBeLessThan(100_000);
  });

  it('has all of them in its transcript, and reports that do not grow with them', () => {
    const reports = buildReports(facts);
    for (const name of ['matrix.md', 'summary.md', 'matrix.csv', 'junit.xml']) {
      expect(reports.get(name)!.length, name).toBeLessThan(50_000);
    }
    expect(reports.get('matrix.html')!.length).toBeLessThan(4 * MIB);
    expect(reports.get('matrix.html')).toContain(`These are the first ${facts.rows[0]!.commands.shown.length} of `);
    const transcript = renderTranscripts(events, facts).get('k0')!;
    for (const n of [0, 15_000, 29_999]) expect(transcript).toContain(`docker run --rm nginx true # ${n}\n`);
  });
});

describe('a kernel that says the same without end', () => {
  const finding: EventDraft = {
    kind: 'console.found',
    machine: 'm1',
    kernel: '5.10',
    class: 'oops',
    severity: 'fatal',
    line: 'BUG: unable to handle page fault',
    excerpt: ['BUG: unable to handle page fault', 'RIP: 0010:f+0x1/0x2'],
    offset: 0,
    kernelTime: 1,
    release: null,
  };

  it('is told in reports that do not grow with it', () => {
    const facts = replay(withEvents(Array<EventDraft>(5000).fill(finding)));
    expect(facts.rows[0]!.consoleFindings).toHaveLength(MOST_FINDINGS);
    expect(facts.rows[0]!.moreFindings).toBe(5000 - MOST_FINDINGS);
    for (const [name, text] of buildReports(facts)) expect(text.length, name).toBeLessThan(200_000);
    const { verdicts } = reportInput(facts);
    expect(verdicts[0]!.verdict).toBe('inconclusive');
    expect(renderTerminal(reportInput(facts), { width: 160, colour: false }).length).toBeLessThan(20_000);
  });
});

describe('cases of very many cycles', () => {
  it('make a chart and a table of bounded size', () => {
    const cycles = Array.from({ length: 5000 }, () => ({ run: ran(), after: sample(2, 65532) }));
    const facts = replay(withEvents([], { case2: { before: sample(2, 65532), cycles } }));
    expect(slotsOf(facts.rows[0]!).case2!.cycles).toHaveLength(5000);
    const html = pageOf(facts);
    expect(html.length).toBeLessThan(MIB);
    expect(html).toContain('more are in the transcript');
  });
});
