import type { CgroupReading, MemoryReading } from './events.js';
import type { SlotsContext } from './context.js';
import { liveDirectories } from './bulk.js';

/** Reads what the kernel tells about its memory cgroups; `from` are the commands it was read from. */
export async function readCgroups(context: SlotsContext): Promise<{ reading: CgroupReading; from: number[] }> {
  const { shell, hierarchy } = context;
  const proc = await shell.must('cat /proc/cgroups');
  const stat = hierarchy.version === 'v2' ? await shell.must(`cat ${hierarchy.root}/cgroup.stat`) : null;
  const live = await liveDirectories(context);
  const reading: CgroupReading = {
    procCgroups: proc.stdout,
    numCgroups: parseNumCgroups(proc.stdout),
    liveDirectories: live.count,
    ...parseCgroupStat(stat?.stdout ?? null),
  };
  return { reading, from: [proc.seq, ...(stat ? [stat.seq] : []), live.seq] };
}

/** num_cgroups of the memory row; null where the row is missing (v2 from 6.18 on). */
export function parseNumCgroups(procCgroups: string): number | null {
  const fields = /^memory\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(procCgroups);
  return fields ? Number(fields[2]) : null;
}

/** Live and dying memory cgroups of a v2 root's cgroup.stat. nr_*_subsys_memory exists from 6.13 on and in Debian's 6.12. */
export function parseCgroupStat(
  text: string | null,
): Pick<CgroupReading, 'cgroupStat' | 'liveReported' | 'dyingReported'> {
  const value = (key: string) => {
    const found = text === null ? null : new RegExp(`^${key} (\\d+)$`, 'm').exec(text);
    return found ? Number(found[1]) : null;
  };
  return {
    cgroupStat: text,
    liveReported: value('nr_subsys_memory'),
    dyingReported: value('nr_dying_subsys_memory') ?? value('nr_dying_descendants'),
  };
}

/** Reads /proc/meminfo. */
export async function readMemory(context: SlotsContext): Promise<{ memory: MemoryReading; from: number[] }> {
  const result = await context.shell.must('cat /proc/meminfo');
  return { memory: parseMeminfo(result.stdout), from: [result.seq] };
}

/** Figures of /proc/meminfo in KiB. @throws RangeError if it has no MemTotal, so is no meminfo. */
export function parseMeminfo(text: string): MemoryReading {
  const value = (key: string) => {
    const found = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
    return found ? Number(found[1]) : null;
  };
  const must = (key: string) => {
    const found = value(key);
    if (found === null) throw new RangeError(`/proc/meminfo has no ${key} line`);
    return found;
  };
  return {
    memTotal: must('MemTotal'),
    memFree: must('MemFree'),
    memAvailable: value('MemAvailable'),
    slab: must('Slab'),
    sUnreclaim: must('SUnreclaim'),
    percpu: value('Percpu'),
    kernelStack: value('KernelStack'),
  };
}
