/** What the scenario records: a shape for each kind of event. */
import { z } from 'zod';
import { amount, count, flag, from, list, object, oneOf, ordinal, text, whole } from '../../journal/fields.js';
import type {} from '../../run-events/events.js';
import { containerRun } from '../../runtime/runtime.js';

/** A refusal's error number, its symbol (`errno N` where it is not known) and the C library's text. */
const errno = object({ number: whole, name: text, text });
export type Errno = z.infer<typeof errno>;

/** What the kernel reports of its memory cgroups at one moment. */
const reading = object({
  /** /proc/cgroups verbatim. */
  procCgroups: text,
  /** num_cgroups of the memory row of /proc/cgroups; null where there is no such row (v2 from 6.18 on). */
  numCgroups: count.nullable(),
  /** Directories of the memory hierarchy, its root included. Each holds one memory id. */
  liveDirectories: count,
  /** Root cgroup.stat verbatim on v2; null on v1, which has none. */
  cgroupStat: text.nullable(),
  /** nr_subsys_memory of cgroup.stat: live memory cgroups, the root included; null where it is not reported. */
  liveReported: count.nullable(),
  /** nr_dying_subsys_memory (or nr_dying_descendants) of cgroup.stat; null where it is not reported. */
  dyingReported: count.nullable(),
});
export type CgroupReading = z.infer<typeof reading>;

/** Figures of /proc/meminfo in KiB; null where the kernel does not print the line (3.10 has no Percpu). */
const memory = object({
  memTotal: count,
  memFree: count,
  memAvailable: count.nullable(),
  slab: count,
  sUnreclaim: count,
  percpu: count.nullable(),
  kernelStack: count.nullable(),
});
export type MemoryReading = z.infer<typeof memory>;

/** One capacity probe, polled until it saw what was hoped for or the settle time was over. */
const sample = object({
  /**
   * The largest number of directories any poll could make (and removed again): the slots free. The largest, because
   * ids come back late: what a poll has just removed may still be missing at the next one.
   */
  capacity: count,
  /** Directories of the memory hierarchy beside the probe's own, root included, before the first poll. */
  liveDirectories: count,
  /** The refusal that ended the last poll; null if the probe reached its cap without one. */
  errno: errno.nullable(),
  /** What every poll saw, in order. */
  polls: list(count),
  waitedSeconds: amount,
  from,
});
export type CapacitySample = z.infer<typeof sample>;

/** Number of a churn case; see `cases.ts`. */
const caseNumber = z.union([z.literal(2), z.literal(3)], { error: '2 or 3' });
export type CaseNumber = z.infer<typeof caseNumber>;

export const EVENTS = {
  cleaned: object({
    kernel: text,
    uname: text,
    bootId: text,
    cmdline: text,
    marker: text,
    docker: object({ server: text, runc: text, storageDriver: text, cgroupDriver: text, cgroupVersion: text }),
    menu: list(text),
    removedContainers: count,
    removedDirectories: count,
    reading,
    memory,
    from,
  }),
  exhausted: object({
    kernel: text,
    directory: text,
    made: count,
    /** The refusal; null if max_directories was reached without one. */
    errno: errno.nullable(),
    /** Directories found in the test directory afterwards. */
    directories: count,
    reading,
    /** Null where it was not read, as in the source's record. */
    memoryBefore: memory.nullable(),
    memory: memory.nullable(),
    /** Null where it was not timed. */
    seconds: amount.nullable(),
    from,
  }),
  calibrated: object({ kernel: text, samples: list(object({ expected: count, sample })) }),
  /** Case 1: a container with no slot free. */
  'case1.finished': object({ kernel: text, run: containerRun, reading }),
  'churn.started': object({ kernel: text, case: caseNumber, limit: text.nullable(), freed: count, before: sample }),
  /** One create and delete of a container; `after` is probed too if the create was refused, for a slot free then is a contradiction. */
  'churn.cycle': object({
    kernel: text,
    case: caseNumber,
    cycle: ordinal,
    run: containerRun,
    removed: flag,
    after: sample,
  }),
  'churn.finished': object({
    kernel: text,
    case: caseNumber,
    stopped: oneOf(['completed', 'refused', 'error']),
    reading,
  }),
  'aftermath.finished': object({ kernel: text, before: sample, run: containerRun, after: sample }),
  'hold.finished': object({
    kernel: text,
    /** Directories removed so that the container that is kept had a slot. */
    freed: count,
    holder: containerRun,
    /** Slots taken after the container was running, so that none is left. */
    filled: count,
    whenFull: sample,
    /** The create that must be refused. */
    refused: containerRun,
    /** The create that must succeed once the kept container is gone; null if it was not tried. */
    afterRemoval: containerRun.nullable(),
    reading,
  }),
  'recover.finished': object({
    kernel: text,
    /** Slots lost in cases 2 and 3 and the aftermath together, as the scenario counted them. */
    lost: whole,
    /** Probe before anything is done to get slots back. */
    before: sample,
    /** Probe after sync and drop_caches. */
    afterDropCaches: sample,
    /** Directories removed from the test directory. */
    removed: count,
    /** Directories that could be made again in the emptied hierarchy (the kernel's full capacity now); null if nothing was lost, so not tried. */
    refilled: count.nullable(),
    /** Directories of the hierarchy beside those made, root included, when refilled. */
    liveOther: whole.nullable(),
    reading,
    /** Null where it was not read. */
    memory: memory.nullable(),
    from,
  }),
} as const;

type SlotsBodies = { [K in keyof typeof EVENTS]: z.infer<(typeof EVENTS)[K]> };

declare module '../../run-events/events.js' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds the kinds of this scenario
  interface EventBodies extends SlotsBodies {}
}
