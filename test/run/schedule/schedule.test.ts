import { describe, expect, it } from 'vitest';
import type { KernelRow } from '../../../src/config/plan.js';
import { deal } from '../../../src/run/schedule/deal.js';
import type { PastRow } from '../../../src/run/schedule/past.js';
import { describeSchedule, schedule } from '../../../src/run/schedule/schedule.js';
import { kernelRow } from '../../fixtures/build.js';

const ROWS = [kernelRow('a'), kernelRow('b', undefined, 'v2'), kernelRow('c'), kernelRow('d', undefined, 'v2')];

function took(kernel: string, seconds: number, more: Partial<PastRow> = {}): PastRow {
  return { kernel, run: 'r1', accelerator: 'tcg', seconds, startSeconds: 10, ...more };
}

interface Circumstances {
  machines?: number;
  accelerator?: string | null;
  rows?: KernelRow[];
}

function planned(past: PastRow[], { machines = 2, accelerator = 'tcg', rows = ROWS }: Circumstances = {}) {
  return schedule(rows, { machines, cycles: 3, past, accelerator });
}

const names = (order: { rows: { name: string }[] }) => order.rows.map(({ name }) => name);

describe('deal', () => {
  it('gives the heaviest first, each to the share with least', () => {
    const shares = deal([3, 7, 5, 4], (weight) => weight, 2);
    expect(shares).toEqual([
      { items: [7, 3], load: 10 },
      { items: [5, 4], load: 9 },
    ]);
  });

  it('leaves shares empty where there is nothing left', () => {
    expect(deal(['x'], () => 1, 3).map(({ items }) => items)).toEqual([['x'], [], []]);
  });
});

describe('the order of rows', () => {
  it('is by the plan where no earlier run tells: v2 first, and in the order of the plan otherwise', () => {
    expect(names(planned([]))).toEqual(['b', 'd', 'a', 'c']);
    expect(ROWS.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is by what they took last time, whatever their hierarchy', () => {
    expect(names(planned([took('a', 20), took('b', 30), took('c', 40), took('d', 10)]))).toEqual(['c', 'b', 'a', 'd']);
  });

  it('goes by the newest run that has the row', () => {
    const past = [
      took('a', 500, { run: 'new' }),
      took('a', 1, { run: 'old' }),
      took('b', 300),
      took('c', 200),
      took('d', 100),
    ];
    expect(names(planned(past))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not go by runs under another accelerator; where it is not known any will do', () => {
    const past = [took('a', 500), took('b', 10), took('c', 10)].map((row) => ({ ...row, accelerator: 'kvm' }));
    expect(names(planned(past))[0]).toBe('b');
    expect(names(planned(past, { accelerator: null }))[0]).toBe('a');
  });

  it('scales the estimate of a row that is new by what the others took', () => {
    // Under KVM a v1 row of 13 s: the new v2 row is expected to take 19 s, not 189.
    const past = [took('a', 13, { accelerator: 'kvm' }), took('c', 20, { accelerator: 'kvm' })];
    expect(names(planned(past, { accelerator: 'kvm', rows: ROWS.slice(0, 3) }))).toEqual(['b', 'c', 'a']);
    const one = planned([took('a', 13, { accelerator: 'kvm' })], {
      accelerator: 'kvm',
      machines: 1,
      rows: ROWS.slice(0, 2),
    });
    expect(one.seconds).toBeCloseTo(10 + 13 + 18.9, 5);
  });
});

describe('the forecast', () => {
  it('is the start of a machine and the longest share', () => {
    const order = planned([took('a', 100), took('b', 200), took('c', 150), took('d', 60)]);
    expect(order).toMatchObject({ machines: 2, seconds: 10 + 260, runs: ['r1'], estimated: 0 });
    expect(describeSchedule(order)).toBe('about 4 min 30 s for 4 rows on 2 machines, longest first, from run r1');
  });

  it('names every run it was taken from, and what is estimated', () => {
    const order = planned([took('a', 107, { run: 'r2' }), took('b', 170)], { machines: 3, rows: ROWS.slice(0, 3) });
    expect(describeSchedule(order)).toBe(
      'about 3 min for 3 rows on 3 machines, longest first, from runs r2, r1; 1 row estimated',
    );
  });

  it('is estimated under emulation, and not told where nothing is known', () => {
    const one = { machines: 1, rows: [ROWS[0]!] };
    expect(describeSchedule(planned([], one))).toBe(
      'about 2 min 20 s for 1 row on 1 machine, longest first, estimated',
    );
    expect(describeSchedule(planned([], { ...one, accelerator: 'kvm' }))).toBe(
      '1 row on 1 machine, longest first as far as can be told: no earlier run was like this one',
    );
  });

  it('tells no more than it knows', () => {
    const said = (seconds: number) =>
      describeSchedule(planned([took('a', seconds, { startSeconds: 0 })], { machines: 1, rows: [ROWS[0]!] })).split(
        ' for ',
      )[0];
    expect(said(0.2)).toBe('about 1 s');
    expect(said(59)).toBe('about 59 s');
    expect(said(64)).toBe('about 1 min');
    expect(said(899)).toBe('about 15 min');
    expect(said(7300)).toBe('about 2 h 2 min');
  });
});
