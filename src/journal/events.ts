/**
 * The journal's event types, version 2. One event is one line of JSON in runs/<id>/journal.jsonl.
 * Events hold facts only (what was asked, what was answered, what was counted); every judgement is made by
 * replaying them, so it can be made again. `from` in an event lists the `seq` of the command events it was read from.
 *
 * A line ends with `,"sum":"<16 hex digits>"}`: the beginning of the sha256 over the sum of the line before (nothing, for the
 * first) and this line without its sum (`{…}`). So a line that was changed, left out, doubled, moved or taken from another
 * journal is found by the reader (`lines.ts`). Version 1 is the same without sums: such journals are read, and gone on with in
 * version 1, for a journal is of one version from its first line to its last. What each kind must hold is in `event-shapes.ts`.
 */
import type { KernelRow, Plan } from '../config/plan.js';
import type { ConsoleFinding } from '../console/finding.js';
import type { RunSummary } from './run-summary.js';

/** Raised when a reader of an older version would misread an event. */
export const JOURNAL_VERSION = 2;
/** The versions that are read: 1 has no sums. */
export type JournalVersion = 1 | typeof JOURNAL_VERSION;

/** The phases a row goes through, in order; the sequence's nine steps follow `boot`. */
export const PHASES = [
  'machine',
  'select',
  'boot',
  'prepare',
  'clean',
  'exhaust',
  'calibrate',
  'case1',
  'case2',
  'case3',
  'aftermath',
  'hold',
  'recover',
] as const;
export type Phase = (typeof PHASES)[number];

/** A refusal's error number, its symbol and the C library's text. */
export interface Errno {
  number: number;
  /** `ENOSPC`, `ENOMEM`, `EBUSY` …; `errno N` where the symbol is not known. */
  name: string;
  text: string;
}

/** What the kernel tells about its memory cgroups at one moment. */
export interface CgroupReading {
  /** /proc/cgroups verbatim. */
  procCgroups: string;
  /** num_cgroups of the memory row of /proc/cgroups; null where there is no such row (v2 from 6.18 on). */
  numCgroups: number | null;
  /** Directories of the memory hierarchy, its root included. Each holds one memory id. */
  liveDirectories: number;
  /** Root cgroup.stat verbatim on v2; null on v1, which has none. */
  cgroupStat: string | null;
  /** nr_subsys_memory of cgroup.stat: live memory cgroups, the root included; null where not told. */
  liveReported: number | null;
  /** nr_dying_subsys_memory (or nr_dying_descendants) of cgroup.stat; null where not told. */
  dyingReported: number | null;
}

/** Figures of /proc/meminfo in KiB; null where the kernel does not print the line (3.10 has no Percpu). */
export interface MemoryReading {
  memTotal: number;
  memFree: number;
  memAvailable: number | null;
  slab: number;
  sUnreclaim: number;
  percpu: number | null;
  kernelStack: number | null;
}

/** One capacity probe, polled until it saw what was hoped for or the settle time was over. */
export interface CapacitySample {
  /**
   * The largest number of directories any poll could make (and removed again): the slots free. The largest, because
   * ids come back late: what a poll has just removed may still be missing at the next one.
   */
  capacity: number;
  /** Directories of the memory hierarchy beside the probe's own, root included, before the first poll. */
  liveDirectories: number;
  /** The refusal that ended the last poll; null if the probe reached its cap without one. */
  errno: Errno | null;
  /** What every poll saw, in order. */
  polls: number[];
  waitedSeconds: number;
  from: number[];
}

/** One `docker run`. */
export interface DockerRun {
  /** Null for a container without a memory limit, else the value of -m. */
  limit: string | null;
  /** Exit code of `docker run`. */
  code: number;
  /** The id printed, also for a refused run, which leaves a container in state Created. */
  containerId: string | null;
  /** State.Running a moment later; null if the run was refused. */
  running: boolean | null;
  /** stderr, verbatim; empty if there was none. */
  error: string;
  seconds: number;
  from: number[];
}

/** Parts that a matrix may be split into: more than anybody has hosts. */
export const MOST_SHARDS = 1000;

/** The part of a larger plan that a run does; `plan.kernels` of its run.started has the rows that fall to it, perhaps none. */
export interface Shard {
  /** Counted from 1. */
  index: number;
  total: number;
  hostname: string;
  /** How far local time is ahead of UTC on its host; run ids are local times. */
  utcOffsetMinutes: number;
  /** Every row of the larger plan, in its order, so that whoever merges the shards knows what must be there. */
  kernels: KernelRow[];
}

