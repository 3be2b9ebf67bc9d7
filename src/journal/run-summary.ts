/**
 * What of a run is compared with another: a small, versioned extract of its facts and verdicts. It is what a baseline file
 * holds, and it stands in the journal of a run that was compared, so that the comparison can be made again from that alone.
 */

/** Raised when a reader of an older version would misread a summary. */
export const SUMMARY_VERSION = 1;

/** Figures that a run has once for each kernel. */
export const KERNEL_METRICS = ['capacity', 'bytesPerCgroup', 'bootSeconds'] as const;
/** Figures that every cycle of a churn case gives. */
export const CASE_METRICS = ['lostPerCycle', 'secondsPerCycle'] as const;
/** Figures of a kernel that are compared as samples: each measurement is one. */
export const METRICS = [...KERNEL_METRICS, ...CASE_METRICS] as const;
/** `capacity`: directories made until the kernel refused. `bytesPerCgroup`: kernel memory. `bootSeconds`: from the reboot to its proof. */
export type KernelMetric = (typeof KERNEL_METRICS)[number];
/**
 * `lostPerCycle`: slots lost. `secondsPerCycle`: docker run and docker rm, without what is waited and probed between them.
 * Cycles in which the container was created only; a refused one costs and loses nothing.
 */
export type CaseMetric = (typeof CASE_METRICS)[number];
export type Metric = KernelMetric | CaseMetric;

export interface CaseSummary {
  case: 2 | 3;
  /** The words of `CaseWord` in src/verdict/types.ts. */
  verdict: string;
  /** Cycles in which the container was created; null if not recorded. */
  completed: number | null;
  refusedAtCycle: number | null;
  errno: string | null;
  /** One a completed cycle; empty where nothing was recorded. */
  samples: Record<CaseMetric, number[]>;
}

export interface KernelSummary {
  /** The row's name. */
  kernel: string;
  /** What `uname -r` answered; null if the row was not booted. */
  release: string | null;
  /** The words of `KernelVerdict.verdict`. */
  verdict: string;
  expected: string | null;
  /** Of a known failure whose mark was in force when the run started; null otherwise. */
  knownFailure: { reason: string; until: string } | null;
  /** The errno that ended exhaustion; null if not recorded or not refused. */
  exhaustionErrno: string | null;
  /** How the container after the churn ended: `created`, `refused ENOSPC` …; null if not recorded. */
  aftermath: string | null;
  cases: CaseSummary[];
  /** Empty where nothing was recorded. */
  samples: Record<KernelMetric, number[]>;
}

export interface RunSummary {
  format: 'kernel-matrix/summary';
  version: typeof SUMMARY_VERSION;
  run: string;
  profile: string;
  /** ISO 8601. */
  startedAt: string;
  tool: string;
  host: { os: string; cpus: number; memoryMib: number };
  sequence: { cycles: number; limit: string };
  /** Machines that were to work at the same time. */
  jobs: number;
  /** Of the machines; the first that started. Null if none did. */
  machine: { provider: string; accelerator: string | null; cpus: number; memoryMib: number } | null;
  /** Docker's version, runc's and the storage driver, of the first row that tells them; null if none does. */
  docker: string | null;
  /** In the plan's order. */
  kernels: KernelSummary[];
}
