import { slots } from '../fixtures/slots.js';
import { ABSENT } from '../../src/base/text/figures.js';
import { describe, expect, it } from 'vitest';
import { exitCode } from '../../src/verdict/exit.js';
import { judgeKernel } from '../../src/verdict/kernel.js';
import {
  ENOSPC,
  kernelRow,
  NO_IMAGE,
  TOTAL,
  churn,
  ran,
  reading,
  refusedRun,
  rowWith,
  sample,
  type ChurnSpec,
  type Steps,
} from '../fixtures/build.js';

const judge = (steps: Steps = {}) => judgeKernel(rowWith(steps));
/** Case 3 with its second cycle replaced. */
const second = (run: ChurnSpec['cycles'][number], stopped: ChurnSpec['stopped'] = 'error'): Steps => {
  const spec = churn('100m', 2, [0, 0]);
  return { case3: { ...spec, cycles: [...spec.cycles.slice(0, 1), run], stopped } };
};
const LEAK = { case3: churn('100m', 2, [1, 1, null]) };
/** What drop_caches does not bring back. */
const stillGone = (slots: number) => sample(2 - slots, TOTAL - 2);

describe('judgeKernel', () => {
  it('is clean when no slot is lost', () => {
    const verdict = judge();
    expect(verdict).toMatchObject({
      verdict: 'clean',
      status: 'as-expected',
      asExpected: true,
      reasons: [],
      notes: [],
    });
    expect(Object.values(slots(verdict).checks).map((check) => check.status)).toEqual(Array(5).fill('behaves'));
  });

  it('does not call Docker’s parent cgroup a loss', () => {
    const parent = { run: ran(), after: sample(1, TOTAL - 1) };
    const verdict = judge({ case2: { before: sample(2, TOTAL - 2), cycles: [parent, parent] } });
    expect(slots(verdict).case2).toMatchObject({
      verdict: 'clean',
      lost: 0,
      lostPerCycle: [0, 0],
      capacities: [2, 1, 1],
    });
  });

  it('leaks when removal and refill do not bring the slots back', () => {
    const verdict = judge({
      ...LEAK,
      recover: { afterDropCaches: stillGone(2), refilled: TOTAL - 2 - 2, liveOther: 2 },
    });
    expect(slots(verdict).case3).toMatchObject({
      verdict: 'leaks',
      lost: 2,
      lostEachCycle: 1,
      completed: 2,
      refusedAtCycle: 3,
      refusalErrno: 'ENOSPC',
    });
    expect(slots(verdict).recovery).toMatchObject({ cameBack: 'no', missingAfterDropCaches: 2, lostForGood: 2 });
    expect(verdict).toMatchObject({ verdict: 'leaks', status: 'differs', asExpected: false });
    expect(verdict.notes.join()).toContain('2 slots still missing after every test directory was removed');
  });

  it('leaks without a refusal too', () => {
    expect(
      slots(judge({ case3: churn('100m', 2, [1]), recover: { afterDropCaches: stillGone(1) } })).case3,
    ).toMatchObject({
      verdict: 'leaks',
      refusedAtCycle: null,
    });
  });

  it('is reclaimable when drop_caches brings the slots back', () => {
    const verdict = judge({ ...LEAK, recover: { afterDropCaches: sample(2, TOTAL - 2) } });
    expect(verdict).toMatchObject({ verdict: 'reclaimable', status: 'differs' });
    expect(slots(verdict).recovery.cameBack).toBe('drop_caches');
  });

  it('is reclaimable when the slots were back before step 9 did anything', () => {
    const back = sample(2, TOTAL - 2);
    expect(slots(judge({ ...LEAK, recover: { before: back, afterDropCaches: back } })).recovery.cameBack).toBe('time');
  });

  it('is reclaimable when only removal brings them back', () => {
    const verdict = judge({ ...LEAK, recover: { afterDropCaches: stillGone(1), refilled: TOTAL - 2, liveOther: 2 } });
    expect(verdict.verdict).toBe('reclaimable');
    expect(slots(verdict).recovery).toMatchObject({ cameBack: 'removal', lostForGood: 0 });
  });

  it('is reclaimable when a slot comes back late by itself', () => {
    expect(slots(judge({ case3: churn('100m', 2, [1, -1]) })).case3).toMatchObject({
      verdict: 'reclaimable',
      lost: 0,
      lostPerCycle: [1, -1],
    });
  });

  it('sees a loss that a late slot would hide', () => {
    expect(slots(judge({ case3: churn('100m', 2, [-1, 1]), recover: null })).case3).toMatchObject({
      verdict: 'leaks',
      lost: 1,
    });
  });

  it('leaks, with a note, when recovery is not recorded', () => {
    const verdict = judge({ ...LEAK, recover: null });
    expect(verdict.verdict).toBe('leaks');
    expect(verdict.notes.join()).toContain('case 3: recovery is not recorded');
  });

  it('says so when the refill finds more than exhaustion did', () => {
    const verdict = judge({ ...LEAK, recover: { afterDropCaches: stillGone(1), refilled: TOTAL, liveOther: 2 } });
    expect(verdict.notes.join()).toContain('2 more than at exhaustion');
  });

  it.each<[string, Steps, string]>([
    [
      'refusal by something else',
      second({ run: refusedRun('100m', NO_IMAGE), after: sample(2, TOTAL - 2) }),
      'not for want of a memory cgroup',
    ],
    [
      'refusal with a slot free',
      second({ run: refusedRun('100m'), after: sample(2, TOTAL - 2) }, 'refused'),
      'had just found 2 slots free',
    ],
    ['refusal with none free to begin with', { case3: churn('100m', 0, [null]) }, 'none was free to begin with'],
    [
      'a container that stays',
      second({ run: ran('100m'), after: sample(1, TOTAL - 1), removed: false }),
      'was not removed',
    ],
    [
      'a container that dies at once',
      second({ run: ran('100m', { running: false }), after: sample(2, TOTAL - 2) }),
      'not running',
    ],
    [
      'a probe that hit its cap',
      second({ run: ran('100m'), after: sample(2, TOTAL - 2, { errno: null }) }, 'completed'),
      'ended without a refusal',
    ],
    [
      'a container without an id',
      second({ run: ran('100m', { containerId: null }), after: sample(2, TOTAL - 2) }),
      'printed no container id',
    ],
    ['no end', { case2: { ...churn(null, 1, [0]), stopped: null } }, 'case 2: the case did not finish'],
    ['no cycle', { case2: churn(null, 1, []) }, 'no cycle was made'],
    ['an error no cycle shows', { case2: { ...churn(null, 1, [0]), stopped: 'error' } }, 'no cycle shows'],
    ['a refusal no cycle shows', { case2: { ...churn(null, 1, [0]), stopped: 'refused' } }, 'no cycle shows a refusal'],
    ['no churn at all', { case2: null, case3: null }, 'no churn case is recorded'],
    [
      'an untrue calibration',
      { calibrated: { samples: [0, 1, 0].map((expected) => ({ expected, sample: sample(0, TOTAL) })) } },
      'the probe saw 0 where there must be 1',
    ],
    [
      'a calibration that proves nothing',
      { calibrated: { samples: [{ expected: 0, sample: sample(0, TOTAL) }] } },
      'was not tried both',
    ],
    ['a kernel that never refused', { exhausted: { errno: null } }, 'the kernel never refused'],
    ['case 1 created', { case1: { run: ran() } }, 'case 1: a container was created'],
    ['case 1 failed otherwise', { case1: { run: refusedRun(null, NO_IMAGE) } }, 'case 1: docker run failed'],
    ['the wrong kernel', { boot: { release: '4.9' } }, 'uname -r answered 4.9, not 5.10.0-test'],
    ['no reboot', { boot: { bootIdAfter: 'boot-a' } }, 'boot_id did not change'],
    ['the wrong entry', { boot: { entry: 'k-other' } }, 'booted through k-other'],
    ['hold: no holder', { hold: { holder: refusedRun(null, NO_IMAGE) } }, 'the container to keep'],
    ['hold: slots left', { hold: { whenFull: sample(1, TOTAL - 1) } }, 'found 1 slot free where all must be taken'],
    ['hold: created when full', { hold: { refused: ran() } }, 'the create that must be refused: was created'],
    ['hold: refused after removal', { hold: { afterRemoval: refusedRun() } }, 'the create after removal: refused'],
  ])('is inconclusive: %s', (_, steps, reason) => {
    const verdict = judge(steps);
    expect(verdict).toMatchObject({ verdict: 'inconclusive', status: 'not-measured', asExpected: null });
    expect(verdict.reasons.join('\n')).toContain(reason);
    expect(exitCode([verdict])).toBe(3);
  });

  it('keeps a proven leak though the other case is inconclusive', () => {
    expect(judge({ ...LEAK, recover: null, case2: churn(null, 1, []) }).verdict).toBe('leaks');
    expect(judge({ case3: churn('100m', 2, [1, -1]), case2: churn(null, 1, []) }).verdict).toBe('inconclusive');
  });

  it('does not blame the hold control when the kept container’s slot was lost as in the churn', () => {
    const hold = { holder: ran('100m'), afterRemoval: refusedRun('100m') };
    expect(judge({ ...LEAK, recover: null, hold }).verdict).toBe('leaks');
  });

  it('notes absent steps and judges what is there', () => {
    const verdict = judge({
      boot: null,
      exhausted: null,
      calibrated: null,
      case1: null,
      hold: null,
      aftermath: null,
      recover: null,
      case2: null,
    });
    expect(slots(verdict)).toMatchObject({ verdict: 'clean', explanation: null, memory: null, aftermath: null });
    expect(slots(verdict).case2.verdict).toBe('not-recorded');
    expect(verdict.notes).toEqual([
      'not recorded: the boot proof',
      'not recorded: exhaustion, the calibration of the probe, case 1, the hold control, case 2, the aftermath, recovery',
    ]);
  });

  it('notes slots that only the aftermath or the end of the row lost', () => {
    const verdict = judge({
      aftermath: { after: sample(0, TOTAL - 1) },
      recover: { afterDropCaches: sample(0, TOTAL - 1) },
    });
    expect(verdict.verdict).toBe('clean');
    expect(verdict.notes.join()).toContain('lost 1 slot too');
    expect(verdict.notes.join()).toContain('1 slot missing at the end');
  });

  it('does not measure a failed, an unfinished or a never started row', () => {
    const failed = judge({ outcome: { outcome: 'failed', phase: 'boot', reason: 'kernel panic' } });
    expect(failed).toMatchObject({
      verdict: 'not-measured',
      status: 'not-measured',
      reasons: ['failed in phase boot: kernel panic'],
    });
    expect(slots(failed).case3.verdict).toBe('not-measured');
    expect(judge({ outcome: null }).reasons).toEqual(['the row did not finish']);
    expect(judgeKernel({ ...rowWith({ outcome: null }), started: null }).reasons).toEqual(['the row never started']);
  });

  it('has no opinion without an expectation', () => {
    expect(judgeKernel(rowWith({}, kernelRow('5.10')))).toMatchObject({ status: 'no-expectation', asExpected: null });
  });
});

