import { describe, expect, it } from 'vitest';
import { chooseOld, type RetentionOptions, type StoredRun } from '../../src/cli/retention.js';

const NOW = Date.UTC(2027, 0, 20);

/** A finished run of a day of January. */
function run(day: number, more: Partial<NonNullable<StoredRun['facts']>> & { inUse?: string } = {}): StoredRun {
  const { inUse = null, ...facts } = more;
  const startedAt = new Date(Date.UTC(2027, 0, day)).toISOString();
  return {
    name: `run-${day}`,
    isRun: true,
    facts: { profile: 'embedded', startedAt, finished: true, ...facts },
    inUse,
  };
}

function removed(runs: StoredRun[], options: Partial<RetentionOptions> = {}): string[] {
  return chooseOld(runs, { keepLast: 2, unfinished: false, now: NOW, ...options }).remove.map(({ name }) => name);
}

describe('the runs that may go', () => {
  const DAYS = [3, 1, 5, 2, 4].map((day) => run(day));

  it('are the oldest by the time they started, whatever their folders are called', () => {
    expect(removed(DAYS)).toEqual(['run-1', 'run-2', 'run-3']);
    const renamed = DAYS.map((each) => ({ ...each, name: `x${9 - Number(each.name.slice(4))}` }));
    expect(removed(renamed)).toEqual(['x8', 'x7', 'x6']);
  });

  it('are none where there are no more than are to stay', () => {
    expect(removed(DAYS, { keepLast: 5 })).toEqual([]);
    expect(removed(DAYS, { keepLast: 30 })).toEqual([]);
  });

  it('are those of one profile only, if it is named', () => {
    const mixed = [
      ...DAYS,
      run(6, { profile: 'centos7' }),
      run(7, { profile: 'centos7' }),
      run(8, { profile: 'centos7' }),
    ];
    expect(removed(mixed, { profile: 'centos7' })).toEqual(['run-6']);
    expect(removed(mixed)).toEqual(['run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6']);
  });

  it('are no unfinished ones, which count all the same, unless that is asked for', () => {
    const runs = [run(1), run(2, { finished: false }), run(3), run(4, { finished: false }), run(5)];
    const kept = chooseOld(runs, { keepLast: 2, unfinished: false, now: NOW });
    expect(kept.remove.map(({ name }) => name)).toEqual(['run-1', 'run-3']);
    expect(kept.spared.map(({ run: { name } }) => name)).toEqual(['run-2']);
    expect(kept.spared[0]!.reason).toContain('--resume run-2');
    expect(removed(runs, { unfinished: true })).toEqual(['run-1', 'run-2', 'run-3']);
  });

  it('are never in use, finished or not', () => {
    const runs = [
      run(1, { inUse: 'it is under way', finished: false }),
      run(2, { inUse: 'its machine is kept' }),
      run(3),
    ];
    const { remove, spared } = chooseOld(runs, { keepLast: 1, unfinished: true, now: NOW });
    expect(remove).toEqual([]);
    expect(spared.map(({ run: { name }, reason }) => [name, reason])).toEqual([
      ['run-1', 'it is under way'],
      ['run-2', 'its machine is kept'],
    ]);
  });

  it('are never those of which nothing is known', () => {
    const damaged: StoredRun = { name: 'damaged', isRun: false, facts: null, inUse: null };
    const { remove, spared } = chooseOld([damaged, ...DAYS], { keepLast: 4, unfinished: true, now: NOW });
    expect(remove.map(({ name }) => name)).toEqual(['run-1']);
    expect(spared).toMatchObject([{ run: damaged }]);
  });

  it('are not displaced by those that began in the future, which stay', () => {
    const future = run(400);
    const { remove, spared } = chooseOld([...DAYS, future, run(20.9)], { keepLast: 2, unfinished: false, now: NOW });
    expect(remove.map(({ name }) => name)).toEqual(['run-1', 'run-2', 'run-3', 'run-4']);
    expect(spared).toMatchObject([{ run: future }]);
    expect(spared[0]!.reason).toContain('the clock of its host was wrong');
  });
});
