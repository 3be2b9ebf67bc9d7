/** Arithmetic of slots (memory-cgroup ids that can still be had). */
import { clip } from '../../../base/text/excerpt.js';
import type { CapacitySample } from '../events.js';
import { isCgroupRefusal, type RefusalErrno } from '../../../runtime/refusal.js';
import type { ContainerRun } from '../../../runtime/runtime.js';

/** How one `docker run` ended. */
export interface RunOutcome {
  outcome: 'created' | 'refused' | 'not-running' | 'error';
  /** Of a refusal; null otherwise or where the text does not tell it. */
  errno: RefusalErrno | null;
  /** One line about it. */
  detail: string;
}

type Slots = Pick<CapacitySample, 'capacity' | 'liveDirectories'>;

/** Ids that are free or held by a living directory. Constant on a kernel that loses none, whatever is made or removed. */
export function accountedFor(sample: Slots): number {
  return sample.capacity + sample.liveDirectories;
}

/** Whether the probe was ended by the kernel; if not, its capacity is only a lower bound. */
export function isExact(sample: CapacitySample): boolean {
  return sample.errno !== null;
}

/** How a `docker run` ended. Only a refusal by the memory cgroup is `refused`; any other failure is `error`. */
export function runOutcome(run: ContainerRun): RunOutcome {
  if (run.code === 0) {
    if (run.containerId === null) {
      return { outcome: 'error', errno: null, detail: 'docker run ended with 0 but printed no container id' };
    }
    if (run.running === false) {
      return {
        outcome: 'not-running',
        errno: null,
        detail: 'the container was created but was not running a moment later',
      };
    }
    return { outcome: 'created', errno: null, detail: 'created' };
  }
  const refusal = isCgroupRefusal(run.error);
  if (refusal.refused) {
    const detail = `refused by the memory cgroup (${refusal.errno ?? 'errno not told'})`;
    return { outcome: 'refused', errno: refusal.errno, detail };
  }
  const detail = `docker run failed with exit code ${run.code}, but not for want of a memory cgroup: ${oneLine(run.error)}`;
  return { outcome: 'error', errno: null, detail };
}

const LINE = 300;

function oneLine(text: string): string {
  const line = text
    .trim()
    .slice(0, 20 * LINE)
    .replace(/\s+/g, ' ');
  if (line === '') return '(it printed nothing)';
  return clip(line, LINE);
}
