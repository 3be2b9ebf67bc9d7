/**
 * What of a run is compared with another: a small, versioned extract of its facts and verdicts. It is what a baseline file
 * holds, and it stands in the journal of a run that was compared, so that the comparison can be made again from that alone.
 */
import { z } from 'zod';
import { amount, count, figure, list, object, oneOf, ordinal, text, time } from '../journal/fields.js';

/** Raised when a reader of an older version would misread a summary. */
export const SUMMARY_VERSION = 2;

const words = z.record(z.string(), text, { error: 'an object' });

/** A part of a scenario that has a verdict of its own. */
const caseSummary = object({
  /** As it is shown: `case 2`. */
  name: text,
  /** A word of `CaseWord` (verdict/types.ts). */
  verdict: text,
  /** Repetitions that were completed; null if not recorded. */
  completed: count.nullable(),
  /** The repetition at which the kernel refused to go on, counted from 1; null if it did not. Earlier is worse. */
  refusedAt: ordinal.nullable(),
  /** The refusal, as it is shown; empty without one. */
  refusal: text,
});

/** Measurements of one figure; each is one sample. */
const samples = object({
  /** Its id in the figures of the scenario. */
  figure: text,
  /** The case it was measured in; null for one of the row. */
  case: text.nullable(),
  values: list(figure),
});

const scenarioSummary = object({
  verdict: text,
  /** What is compared as it is, by the name it is shown by: `errno at exhaustion`. */
  facts: words,
  cases: list(caseSummary),
  samples: list(samples),
});

const kernelSummary = object({
  /** The row's name. */
  kernel: text,
  /** What `uname -r` answered; null if the row was not booted. */
  release: text.nullable(),
  /** A word of `KernelVerdict.verdict`. */
  verdict: text,
  expected: text.nullable(),
  /** Of a known failure whose mark was in force when the run started; null otherwise. */
  knownFailure: object({ reason: text, until: text }).nullable(),
  /** Figures of the row itself: its boot. */
  samples: list(samples),
  /** By the id of the scenario. */
  scenarios: z.record(z.string(), scenarioSummary, { error: 'an object' }),
});

export const runSummary = object({
  format: oneOf(['kernel-matrix/summary']),
  version: z.literal(SUMMARY_VERSION, { error: String(SUMMARY_VERSION) }),
  run: text,
  profile: text,
  startedAt: time,
  tool: text,
  host: object({ os: text, cpus: count, memoryMib: amount }),
  /** Settings of the scenarios, by the names they are shown by. */
  settings: words,
  /** Machines that were to work at the same time. */
  jobs: count,
  /** Of the machines; the first that started. Null if none did. */
  machine: object({ provider: text, accelerator: text.nullable(), cpus: count, memoryMib: amount }).nullable(),
  /** The container runtime and its versions, of the first row that tells them; null if none does. */
  runtime: text.nullable(),
  /** In the plan's order. */
  kernels: list(kernelSummary),
});

export type RunSummary = z.infer<typeof runSummary>;
export type KernelSummary = z.infer<typeof kernelSummary>;
export type ScenarioSummary = z.infer<typeof scenarioSummary>;
export type CaseSummary = z.infer<typeof caseSummary>;
export type Samples = z.infer<typeof samples>;