export interface EventBodies {
  'run.started': {
    run: string;
    profile: string;
    /** Why this profile. */
    profileReason: string;
    tool: { name: string; version: string; node: string };
    host: { os: string; cpus: number; memoryMib: number };
    plan: Plan;
    /** Null or missing where the run does all of its plan. */
    shard?: Shard | null;
    /** What the command line changed of kernels.yaml, as typed; missing in older journals. */
    asked?: { kernels?: string; cycles?: string };
  };
  /**
   * Only in a merged run, one for each run it was made of, before all that those recorded, in the order of the shards: what
   * that run was. The events that follow keep the times of their own host's clock; `at` is the clock of the host that merged.
   */
  'shard.merged': {
    index: number;
    total: number;
    run: string;
    hostname: string;
    utcOffsetMinutes: number;
    host: { os: string; cpus: number; memoryMib: number };
    tool: { name: string; version: string; node: string };
    profileReason: string;
    /** ISO 8601, by its own clock, as the two that follow. */
    startedAt: string;
    /** Of its last event. */
    lastAt: string;
    /** Null if it did not finish. */
    finishedAt: string | null;
    /** Seconds it took, as its run.finished tells; null if it did not finish. */
    seconds: number | null;
    resumed: number;
    /** What its machines are called here: `m1` has become `<prefix>-m1`, for each shard had an `m1`. */
    prefix: string;
    /** Its rows that count, in the plan's order. */
    kernels: string[];
    /** Rows it began and another run finished: nothing of them was taken over. */
    superseded: string[];
  };
  /** The run is compared with an earlier one, which is written here whole: nothing else is needed to compare them again. */
  'baseline.taken': {
    from: 'file' | 'run';
    /** The baseline file or the run's folder, as it was found. */
    place: string;
    /** Of the baseline file; null for a run. */
    sha256: string | null;
    summary: RunSummary;
  };
  'run.resumed': { run: string; tool: { name: string; version: string; node: string } };
  'run.interrupted': { signal: string };
  'run.finished': { seconds: number };
  /** A file that the plan needs and this program does not make was had, and verified. */
  'artifact.fetched': {
    /** What it is for, in words: `Docker`, `kernel 4.4`. */
    use: string;
    name: string;
    sha256: string;
    /** Bytes. */
    size: number;
    from: 'cache' | 'stand-in' | 'url' | 'own file';
    /** The URL or path it was taken from. */
    place: string;
    /** By what it is known to be the right one, in the words of kernels.lock. */
    verifiedBy: string;
    /** Places that were tried before, and why they did not serve. */
    refused: { place: string; reason: string }[];
    seconds: number;
  };
  /** A kernel was found and its content fixed by hash. */
  'artifact.resolved': {
    kernel: string;
    source: string;
    release: string;
    package: string | null;
    version: string | null;
    /** Where it came from: suite and archive path, or the user's path. */
    origin: string;
    /** Of the kernel's package or bzImage. */
    sha256: string;
    /** Every file it is made of. */
    files: { name: string; sha256: string }[];
    /** What a reader should know of how it was chosen: equals that it was taken from, packages it lacks. */
    note?: string;
  };
  /** The base image of the embedded guest is whole and in the cache; `built` is false where it was there already. */
  'image.ready': { image: string; built: boolean; seconds: number; docker: string };
  'machine.started': {
    machine: string;
    provider: string;
    accelerator: string | null;
    acceleratorReason: string | null;
    cpus: number;
    memoryMib: number;
    address: string;
    /** Console log, relative to the run's directory. */
    console: string | null;
    /** Seconds until SSH answered. */
    seconds: number;
  };
  'machine.stopped': { machine: string; reason: string };
  /** A machine was saved with a row's kernel up and Docker answering, for later runs to start from. */
  'machine.saved': { machine: string; kernel: string; key: string; seconds: number };
  /** Something that failed by no fault of a kernel was tried again, or done another way. Never a measurement. */
  retried: { what: string; attempt: number; reason: string };
  'row.started': { kernel: string; machine: string };
  'row.finished': {
    kernel: string;
    outcome: 'measured' | 'failed';
    /** Where it failed. */
    phase: Phase | null;
    /** Why it failed, in words. */
    reason: string | null;
    /** The console's last lines, where a console is had. */
    consoleTail: string[] | null;
    seconds: number;
  };
  'phase.started': { kernel: string; phase: Phase };
  'phase.finished': { kernel: string; phase: Phase; seconds: number };
  /** Written as it is said; at most `MOST_OF_A_CLASS` of each class for one start of a kernel. */
  'console.found': {
    machine: string;
    /** The row the machine works on; null between rows. */
    kernel: string | null;
  } & ConsoleFinding;
  /** A command that ran in the guest. Lost connections are not commands: they end the row. */
  command: {
    kernel: string | null;
    machine: string;
    phase: Phase;
    command: string;
    code: number;
    stdout: string;
    stderr: string;
    seconds: number;
  };
  'boot.selected': { kernel: string; entry: string; readBack: string; from: number[] };
  'boot.proven': {
    kernel: string;
    bootIdBefore: string;
    bootIdAfter: string;
    releaseExpected: string;
    release: string;
    entryExpected: string;
    /** The entry the kernel was booted through, from its own command line. */
    entry: string;
    /**
     * The machine was not booted in this run but started from one that was saved with this boot, by an earlier run: its key and
     * when. `bootIdBefore` is then that of the saved boot, and `seconds` is no boot time. Null or missing after a boot.
     */
    saved?: { key: string; run: string; at: string } | null;
    seconds: number;
    from: number[];
  };
  cleaned: {
    kernel: string;
    uname: string;
    bootId: string;
    cmdline: string;
    marker: string;
    docker: { server: string; runc: string; storageDriver: string; cgroupDriver: string; cgroupVersion: string };
    menu: string[];
    removedContainers: number;
    removedDirectories: number;
    reading: CgroupReading;
    memory: MemoryReading;
    from: number[];
  };
  exhausted: {
    kernel: string;
    directory: string;
    made: number;
    /** The refusal; null if max_directories was reached without one. */
    errno: Errno | null;
    /** Directories found in the test directory afterwards. */
    directories: number;
    reading: CgroupReading;
    /** Null where it was not read, as in the source's record. */
    memoryBefore: MemoryReading | null;
    memory: MemoryReading | null;
    /** Null where it was not timed. */
    seconds: number | null;
    from: number[];
  };
  calibrated: { kernel: string; samples: { expected: number; sample: CapacitySample }[] };
  /** Case 1: a container with no slot free. */
  'case1.finished': { kernel: string; run: DockerRun; reading: CgroupReading };
  'churn.started': { kernel: string; case: 2 | 3; limit: string | null; freed: number; before: CapacitySample };
  /** One create and delete of a container; `after` is probed too if the create was refused, for a slot free then is a contradiction. */
  'churn.cycle': {
    kernel: string;
    case: 2 | 3;
    cycle: number;
    run: DockerRun;
    removed: boolean;
    after: CapacitySample;
  };
  'churn.finished': {
    kernel: string;
    case: 2 | 3;
    stopped: 'completed' | 'refused' | 'error';
    reading: CgroupReading;
  };
  'aftermath.finished': { kernel: string; before: CapacitySample; run: DockerRun; after: CapacitySample };
  'hold.finished': {
    kernel: string;
    /** Directories removed so that the container that is kept had a slot. */
    freed: number;
    holder: DockerRun;
    /** Slots taken after the container was running, so that none is left. */
    filled: number;
    whenFull: CapacitySample;
    /** The create that must be refused. */
    refused: DockerRun;
    /** The create that must succeed once the kept container is gone; null if it was not tried. */
    afterRemoval: DockerRun | null;
    reading: CgroupReading;
  };
  'recover.finished': {
    kernel: string;
    /** Slots lost in cases 2 and 3 and the aftermath together, as the sequence counted them. */
    lost: number;
    /** Probe before anything is done to get slots back. */
    before: CapacitySample;
    /** Probe after sync and drop_caches. */
    afterDropCaches: CapacitySample;
    /** Directories removed from the test directory. */
    removed: number;
    /** Directories that could be made again in the emptied hierarchy (the kernel's full capacity now); null if nothing was lost, so not tried. */
    refilled: number | null;
    /** Directories of the hierarchy beside those made, root included, when refilled. */
    liveOther: number | null;
    reading: CgroupReading;
    /** Null where it was not read. */
    memory: MemoryReading | null;
    from: number[];
  };
}

export type EventKind = keyof EventBodies;

/** One journal line. `seq` counts from 1 without gaps; `at` is an ISO 8601 time with milliseconds. */
export type JournalEvent<K extends EventKind = EventKind> = {
  [P in K]: { v: JournalVersion; seq: number; at: string; kind: P } & EventBodies[P];
}[K];

/** An event before the writer has numbered and dated it. */
export type EventDraft<K extends EventKind = EventKind> = { [P in K]: { kind: P } & EventBodies[P] }[K];
