/** The shape of every kind of event: what stands in a line is checked before anybody reckons with it. */
import { CONSOLE_CLASSES, CONSOLE_SEVERITIES } from '../console/finding.js';
import {
  MOST_SHARDS,
  PHASES,
  type CapacitySample,
  type CgroupReading,
  type DockerRun,
  type Errno,
  type EventBodies,
  type EventKind,
  type MemoryReading,
  type Shard,
} from './events.js';
import { planSchema, rowSchema } from '../config/plan.js';
import type { CaseSummary, KernelSummary, RunSummary } from './run-summary.js';
import {
  amount,
  MOST,
  count,
  fitting,
  flag,
  list,
  object,
  oneOf,
  optional,
  ordinal,
  orNull,
  text,
  time,
  whole,
  type Shape,
} from './shape.js';

const from = list(ordinal);
const phase = oneOf(...PHASES);
const churnCase = oneOf(2, 3);
const tool = object<EventBodies['run.started']['tool']>({ name: text, version: text, node: text });
const host = object<EventBodies['run.started']['host']>({ os: text, cpus: count, memoryMib: amount });
const errno = orNull(object<Errno>({ number: whole, name: text, text }));

type SavedFrom = NonNullable<EventBodies['boot.proven']['saved']>;

const reading = object<CgroupReading>({
  procCgroups: text,
  numCgroups: orNull(count),
  liveDirectories: count,
  cgroupStat: orNull(text),
  liveReported: orNull(count),
  dyingReported: orNull(count),
});
const memory = object<MemoryReading>({
  memTotal: count,
  memFree: count,
  memAvailable: orNull(count),
  slab: count,
  sUnreclaim: count,
  percpu: orNull(count),
  kernelStack: orNull(count),
});
const sample = object<CapacitySample>({
  capacity: count,
  liveDirectories: count,
  errno,
  polls: list(count),
  waitedSeconds: amount,
  from,
});
const run = object<DockerRun>({
  limit: orNull(text),
  code: whole,
  containerId: orNull(text),
  running: orNull(flag),
  error: text,
  seconds: amount,
  from,
});
/** Bounded, as whoever merges shards counts to their number. */
const shardNumber: Shape<number> = (value) =>
  ordinal(value) ??
  (Number(value) <= MOST_SHARDS ? null : { path: '', expected: `at most ${MOST_SHARDS}`, got: String(value) });
const shard = object<Shard>({
  index: shardNumber,
  total: shardNumber,
  hostname: text,
  utcOffsetMinutes: whole,
  kernels: list(fitting(rowSchema)),
});

const figure: Shape<number> = (value: unknown) =>
  typeof value === 'number' && Math.abs(value) <= MOST
    ? null
    : { path: '', expected: 'a number up to 1e15', got: typeof value };
const figures = list(figure);
/** What stands in a baseline file too. */
export const runSummary = object<RunSummary>({
  format: oneOf('kernel-matrix/summary'),
  version: oneOf(1),
  run: text,
  profile: text,
  startedAt: time,
  tool: text,
  host,
  sequence: object<RunSummary['sequence']>({ cycles: count, limit: text }),
  jobs: count,
  machine: orNull(
    object<NonNullable<RunSummary['machine']>>({
      provider: text,
      accelerator: orNull(text),
      cpus: count,
      memoryMib: amount,
    }),
  ),
  docker: orNull(text),
  kernels: list(
    object<KernelSummary>({
      kernel: text,
      release: orNull(text),
      verdict: text,
      expected: orNull(text),
      knownFailure: orNull(object<NonNullable<KernelSummary['knownFailure']>>({ reason: text, until: text })),
      exhaustionErrno: orNull(text),
      aftermath: orNull(text),
      cases: list(
        object<CaseSummary>({
          case: churnCase,
          verdict: text,
          completed: orNull(count),
          refusedAtCycle: orNull(ordinal),
          errno: orNull(text),
          samples: object<CaseSummary['samples']>({ lostPerCycle: figures, secondsPerCycle: figures }),
        }),
      ),
      samples: object<KernelSummary['samples']>({
        capacity: figures,
        bytesPerCgroup: figures,
        bootSeconds: figures,
      }),
    }),
  ),
});

