/**
 * The events of a run and of its rows. What a scenario records stands in its own folder (`scenario/<id>/events.ts`), which adds
 * its kinds to `EventBodies`.
 */
import type { z } from 'zod';
import { CONSOLE_CLASSES, CONSOLE_SEVERITIES } from '../console/finding.js';
import type { StoredEvent } from '../journal/event.js';
import type { JournalWriter } from '../journal/writer.js';
import { amount, count, flag, from, list, object, oneOf, ordinal, text, time, whole } from '../journal/fields.js';
import { planSchema, rowSchema } from '../config/plan.js';
import { runSummary } from './run-summary.js';

/** The phases of a row before its scenarios, in order. The phases of a scenario are its steps. */
export const BOOT_PHASES = ['machine', 'select', 'boot', 'prepare'] as const;

/** More parts of a matrix than anybody has hosts. */
export const MOST_SHARDS = 1000;

const tool = object({ name: text, version: text, node: text });
const host = object({ os: text, cpus: count, memoryMib: amount });
/** Counted from 1. Bounded, as whoever merges shards counts up to their number. */
const shardNumber = ordinal.max(MOST_SHARDS, { error: `at most ${MOST_SHARDS}` });

const shard = object({
  index: shardNumber,
  total: shardNumber,
  hostname: text,
  /** How far local time is ahead of UTC on its host; run ids are local times. */
  utcOffsetMinutes: whole,
  /** Every row of the larger plan, in its order, so that whoever merges the shards knows what must be there. */
  kernels: list(rowSchema),
});
/** The part of a larger plan that a run does; `plan.kernels` of its run.started has the rows that fall to it, perhaps none. */
export type Shard = z.infer<typeof shard>;

