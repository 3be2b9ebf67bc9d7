/**
 * What of a run is compared with another: a small, versioned extract of its facts and verdicts. It is what a baseline file
 * holds, and it stands in the journal of a run that was compared, so that the comparison can be made again from that alone.
 */

/** Raised when a reader of an older version would misread a summary. */
export const SUMMARY_VERSION = 1;

/** Figures of a kernel that are compared as samples: each measurement is one. */
export const METRICS = ['capacity', 'lostPerCycle', 'bytesPerCgroup', 'secondsPerCycle', 'bootSeconds'] as const;
/**
 * `capacity`: directories made until the kernel refused. `lostPerCycle`: slots lost, one sample a cycle of both churn cases.
 * `bytesPerCgroup`: kernel memory. `secondsPerCycle`: docker run and docker rm, one sample a cycle of both churn cases.
 * `bootSeconds`: from the reboot to its proof.
 */
export type Metric = (typeof METRICS)[number];

export interface CaseSummary {
  case: 2 | 3;
  /** The words of `CaseWord` in src/verdict/types.ts. */
  verdict: string;
  refusedAtCycle: number | null;
  errno: string | null;
}

export interface KernelSummary {
  /** The row's name. */
  kernel: string;
  /** What `uname -r` answered; null if the row was not booted. */
  release: string | null;
  /** The words of `KernelVerdict.verdict`. */
  verdict: string;
  expected: string | null;
  /** The errno that ended exhaustion; null if not recorded or not refused. */
  exhaustionErrno: string | null;
  cases: CaseSummary[];
  /** Empty where nothing was recorded. */
  samples: Record<Metric, number[]>;
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
  /** Of the machines; the first that started. Null if none did. */
  machine: { provider: string; accelerator: string | null; cpus: number; memoryMib: number } | null;
  kernels: KernelSummary[];
}