/** A shape for each field of each kind: what is missing here, or says something else than its type, does not compile. */
const FIELDS: { readonly [K in EventKind]: { [P in keyof EventBodies[K]]-?: Shape<EventBodies[K][P]> } } = {
  'run.started': {
    run: text,
    profile: text,
    profileReason: text,
    tool,
    host,
    plan: fitting(planSchema),
    shard: optional(orNull(shard)),
    asked: optional(
      object<NonNullable<EventBodies['run.started']['asked']>>({
        kernels: optional(text),
        cycles: optional(text),
      }),
    ),
  },
  'shard.merged': {
    index: shardNumber,
    total: shardNumber,
    run: text,
    hostname: text,
    utcOffsetMinutes: whole,
    host,
    tool,
    profileReason: text,
    startedAt: time,
    lastAt: time,
    finishedAt: orNull(time),
    seconds: orNull(amount),
    resumed: count,
    prefix: text,
    kernels: list(text),
    superseded: list(text),
  },
  'baseline.taken': { from: oneOf('file', 'run'), place: text, sha256: orNull(text), summary: runSummary },
  'run.resumed': { run: text, tool },
  'run.interrupted': { signal: text },
  'run.finished': { seconds: amount },
  'artifact.fetched': {
    use: text,
    name: text,
    sha256: text,
    size: count,
    from: oneOf('cache', 'stand-in', 'url', 'own file'),
    place: text,
    verifiedBy: text,
    refused: list(object({ place: text, reason: text })),
    seconds: amount,
  },
  'artifact.resolved': {
    kernel: text,
    source: text,
    release: text,
    package: orNull(text),
    version: orNull(text),
    origin: text,
    sha256: text,
    files: list(object({ name: text, sha256: text })),
    note: optional(text),
  },
  'image.ready': { image: text, built: flag, seconds: amount, docker: text },
  'machine.started': {
    machine: text,
    provider: text,
    accelerator: orNull(text),
    acceleratorReason: orNull(text),
    cpus: count,
    memoryMib: amount,
    address: text,
    console: orNull(text),
    seconds: amount,
  },
  'machine.stopped': { machine: text, reason: text },
  'machine.saved': { machine: text, kernel: text, key: text, seconds: amount },
  retried: { what: text, attempt: count, reason: text },
  'row.started': { kernel: text, machine: text },
  'row.finished': {
    kernel: text,
    outcome: oneOf('measured', 'failed'),
    phase: orNull(phase),
    reason: orNull(text),
    consoleTail: orNull(list(text)),
    seconds: amount,
  },
  'phase.started': { kernel: text, phase },
  'phase.finished': { kernel: text, phase, seconds: amount },
  'console.found': {
    machine: text,
    kernel: orNull(text),
    class: oneOf(...CONSOLE_CLASSES),
    severity: oneOf(...CONSOLE_SEVERITIES),
    line: text,
    excerpt: list(text),
    offset: orNull(count),
    kernelTime: orNull(amount),
    release: orNull(text),
  },
  command: {
    kernel: orNull(text),
    machine: text,
    phase,
    command: text,
    code: whole,
    stdout: text,
    stderr: text,
    seconds: amount,
  },
  'boot.selected': { kernel: text, entry: text, readBack: text, from },
  'boot.proven': {
    kernel: text,
    bootIdBefore: text,
    bootIdAfter: text,
    releaseExpected: text,
    release: text,
    entryExpected: text,
    entry: text,
    saved: optional(orNull(object<SavedFrom>({ key: text, run: text, at: text }))),
    seconds: amount,
    from,
  },
  cleaned: {
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
  },
  exhausted: {
    kernel: text,
    directory: text,
    made: count,
    errno,
    directories: count,
    reading,
    memoryBefore: orNull(memory),
    memory: orNull(memory),
    seconds: orNull(amount),
    from,
  },
  calibrated: { kernel: text, samples: list(object({ expected: count, sample })) },
  'case1.finished': { kernel: text, run, reading },
  'churn.started': { kernel: text, case: churnCase, limit: orNull(text), freed: count, before: sample },
  'churn.cycle': { kernel: text, case: churnCase, cycle: ordinal, run, removed: flag, after: sample },
  'churn.finished': {
    kernel: text,
    case: churnCase,
    stopped: oneOf('completed', 'refused', 'error'),
    reading,
  },
  'aftermath.finished': { kernel: text, before: sample, run, after: sample },
  'hold.finished': {
    kernel: text,
    freed: count,
    holder: run,
    filled: count,
    whenFull: sample,
    refused: run,
    afterRemoval: orNull(run),
    reading,
  },
  'recover.finished': {
    kernel: text,
    lost: whole,
    before: sample,
    afterDropCaches: sample,
    removed: count,
    refilled: orNull(count),
    liveOther: orNull(whole),
    reading,
    memory: orNull(memory),
    from,
  },
};

/** What an event of each kind must hold beside v, seq, at and kind. */
export const EVENT_SHAPES = Object.fromEntries(
  Object.entries(FIELDS).map(([kind, fields]) => [kind, object(fields as Record<string, Shape<unknown>>)]),
) as unknown as { readonly [K in EventKind]: Shape<EventBodies[K]> };