export const RUN_EVENTS = {
  'run.started': object({
    run: text,
    profile: text,
    /** Why this profile. */
    profileReason: text,
    tool,
    host,
    plan: planSchema,
    /** Null or missing where the run does all of its plan. */
    shard: shard.nullish(),
    /** What the command line changed of kernels.yaml, as typed. */
    asked: object({ kernels: text.optional(), cycles: text.optional() }).optional(),
  }),
  /**
   * Only in a merged run, one for each run it was made of, before all that those recorded, in the order of the shards: what
   * that run was. The events that follow keep the times of their own host's clock; `at` is the clock of the host that merged.
   */
  'shard.merged': object({
    index: shardNumber,
    total: shardNumber,
    run: text,
    hostname: text,
    utcOffsetMinutes: whole,
    host,
    tool,
    profileReason: text,
    /** By its own clock, as the two that follow. */
    startedAt: time,
    /** Of its last event. */
    lastAt: time,
    /** Null if it did not finish. */
    finishedAt: time.nullable(),
    /** Seconds it took, by its run.finished; null if it did not finish. */
    seconds: amount.nullable(),
    resumed: count,
    /** What its machines are called here: `m1` has become `<prefix>-m1`, for each shard had an `m1`. */
    prefix: text,
    /** Its rows that count, in the plan's order. */
    kernels: list(text),
    /** Rows it began and another run finished: nothing of them was taken over. */
    superseded: list(text),
  }),
  /** The run is compared with an earlier one, which is written here whole: nothing else is needed to compare them again. */
  'baseline.taken': object({
    from: oneOf(['file', 'run']),
    /** The baseline file or the run's folder, as it was found. */
    place: text,
    /** Of the baseline file; null for a run. */
    sha256: text.nullable(),
    summary: runSummary,
  }),
  'run.resumed': object({ run: text, tool }),
  'run.interrupted': object({ signal: text }),
  'run.finished': object({ seconds: amount }),
  /** A file that the plan needs and this program does not make was fetched and verified. */
  'artifact.fetched': object({
    /** What it is for: `Docker`, `kernel 4.4`. */
    use: text,
    name: text,
    sha256: text,
    /** Bytes. */
    size: count,
    from: oneOf(['cache', 'stand-in', 'url', 'own file']),
    /** The URL or path it was taken from. */
    place: text,
    /** What proves that it is the right one, in the words of kernels.lock. */
    verifiedBy: text,
    /** Places that were tried before, and why they did not serve. */
    refused: list(object({ place: text, reason: text })),
    seconds: amount,
  }),
  /** A kernel was found and its content fixed by hash. */
  'artifact.resolved': object({
    kernel: text,
    source: text,
    release: text,
    package: text.nullable(),
    version: text.nullable(),
    /** Where it came from: suite and archive path, or the user's path. */
    origin: text,
    /** Of the kernel's package or bzImage. */
    sha256: text,
    /** Every file it is made of. */
    files: list(object({ name: text, sha256: text })),
    /** What a reader should know of how it was chosen: equals that it was taken from, packages it lacks. */
    note: text.optional(),
  }),
  /** The base image of the embedded guest is whole and in the cache; `built` is false where it was there already. */
  'image.ready': object({ image: text, built: flag, seconds: amount, docker: text }),
  'machine.started': object({
    machine: text,
    provider: text,
    accelerator: text.nullable(),
    acceleratorReason: text.nullable(),
    cpus: count,
    memoryMib: amount,
    address: text,
    /** Console log, relative to the run's directory. */
    console: text.nullable(),
    /** Seconds until SSH answered. */
    seconds: amount,
  }),
  'machine.stopped': object({ machine: text, reason: text }),
  /** A machine was saved with a row's kernel up and Docker answering, for later runs to start from. */
  'machine.saved': object({ machine: text, kernel: text, key: text, seconds: amount }),
  /** Something that failed by no fault of a kernel was tried again, or done another way. Never a measurement. */
  retried: object({ what: text, attempt: count, reason: text }),
  'row.started': object({ kernel: text, machine: text }),
  'row.finished': object({
    kernel: text,
    outcome: oneOf(['measured', 'failed']),
    /** Where it failed. */
    phase: text.nullable(),
    /** Why it failed. */
    reason: text.nullable(),
    /** The console's last lines, where there is a console. */
    consoleTail: list(text).nullable(),
    seconds: amount,
  }),
  'phase.started': object({ kernel: text, phase: text }),
  'phase.finished': object({ kernel: text, phase: text, seconds: amount }),
  /** Written as the kernel prints it; at most `MOST_OF_A_CLASS` of each class for one start of a kernel. */
  'console.found': object({
    machine: text,
    /** The row the machine works on; null between rows. */
    kernel: text.nullable(),
    class: oneOf(CONSOLE_CLASSES),
    severity: oneOf(CONSOLE_SEVERITIES),
    line: text,
    excerpt: list(text),
    offset: count.nullable(),
    kernelTime: amount.nullable(),
    release: text.nullable(),
  }),
  /** A command that ran in the guest. Lost connections are not commands: they end the row. */
  command: object({
    kernel: text.nullable(),
    machine: text,
    phase: text,
    command: text,
    code: whole,
    stdout: text,
    stderr: text,
    seconds: amount,
  }),
  'boot.selected': object({ kernel: text, entry: text, readBack: text, from }),
  'boot.proven': object({
    kernel: text,
    bootIdBefore: text,
    bootIdAfter: text,
    releaseExpected: text,
    release: text,
    entryExpected: text,
    /** The entry the kernel was booted through, from its own command line. */
    entry: text,
    /**
     * The machine was not booted in this run but started from one that was saved with this boot, by an earlier run: its key and
     * when. `bootIdBefore` is then that of the saved boot, and `seconds` is no boot time. Null or missing after a boot.
     */
    saved: object({ key: text, run: text, at: text }).nullish(),
    seconds: amount,
    from,
  }),
} as const;

type Bodies<C extends Record<string, z.ZodType>> = { [K in keyof C]: z.infer<C[K]> };

/** What an event of each kind holds beside its envelope. Scenarios add their kinds by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface, so that others can add to it
export interface EventBodies extends Bodies<typeof RUN_EVENTS> {}

export type EventKind = keyof EventBodies;

/** One journal line. */
export type JournalEvent<K extends EventKind = EventKind> = {
  [P in K]: Omit<StoredEvent, 'kind'> & { kind: P } & EventBodies[P];
}[K];

/** An event before the writer has numbered and dated it. */
export type EventDraft<K extends EventKind = EventKind> = { [P in K]: { kind: P } & EventBodies[P] }[K];

/** The journal of a run, as those who record into it know it. */
export type RunJournal = JournalWriter<JournalEvent>;
