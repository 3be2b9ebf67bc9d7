/** The journals that benchmarks read are journals this program reads: benchmarks run too seldom to find out by themselves. */
import { parseJournal, replay } from '../../src/scenario/journal.js';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../src/cli/kernels-yaml.js';
import { largeJournal } from '../../bench/large-journal.js';
import { mergeShards } from '../../src/run/merge/merge.js';
import { journalText } from '../../src/journal/lines.js';
import { judgeRun } from '../../src/verdict/kernel.js';

describe('a journal made large', () => {
  it('is read line by line and replayed to as many measured rows as were asked for', () => {
    const { events, torn } = parseJournal(journalText(largeJournal(3)), 'large.jsonl');
    expect(torn).toBeNull();
    expect(judgeRun(replay(events, 'large.jsonl')).map(({ kernel, verdict }) => [kernel, verdict])).toEqual([
      ['k0', 'clean'],
      ['k1', 'clean'],
      ['k2', 'clean'],
    ]);
  });

  it('is a shard that merges with the others', () => {
    const journals = [1, 2].map((index) => {
      const file = `s${index}.jsonl`;
      return { file, ...parseJournal(journalText(largeJournal(2, { index, total: 2 })), file) };
    });
    const tool = { name: 'kernel-matrix', version: '0.1.0', node: process.version };
    const options = {
      run: 'all',
      at: '2026-11-27T00:00:00.000Z',
      tool,
      allowMissing: false,
      baseline: null,
      checkPlan,
    };
    const { events } = mergeShards(journals, options);
    expect(replay(events, 'all.jsonl').rows.map(({ kernel }) => kernel.name)).toEqual(['k0', 'k1', 'k2', 'k3']);
  });
});
