/** Runs in every state that a page must be able to show. */
import { reportInput } from '../../../src/report/input.js';
import type { RunFacts } from '../../../src/run-events/facts.js';
import { compareRuns } from '../../../src/compare/compare.js';
import { summarise } from '../../../src/compare/summarise.js';
import { thresholdsOf } from '../../../src/compare/thresholds.js';
import type { Comparison } from '../../../src/compare/types.js';
import { renderHtml } from '../../../src/report/html/page.js';
import { judgeRun } from '../../../src/verdict/kernel.js';
import { addRow, churn, JournalBuilder, kernelRow, NO_IMAGE, ran, refusedRun, sample } from '../../fixtures/build.js';
import { sourceJournal } from '../../fixtures/source.js';

/** Everything a guest could say to become more than text. */
export const HOSTILE =
  "\"><script>alert(1)</script><img src=x onerror=alert(2)> ' onload=alert(3) x=' </code></pre></details>\n&lt;b&gt; \u001b[31mred\u001b[0m \u0007 \u202e javascript:alert(4) ]]>";

export const page = (facts: RunFacts, comparison: Comparison | null = null): string =>
  renderHtml(reportInput(facts, { verdicts: judgeRun(facts), comparison }));

/** The source's three kernels; 3.10 leaks. */
export const source = (): RunFacts => sourceJournal().facts();

/** Four slots, one lost a cycle, then refused; lost without a limit too. */
export function leaking(): RunFacts {
  const journal = new JournalBuilder([kernelRow('3.10', 'clean')]);
  const lost = sample(0, 65530);
  addRow(journal, '3.10', {
    case2: churn(null, 4, [0, 1, 1]),
    case3: churn('100m', 2, [1, 1, null]),
    recover: { lost: 4, before: lost, afterDropCaches: lost, refilled: 65526, liveOther: 1 },
  });
  journal.add({ kind: 'run.finished', seconds: 321 });
  return journal.facts();
}

/** Lost slots that come back after drop_caches. */
export function reclaimable(): RunFacts {
  const journal = new JournalBuilder([kernelRow('4.9', 'reclaimable')]);
  const back = sample(2, 65532);
  addRow(journal, '4.9', {
    case2: null,
    case3: churn('100m', 2, [1, 0]),
    recover: { lost: 1, before: sample(1, 65532), afterDropCaches: back },
  });
  journal.add({ kind: 'run.finished', seconds: 100 });
  return journal.facts();
}

/** One kernel inconclusive, one failed, one that never started. */
export function unknown(): RunFacts {
  const journal = new JournalBuilder(['5.4', '5.5', '5.6'].map((name) => kernelRow(name, 'clean')));
  addRow(journal, '5.4', {
    case2: { before: sample(1, 9), cycles: [{ run: ran(null, { code: 1, error: NO_IMAGE }), after: sample(1, 9) }] },
  });
  journal.add({ kind: 'row.started', kernel: '5.5', machine: 'm1' });
  const outcome = {
    outcome: 'failed' as const,
    phase: 'boot' as const,
    reason: 'panic',
    consoleTail: ['Kernel panic'],
  };
  journal.add({ kind: 'row.finished', kernel: '5.5', ...outcome, seconds: 3 });
  journal.add({ kind: 'run.finished', seconds: 100 });
  return journal.facts();
}

export function interrupted(): RunFacts {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean'), kernelRow('6.1')]);
  addRow(journal, '5.10');
  journal.add({ kind: 'run.interrupted', signal: 'SIGINT' });
  return journal.facts();
}

export function resumed(): RunFacts {
  const journal = new JournalBuilder([kernelRow('5.10', 'clean'), kernelRow('6.1')]);
  addRow(journal, '5.10');
  journal.add({ kind: 'run.interrupted', signal: 'SIGINT' });
  journal.add({ kind: 'run.resumed', run: 'test-run', tool: { name: 'kernel-matrix', version: '0.1.0', node: 'v20' } });
  addRow(journal, '6.1');
  journal.add({ kind: 'run.finished', seconds: 900 });
  return journal.facts();
}

/** A guest that answers with markup wherever it is asked. */
export function hostile(): RunFacts {
  const journal = new JournalBuilder([kernelRow(HOSTILE, 'clean')], undefined, HOSTILE);
  addRow(journal, HOSTILE, {
    boot: { release: HOSTILE, releaseExpected: HOSTILE, entry: HOSTILE },
    exhausted: { errno: { number: 28, name: HOSTILE, text: HOSTILE } },
    case1: { run: refusedRun(null, HOSTILE) },
    case3: { before: sample(2, 9), cycles: [{ run: refusedRun(HOSTILE, HOSTILE), after: sample(2, 9) }] },
    outcome: { outcome: 'failed', phase: 'case1', reason: HOSTILE, consoleTail: [HOSTILE] },
  });
  journal.command(HOSTILE, 'clean', HOSTILE, HOSTILE, `${HOSTILE}\n`.repeat(40), 7);
  return journal.facts();
}

/** The leaking kernel against itself when it was clean, and a kernel that is gone. */
export function compared(): { facts: RunFacts; comparison: Comparison } {
  const before = new JournalBuilder([kernelRow('3.10', 'clean'), kernelRow('gone')]);
  addRow(before, '3.10');
  addRow(before, 'gone');
  const [facts, base] = [leaking(), before.facts()];
  const [now, then] = [facts, base].map((one) => summarise(one, judgeRun(one)));
  if (now === undefined || then === undefined) throw new Error('two runs were summarised');
  return { facts, comparison: compareRuns(then, now, thresholdsOf(facts.plan.compare)) };
}
