import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/config/plan.js';
import { UserError } from '../../src/host/user-error.js';
import { startOrder } from '../../src/matrix/backend.js';
import { affordableJobs, availableMemoryMib } from '../../src/matrix/host-limits.js';
import { kernelRow, plan } from '../fixtures/build.js';

const jobs = (count: number, memory_mib = 3072): Plan => {
  const base = plan([]);
  if (base.machine.provider !== 'qemu') throw new Error('the test plan runs on QEMU');
  return { ...base, jobs: count, machine: { ...base.machine, memory_mib } };
};

describe('affordableJobs', () => {
  it('gives what is asked for where the memory holds it', () => {
    expect(affordableJobs(jobs(2), 9, 24_000)).toEqual({ jobs: 2, reduced: null });
  });

  it('takes no more machines than there are rows', () => {
    expect(affordableJobs(jobs(4), 2, 24_000)).toEqual({ jobs: 2, reduced: null });
  });

  it('takes fewer where the memory does not hold them, and says so', () => {
    const { jobs: fit, reduced } = affordableJobs(jobs(3), 9, 2 * 4096);
    expect(fit).toBe(2);
    expect(reduced).toContain('2 machines at a time instead of 3');
  });

  it('leaves memory for the host: what just does not fit is not taken', () => {
    const need = 3072 + 400 + 1024;
    expect(affordableJobs(jobs(1), 1, need).jobs).toBe(1);
    expect(() => affordableJobs(jobs(1), 1, need - 1)).toThrow(UserError);
    expect(() => affordableJobs(jobs(1), 1, need - 1)).toThrow(new RegExp(`${need - 1} MiB .* needs ${need} MiB`));
  });

  it('counts one machine where the host exists already', () => {
    const machine = { provider: 'ssh' as const, host: 'h', port: 22, user: 'root' };
    expect(affordableJobs({ ...jobs(4), machine }, 9, 0)).toEqual({ jobs: 1, reduced: null });
  });
});

describe('availableMemoryMib', () => {
  it('is had from this kernel', () => {
    expect(availableMemoryMib()).toBeGreaterThan(0);
  });
});

describe('startOrder', () => {
  it('begins with the rows on v2, which take longest, and keeps the order of the plan otherwise', () => {
    const rows = [kernelRow('a'), kernelRow('b', undefined, 'v2'), kernelRow('c'), kernelRow('d', undefined, 'v2')];
    expect(startOrder(rows).map((row) => row.name)).toEqual(['b', 'd', 'a', 'c']);
    expect(rows.map((row) => row.name)).toEqual(['a', 'b', 'c', 'd']);
  });
});
