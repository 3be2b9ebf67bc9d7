/** What replay keeps: numbers whole, texts within bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounded, LONGEST_LIST, LONGEST_TEXT } from '../../src/run-events/bounds.js';
import { EventNumbers } from '../../src/journal/numbers.js';
import { addRow, JournalBuilder, kernelRow, refusedRun } from '../fixtures/build.js';

/** The mark of a cut says how much is left out, and where it is. */
const MARK = 100;

/** Every text in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}

describe('texts of facts', () => {
  const piece = fc.oneof(fc.constantFrom('\n', 'a', '😀', 'no space left\n'), fc.string({ maxLength: 20 }));
  const long = fc.tuple(piece, fc.nat({ max: 20_000 })).map(([each, times]) => each.repeat(times));

  it('are within the bounds, whatever a guest says', () => {
    fc.assert(
      fc.property(fc.record({ a: long, b: fc.array(long, { maxLength: 4 }), c: fc.integer() }), (value) => {
        const kept = bounded(value);
        for (const text of texts(kept)) expect(text.length).toBeLessThanOrEqual(LONGEST_TEXT.characters + 2 * MARK);
        expect(kept.c).toBe(value.c);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('are the very texts where they are short', () => {
    const value = { a: 'x'.repeat(1000), b: [{ c: ['y', 'z'] }], n: [1, 2, 3] };
    expect(bounded(value)).toBe(value);
  });

  it('of a list are the first, and how many are left out', () => {
    const kept = bounded(Array.from({ length: 1000 }, (_, i) => `line ${i}`));
    expect(kept).toHaveLength(LONGEST_LIST.texts + 1);
    expect(kept.at(-1)).toBe(`… [${1000 - LONGEST_LIST.texts} more left out] …`);
  });

  it('are so in every fact of a run whose guest says much', () => {
    const much = `${'y'.repeat(300)}\n`.repeat(3000);
    const journal = new JournalBuilder([kernelRow('k', 'clean')], undefined, much);
    const consoleTail = Array<string>(5000).fill(much);
    addRow(journal, 'k', {
      case1: { run: refusedRun(null, much) },
      outcome: { outcome: 'failed', phase: 'hold', reason: much, consoleTail },
    });
    journal.add({ kind: 'retried', what: much, attempt: 1, reason: much });
    const { rows, retried } = journal.facts();
    for (const text of texts([rows, retried])) {
      expect(text.length).toBeLessThanOrEqual(LONGEST_TEXT.characters + 2 * MARK);
    }
    expect(JSON.stringify(rows).length).toBeLessThan(2_000_000);
  });
});

describe('numbers of events', () => {
  it('are the ones that were added, in as few ranges as there are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 300 }), { maxLength: 200 }), (some) => {
        const sorted = some.sort((a, b) => a - b);
        const numbers = new EventNumbers();
        for (const seq of sorted) numbers.add(seq);
        expect([...numbers]).toEqual(sorted);
        expect(numbers.count).toBe(sorted.length);
        expect(numbers.last).toBe(sorted.at(-1) ?? null);
        expect(numbers.rangeCount).toBe(sorted.filter((seq, i) => sorted[i - 1] !== seq - 1).length);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});
