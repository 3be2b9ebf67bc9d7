import { describe, expect, it } from 'vitest';
import { errnoOf } from '../../../src/scenario/cgroup-slots/bulk.js';
import { lostSlots } from '../../../src/scenario/cgroup-slots/lost.js';
import { parseCgroupStat, parseMeminfo, parseNumCgroups } from '../../../src/scenario/cgroup-slots/readings.js';
import { parseDockerInfo } from '../../../src/runtime/docker.js';

describe('errnoOf', () => {
  it('takes the last refusal, with the symbol of its number', () => {
    const output = 'poll 0\nerrno 12 Cannot allocate memory\npoll 1\nerrno 28 No space left on device\nlive 3\n';
    expect(errnoOf(output)).toEqual({ number: 28, name: 'ENOSPC', text: 'No space left on device' });
    expect(errnoOf('errno 95 Operation not supported\n')).toMatchObject({ name: 'errno 95' });
    expect(errnoOf('made 500\n')).toBeNull();
  });
});

describe('lostSlots', () => {
  const sample = (capacity: number, liveDirectories: number) => ({ capacity, liveDirectories });

  it('counts the fall in capacity that no living directory explains', () => {
    expect(lostSlots(sample(1, 65533), sample(0, 65533))).toBe(1);
    // Docker's parent took one and lives.
    expect(lostSlots(sample(2, 65532), sample(1, 65533))).toBe(0);
    expect(lostSlots(sample(0, 65533), sample(1, 65533))).toBe(-1);
  });
});

describe('parseNumCgroups', () => {
  it('reads the memory row, and knows that it may be missing', () => {
    const head = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t3\t2\t1\n';
    expect(parseNumCgroups(`${head}memory\t8\t65534\t1\nmemory_x\t1\t2\t3\n`)).toBe(65534);
    expect(parseNumCgroups(head)).toBeNull();
  });
});

describe('parseCgroupStat', () => {
  it('prefers what is told of the memory controller', () => {
    const text = 'nr_descendants 70\nnr_subsys_memory 65535\nnr_dying_descendants 9\nnr_dying_subsys_memory 4\n';
    expect(parseCgroupStat(text)).toEqual({ cgroupStat: text, liveReported: 65535, dyingReported: 4 });
    expect(parseCgroupStat('nr_dying_descendants 9\n')).toMatchObject({ liveReported: null, dyingReported: 9 });
    expect(parseCgroupStat(null)).toEqual({ cgroupStat: null, liveReported: null, dyingReported: null });
  });
});

describe('parseMeminfo', () => {
  const meminfo = 'MemTotal:  3000 kB\nMemFree:  2000 kB\nSlab:   500 kB\nSReclaimable: 100 kB\nSUnreclaim:  400 kB\n';

  it('tells lines that a kernel does not print from zero', () => {
    expect(parseMeminfo(meminfo)).toEqual({
      memTotal: 3000,
      memFree: 2000,
      memAvailable: null,
      slab: 500,
      sUnreclaim: 400,
      percpu: null,
      kernelStack: null,
    });
    expect(parseMeminfo(`${meminfo}Percpu: 0 kB\n`).percpu).toBe(0);
  });

  it('refuses what is no meminfo', () => {
    expect(() => parseMeminfo('')).toThrow(RangeError);
  });
});

describe('parseDockerInfo', () => {
  it('reads versions and drivers, indented or not', () => {
    const text =
      'Client:\n Context: default\n\nServer:\n Server Version: 20.10.5+dfsg1\n Storage Driver: overlay2\n' +
      ' Cgroup Driver: cgroupfs\n Cgroup Version: 2\n runc version: 1.0.0~rc93+ds1-5+deb11u5\n';
    expect(parseDockerInfo(text)).toEqual({
      server: '20.10.5+dfsg1',
      runc: '1.0.0~rc93+ds1-5+deb11u5',
      storageDriver: 'overlay2',
      cgroupDriver: 'cgroupfs',
      cgroupVersion: '2',
    });
  });

  it('knows that Docker before 20.10 says nothing of the version because there is but one', () => {
    expect(parseDockerInfo('Server Version: 17.06.2-ce\nCgroup Driver: cgroupfs\n')).toMatchObject({
      server: '17.06.2-ce',
      cgroupVersion: '1',
    });
  });
});