describe('exitCode', () => {
  const of = (...all: ('as-expected' | 'differs' | 'not-measured' | 'no-expectation')[]) =>
    exitCode(all.map((status) => ({ status })));
  it('is 0, 1 or 3; a difference wins', () => {
    expect(of('as-expected', 'no-expectation')).toBe(0);
    expect(of('as-expected', 'differs')).toBe(1);
    expect(of('not-measured', 'differs')).toBe(1);
    expect(of('as-expected', 'not-measured')).toBe(3);
    expect(of()).toBe(3);
    const shard = { index: 2, total: 2, hostname: 'h', utcOffsetMinutes: 0, kernels: [kernelRow('5.10')] };
    expect(exitCode([], shard)).toBe(0);
    expect(exitCode([{ status: 'not-measured' }], shard)).toBe(3);
  });
});

describe('explanation', () => {
  const text = (steps: Steps) => slots(judge(steps)).explanation?.text ?? ABSENT;
  it('takes dying from cgroup.stat on v2 and tells what stays unexplained', () => {
    const v2 = reading(65540, TOTAL, { dyingReported: 4, liveReported: TOTAL });
    expect(text({ exhausted: { reading: v2 } })).toContain(
      'cgroup.stat reports 4 dying; 2 of the number shown is not explained',
    );
    expect(slots(judge({ exhausted: { reading: v2 } })).explanation).toMatchObject({
      dying: 4,
      dyingFrom: 'measured',
      unexplained: 2,
    });
  });
  it('has no number where the kernel shows none', () => {
    const explanation = slots(
      judge({ exhausted: { reading: reading(null, TOTAL, { dyingReported: 0 }) } }),
    ).explanation;
    expect(explanation).toMatchObject({ shown: null, unexplained: null, dying: 0 });
    expect(explanation?.text).toContain('shows no num_cgroups');
  });
  it('derives no negative number of dying cgroups', () => {
    expect(slots(judge({ exhausted: { reading: reading(TOTAL - 5, TOTAL) } })).explanation).toMatchObject({
      dying: null,
      unexplained: -5,
    });
  });
  it('counts what was found where it differs from what was made', () => {
    expect(text({ exhausted: { directories: 65531 } })).toContain(
      '65531 found (65532 were made) + 1 (test) + 2 other live directories',
    );
    expect(text({ exhausted: { errno: null } })).toContain('the kernel did not refuse');
    expect(text({ exhausted: { errno: ENOSPC } })).toContain('1 other live directory =');
  });
});

describe('kernel memory', () => {
  it('is bytes per directory made, without what the kernel does not show', () => {
    const [before, after] = [
      { slab: 0, percpu: null, kernelStack: 8 },
      { slab: 1024, percpu: 5, kernelStack: 8 },
    ].map((part) => ({ memTotal: 1, memFree: 1, memAvailable: null, sUnreclaim: 0, ...part }));
    const verdict = judge({ exhausted: { made: 64, directories: 64, memoryBefore: before, memory: after } });
    expect(slots(verdict).memory).toEqual({
      bytesPerCgroup: 16384,
      parts: ['slab', 'kernelStack'],
      missing: ['percpu'],
    });
    expect(slots(judge({ exhausted: { made: 0 } })).memory?.bytesPerCgroup).toBeNull();
  });
});
