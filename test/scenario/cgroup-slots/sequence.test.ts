/** The whole sequence against model kernels, judged from the journal it wrote. */
import { slots } from '../../fixtures/slots.js';
import { slotsOf } from '../../../src/scenario/cgroup-slots/facts.js';
import { describe, expect, it } from 'vitest';
import { EL7, V4_4, V6_12 } from './model.js';
import { runModel } from './run-model.js';

describe.concurrent('the sequence', { timeout: 30_000 }, () => {
  it('finds a kernel that loses nothing clean', async () => {
    const { row, verdict, error } = await runModel({});
    expect(error).toBeNull();
    expect(verdict).toMatchObject({ verdict: 'clean', reasons: [] });
    expect(slotsOf(row).exhausted).toMatchObject({ made: 65532, directories: 65532, errno: { name: 'ENOSPC' } });
    expect(slotsOf(row).exhausted?.reading).toMatchObject({ numCgroups: 65534, liveDirectories: 65534 });
    // The parent cgroup of Docker takes one of the two slots and keeps it.
    expect(slots(verdict).case2).toMatchObject({
      verdict: 'clean',
      limit: null,
      completed: 3,
      capacities: [2, 1, 1, 1],
    });
    expect(slots(verdict).case3).toMatchObject({
      verdict: 'clean',
      limit: '100m',
      completed: 3,
      capacities: [1, 1, 1, 1],
    });
    expect(slots(verdict).aftermath).toMatchObject({ outcome: 'created', lost: 0 });
    // Nothing was lost, so there is nothing to fill the hierarchy again for.
    expect(slotsOf(row).recover).toMatchObject({ lost: 0, refilled: null });
    for (const check of [slots(verdict).checks.calibration, slots(verdict).checks.case1, slots(verdict).checks.hold]) {
      expect(check).toMatchObject({ status: 'behaves' });
    }
  });

  it('finds the leak of 3.10, and at which cycle it bites', async () => {
    const { row, verdict } = await runModel(EL7);
    expect(slotsOf(row).exhausted?.made).toBe(65533);
    expect(verdict.verdict).toBe('leaks');
    expect(slots(verdict).case2).toMatchObject({ verdict: 'clean', lost: 0 });
    expect(slots(verdict).case3).toMatchObject({
      verdict: 'leaks',
      capacities: [1, 0, 0],
      completed: 1,
      lost: 1,
      refusedAtCycle: 2,
      refusalErrno: 'ENOSPC',
    });
    expect(slots(verdict).aftermath).toMatchObject({ outcome: 'refused' });
    // One directory fewer than there are ids for: root, test and /docker are in use, and one id is gone.
    expect(slotsOf(row).recover).toMatchObject({ lost: 1, refilled: 65531, liveOther: 3 });
    expect(slots(verdict).recovery).toMatchObject({ cameBack: 'no', lostForGood: 1 });
    expect(slots(verdict).checks.hold.status).toBe('behaves');
  });

  it('finds a leak of every container in case 2 already', async () => {
    const { verdict } = await runModel({ leaks: 'all' });
    expect(slots(verdict).case2).toMatchObject({ verdict: 'leaks', refusedAtCycle: 2 });
    expect(verdict.verdict).toBe('leaks');
  });

  it.each([
    ['drop_caches', 'drop_caches'],
    ['removal', 'removal'],
  ] as const)('finds slots that come back after %s reclaimable', async (reclaim, cameBack) => {
    const { verdict } = await runModel({ ...EL7, reclaim });
    expect(slots(verdict).recovery).toMatchObject({ cameBack });
    expect(slots(verdict)).toMatchObject({ verdict: 'reclaimable', case3: { verdict: 'reclaimable', lost: 1 } });
  });

  it('waits for ids that come back late', async () => {
    const { row, verdict } = await runModel({ ...V4_4, lateSeconds: 2 });
    expect(slots(verdict)).toMatchObject({ verdict: 'clean', case2: { lost: 0 }, case3: { lost: 0 } });
    const polls = slotsOf(row).case3?.cycles.map((cycle) => cycle.after.polls) ?? [];
    expect(polls).toHaveLength(3);
    for (const each of polls) expect([each[0], each.at(-1)]).toEqual([0, 1]);
  });

  it('does not wait for ever: what comes back after the settle time is not clean', async () => {
    const { verdict } = await runModel({ lateSeconds: 30 });
    expect(slots(verdict).case2.capacities.slice(0, 2)).toEqual([2, 0]);
    expect(verdict.verdict).not.toBe('clean');
  });

  it('tells the errno of 4.4', async () => {
    const { row, verdict } = await runModel(V4_4);
    expect(slotsOf(row).exhausted?.errno).toEqual({ number: 12, name: 'ENOMEM', text: 'Cannot allocate memory' });
    expect(slots(verdict).checks.case1).toMatchObject({
      status: 'behaves',
      detail: expect.stringContaining('ENOMEM') as string,
    });
  });

  it('gives the children of the test directory the controller on cgroup v2', async () => {
    const { row, verdict } = await runModel(V6_12);
    expect(slotsOf(row).exhausted).toMatchObject({
      made: 65533,
      errno: { name: 'EBUSY' },
      directory: '/sys/fs/cgroup/test',
    });
    expect(slotsOf(row).exhausted?.reading).toMatchObject({ liveReported: 65535, dyingReported: 0 });
    expect(verdict).toMatchObject({ verdict: 'clean', reasons: [] });
  });

  it('does not take a dead daemon for a leak', async () => {
    // Case 1, three cycles of case 2, then the second cycle of case 3.
    const { verdict, row } = await runModel({ daemonDiesAt: 6 });
    expect(slotsOf(row).case3?.finished?.stopped).toBe('error');
    expect(verdict).toMatchObject({ verdict: 'inconclusive', status: 'not-measured' });
    expect(slots(verdict).case3).toMatchObject({ verdict: 'inconclusive', refusedAtCycle: null });
    expect(slots(verdict).case3.reasons.join()).toContain('Cannot connect to the Docker daemon');
  });

  it('does not take a dead daemon in case 1 for a refusal', async () => {
    const { verdict } = await runModel({ daemonDiesAt: 1 });
    expect(slots(verdict).checks.case1.status).toBe('misbehaves');
    expect(verdict.verdict).toBe('inconclusive');
  });

  it('fails on a kernel that never refuses, and says so', async () => {
    const { row, verdict, error } = await runModel({ neverRefuses: true }, { sequence: { max_directories: 500 } });
    expect(error?.message).toContain('500 directories were made and the kernel did not refuse');
    expect(slotsOf(row).exhausted).toMatchObject({ made: 500, errno: null });
    expect(verdict).toMatchObject({ verdict: 'not-measured', status: 'not-measured' });
    expect(verdict.reasons.join()).toContain('did not refuse');
  });

  it('does not believe a probe that sees what is not there', async () => {
    const { verdict } = await runModel({ probeError: 1 });
    expect(slots(verdict).checks.calibration).toMatchObject({ status: 'misbehaves' });
    expect(slots(verdict).checks.calibration.detail).toContain('the probe saw 1 where there must be 0');
    expect(verdict.verdict).toBe('inconclusive');
  });

  it('removes first what an earlier run left', async () => {
    const { row, verdict } = await runModel({}, { before: (guest) => guest.leaveBehind(['ab'.repeat(32)], 40) });
    expect(slotsOf(row).cleaned).toMatchObject({ removedContainers: 1, removedDirectories: 41 });
    // Docker's own parent cgroup of then still lives.
    expect(slotsOf(row).exhausted?.made).toBe(65531);
    expect(verdict.verdict).toBe('clean');
  });

  it('refuses to measure through another hierarchy than the one asked for', async () => {
    const { row, error } = await runModel({}, { cgroup: 'v2' });
    expect(error?.message).toContain('Docker uses cgroup version 1, the row asks for v2');
    expect(slotsOf(row).exhausted).toBeNull();
  });

  it('leaves the guest empty', async () => {
    const { guest } = await runModel(EL7);
    const answer = async (command: string) => (await guest.run(command, { timeout: 1 })).stdout;
    expect(await answer('docker ps -aq')).toBe('');
    // The root and Docker's parent.
    expect(await answer('perl /run/kernel-matrix/cgroups.pl live /sys/fs/cgroup/memory')).toBe('live 2\n');
  });
});
