/** Five nights: a kernel turns from clean to leaking, another fails once and comes late. */
import { summarise } from '../../../src/compare/summarise.js';
import type { HistoryFacts, HistoryRun } from '../../../src/report/html/history.js';
import { judgeRun } from '../../../src/verdict/kernel.js';
import { addRow, churn, JournalBuilder, kernelRow, sample } from '../../fixtures/build.js';
import { HOSTILE } from './runs.js';

export function night(day: number, more: { leaks?: boolean; fails?: boolean } = {}): HistoryRun {
  const kernels = [kernelRow('5.10', 'clean'), ...(day > 1 ? [kernelRow('6.1', 'clean')] : [])];
  const journal = new JournalBuilder(kernels);
  const lost = sample(0, 65532);
  addRow(journal, '5.10', {
    boot: { seconds: 20 + day },
    ...(more.leaks === true
      ? { case3: churn('100m', 2, [1, 1]), recover: { lost: 2, before: lost, afterDropCaches: lost } }
      : {}),
  });
  if (day > 1 && more.fails === true) {
    journal.add({ kind: 'row.started', kernel: '6.1', machine: 'm1' });
    const body = { outcome: 'failed' as const, phase: 'boot' as const, reason: 'panic', consoleTail: null, seconds: 3 };
    journal.add({ kind: 'row.finished', kernel: '6.1', ...body });
  } else if (day > 1) addRow(journal, '6.1', { boot: { seconds: 15 } });
  journal.add({ kind: 'run.finished', seconds: 100 });
  const facts = journal.facts();
  const summary = {
    ...summarise(facts, judgeRun(facts)),
    run: `2026010${day}-020000`,
    startedAt: `2026-01-0${day}T02:00:00.000Z`,
  };
  return { summary, state: 'finished', href: `./2026010${day}-020000/matrix.html` };
}

export function historyOf(): HistoryFacts {
  return {
    runs: [night(1), night(2), night(3, { fails: true }), night(4, { leaks: true }), night(5, { leaks: true })],
    skipped: [{ name: HOSTILE, reason: HOSTILE }],
  };
}
