import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/config/plan.js';
import { UserError } from '../../src/host/user-error.js';
import { hostSize } from '../../src/provider/host-size.js';
import { affordableJobs, automaticJobs, fitToHost } from '../../src/run/host-limits.js';
import { kernelRow, plan } from '../fixtures/build.js';

const jobs = (count: number, memory_mib = 3072): Plan => {
  const base = plan([]);
  const machine = { ...base.machine, memory_mib };
  return { ...base, jobs: count, machine };
};

const host = (availableMib: number, cpus = 8) => ({ cpus, availableMib });

describe('affordableJobs', () => {
  it('gives what is asked for where the memory holds it', () => {
    expect(affordableJobs(jobs(2), 9, host(24_000))).toEqual({ jobs: 2, reduced: null });
  });

  it('takes no more machines than there are rows', () => {
    expect(affordableJobs(jobs(4), 2, host(24_000))).toEqual({ jobs: 2, reduced: null });
  });

  it('takes fewer where the memory does not hold them, and says so', () => {
    const { jobs: fit, reduced } = affordableJobs(jobs(3), 9, host(2 * 4096));
    expect(fit).toBe(2);
    expect(reduced).toContain('2 machines at a time instead of 3');
  });

  it('leaves memory for the host: what just does not fit is not taken', () => {
    const need = 3072 + 400 + 1024;
    expect(affordableJobs(jobs(1), 1, host(need)).jobs).toBe(1);
    expect(() => affordableJobs(jobs(1), 1, host(need - 1))).toThrow(UserError);
    expect(() => affordableJobs(jobs(1), 1, host(need - 1))).toThrow(
      new RegExp(`${need - 1} MiB .* needs ${need} MiB`),
    );
  });

  it('takes no more than there are processors, and says so', () => {
    expect(affordableJobs(jobs(4), 9, host(64_000, 2))).toEqual({
      jobs: 2,
      reduced: '2 machines at a time instead of 4: this host has 2 processors, and a machine keeps one busy',
    });
    expect(affordableJobs(jobs(2), 9, host(64_000, 1)).reduced).toMatch(/^1 machine at a time .* 1 processor, /);
  });

  it('names what is scarcest', () => {
    expect(affordableJobs(jobs(4), 9, host(2 * 4096, 3)).reduced).toContain('MiB of memory');
    expect(affordableJobs(jobs(4), 9, host(4 * 4096, 2)).reduced).toContain('processors');
  });

  it('counts one machine where the host exists already', () => {
    const machine = { provider: 'ssh' as const, host: 'h', port: 22, user: 'root' };
    expect(affordableJobs({ ...jobs(4), machine }, 9, host(0))).toEqual({ jobs: 1, reduced: null });
  });
});

describe('fitToHost', () => {
  const vagrant = (memory_mib: number, os: 'el7' | 'debian' = 'el7'): Plan => {
    const base = plan([]);
    const guest = os === 'el7' ? { os, package_sources: 'none' as const, vault_urls: [], rpms: [] } : base.guest;
    const machine = { provider: 'vagrant', cpus: 8, memory_mib, box: 'b', box_urls: [] };
    return { ...base, guest, machine };
  };
  const OVERHEAD = 400 + 1024;

  it('leaves a machine as asked where the host has it', () => {
    const asked = vagrant(16_384);
    expect(fitToHost(asked, { cpus: 8, availableMib: 16_384 + OVERHEAD })).toEqual({ plan: asked, changes: [] });
  });

  it('gives CentOS 7 less where the host has less, and says so', () => {
    const { plan: fit, changes } = fitToHost(vagrant(16_384), { cpus: 2, availableMib: 12_000 });
    expect(fit.machine).toMatchObject({ cpus: 2, memory_mib: 10_496 });
    expect(changes).toEqual([
      expect.stringContaining('2 processors instead of 8'),
      expect.stringContaining('10496 MiB of memory instead of 16384'),
    ]);
    expect(affordableJobs(fit, 3, host(12_000)).jobs).toBe(1);
  });

  it('refuses CentOS 7 with less than 8 GiB', () => {
    expect(fitToHost(vagrant(16_384), { cpus: 8, availableMib: 8192 + OVERHEAD }).plan.machine).toMatchObject({
      memory_mib: 8192,
    });
    expect(() => fitToHost(vagrant(16_384), { cpus: 8, availableMib: 8191 + OVERHEAD })).toThrow(
      /CentOS 7 machine needs 8 GiB of memory, this host can spare 7936 MiB/,
    );
  });

  it('has no such floor for another guest, and does not touch other providers', () => {
    expect(fitToHost(vagrant(4096, 'debian'), { cpus: 8, availableMib: 5000 }).plan.machine).toMatchObject({
      memory_mib: 3328,
    });
    const qemu = plan([]);
    expect(fitToHost(qemu, { cpus: 1, availableMib: 1 })).toEqual({ plan: qemu, changes: [] });
  });
});

describe('hostSize', () => {
  it('is had from this kernel', () => {
    expect(hostSize().availableMib).toBeGreaterThan(0);
  });
});

describe('automaticJobs', () => {
  const rows = (count: number): Plan => ({
    ...jobs(1),
    kernels: Array.from({ length: count }, (_, i) => kernelRow(`${i}`)),
  });

  it('are as many as there are rows, processors and memory for', () => {
    expect(automaticJobs(rows(3), host(64_000))).toBe(3);
    expect(automaticJobs(rows(9), host(64_000, 4))).toBe(4);
    expect(automaticJobs(rows(9), host(2 * 4096))).toBe(2);
  });

  it('is one where not even one fits, which is told when it is started', () => {
    expect(automaticJobs(rows(3), host(100))).toBe(1);
  });

  it('is one for a host that exists and for Vagrant, whose machines are as large as the host', () => {
    const machine = { provider: 'ssh' as const, host: 'h', port: 22, user: 'root' };
    expect(automaticJobs({ ...rows(3), machine }, host(64_000))).toBe(1);
  });

  it('does not count up from a fixed port beyond the last one', () => {
    const base = rows(9);
    const machine = { ...base.machine, ssh_port: 65_534 } as Plan['machine'];
    expect(automaticJobs({ ...base, machine }, host(64_000))).toBe(2);
  });
});
