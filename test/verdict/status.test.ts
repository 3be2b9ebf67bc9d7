import { describe, expect, it } from 'vitest';
import type { KernelRow } from '../../src/config/plan.js';
import { exitCode } from '../../src/verdict/exit.js';
import { judgeKernel } from '../../src/verdict/kernel.js';
import { judgeStatus, markInForce, type StatusInput } from '../../src/verdict/status.js';
import { churn, kernelRow, rowWith, type Steps } from '../fixtures/build.js';

const MARK = { reason: 'https://bugs/1', until: '2027-01-31' };
const IN_FORCE = '2027-01-31T23:59:59.999Z';
const EXPIRED = '2027-02-01T00:00:00.000Z';
const status = (more: Partial<StatusInput>) =>
  judgeStatus({
    verdict: 'leaks',
    expected: 'clean',
    regressions: null,
    mark: undefined,
    startedAt: IN_FORCE,
    ...more,
  });
const code = (more: Partial<StatusInput>) => exitCode([status(more)]);

describe('a row against a baseline', () => {
  it('is regressed if anything is worse, expected or not, and that is exit code 4', () => {
    const regressions = ['verdict clean → leaks'];
    for (const expected of ['clean', 'leaks', null] as const) {
      expect(status({ expected, regressions })).toMatchObject({ status: 'regressed' });
      expect(code({ expected, regressions })).toBe(4);
    }
    expect(status({ regressions })).toMatchObject({ asExpected: false });
  });

  it('is judged by its expectation if nothing is worse', () => {
    expect(status({ regressions: [] }).status).toBe('differs');
    expect(status({ verdict: 'clean', regressions: [] }).status).toBe('as-expected');
    expect(status({ expected: null, regressions: [] }).status).toBe('no-expectation');
  });

  it('that was not measured is no pass and no regression', () => {
    for (const verdict of ['inconclusive', 'not-measured'] as const) {
      expect(status({ verdict, regressions: ['x'] })).toMatchObject({ status: 'not-measured', asExpected: null });
      expect(code({ verdict, regressions: ['x'] })).toBe(3);
    }
  });
});

describe('exit codes', () => {
  it('take a regression before a difference, and a difference before what was not measured', () => {
    const of = (...all: ReturnType<typeof status>['status'][]) => exitCode(all.map((one) => ({ status: one })));
    expect(of('not-measured', 'differs', 'regressed', 'as-expected')).toBe(4);
    expect(of('not-measured', 'differs', 'known-failure')).toBe(1);
    expect(of('not-measured', 'known-failure')).toBe(3);
    expect(of('known-failure', 'as-expected', 'no-expectation')).toBe(0);
  });
});

describe('a known failure', () => {
  it('excuses a difference and a regression to the end of its day, in UTC', () => {
    for (const more of [{}, { regressions: ['x'] }, { expected: null, regressions: ['x'] }]) {
      expect(status({ ...more, mark: MARK })).toMatchObject({
        status: 'known-failure',
        knownFailure: { ...MARK, state: 'in-force' },
      });
      expect(code({ ...more, mark: MARK })).toBe(0);
    }
    expect(markInForce(MARK, '2026-12-31T00:00:00.000Z')).toBe(true);
    expect(markInForce(MARK, EXPIRED)).toBe(false);
  });

  it('fails from the day after, and says that it has expired', () => {
    expect(status({ mark: MARK, startedAt: EXPIRED })).toMatchObject({
      status: 'differs',
      knownFailure: { state: 'expired' },
    });
    expect(code({ mark: MARK, startedAt: EXPIRED })).toBe(1);
    expect(code({ mark: MARK, startedAt: EXPIRED, regressions: ['x'] })).toBe(4);
  });

  it('is told as not needed once the row is as expected, or as in the baseline where nothing is expected', () => {
    const needed = (more: Partial<StatusInput>) => status({ mark: MARK, ...more }).knownFailure?.state;
    expect(needed({ verdict: 'clean' })).toBe('not-needed');
    expect(needed({ verdict: 'clean', startedAt: EXPIRED })).toBe('not-needed');
    expect(needed({ expected: null, regressions: [] })).toBe('not-needed');
    expect(code({ mark: MARK, verdict: 'clean' })).toBe(0);
  });

  it('does not excuse a row that could not be measured', () => {
    expect(status({ mark: MARK, verdict: 'inconclusive' })).toMatchObject({
      status: 'not-measured',
      knownFailure: { state: 'not-seen' },
    });
    expect(status({ mark: MARK, expected: null }).knownFailure?.state).toBe('not-seen');
  });
});

describe('judgeKernel', () => {
  const LEAK: Steps = { case3: churn('100m', 1, [1, null]) };
  const marked: KernelRow = { ...kernelRow('6.1', 'clean'), known_failure: MARK };
  const notes = (steps: Steps, startedAt: string) =>
    judgeKernel(rowWith(steps, marked), { startedAt, regressions: null }).notes;

  it('says it first among its notes, with reason and date', () => {
    expect(notes(LEAK, IN_FORCE)[0]).toBe('known failure until 2027-01-31: https://bugs/1');
    expect(notes(LEAK, EXPIRED)[0]).toMatch(
      /^the known failure \(https:\/\/bugs\/1\) expired on 2027-01-31, so it fails now/,
    );
    expect(notes({}, IN_FORCE)[0]).toMatch(/^unexpectedly as expected: .* until 2027-01-31 .*remove the mark/);
    expect(notes({ outcome: { outcome: 'failed', phase: 'boot', reason: 'panic' } }, IN_FORCE)[0]).toMatch(
      /^marked as a known failure/,
    );
  });

  it('says nothing of it for a row without a mark', () => {
    expect(judgeKernel(rowWith(LEAK))).toMatchObject({ status: 'differs', knownFailure: null, regressions: [] });
  });
});
