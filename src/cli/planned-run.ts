/** The run that the options of `matrix` ask for: a new one, a shard of one, or the rest of one that was stopped. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { KernelRow, Plan } from '../config/plan.js';
import type { EventBodies, Shard } from '../run-events/events.js';
import { UserError } from '../host/user-error.js';
import { hostSize } from '../provider/host-size.js';
import { automaticJobs } from '../run/host-limits.js';
import { parseShard, rowsOfShard, shardName } from '../run/shard.js';
import { plain } from '../base/text/plain.js';
import { takeBaseline } from './baseline.js';
import { choosePlan } from './choose-profile.js';
import { findRun, newRunFolder } from './paths.js';
import { factsOf } from './reports.js';
import { trustedPlan } from './resume.js';

export interface MatrixOptions {
  config: string;
  runsDir: string;
  profile?: string;
  kernels?: string;
  cycles?: string;
  /** `2/5`, or `auto`. */
  shard?: string;
  jobs?: string;
  keep: boolean;
  /** Boot every kernel for real. */
  fresh: boolean;
  dryRun: boolean;
  resume?: string | true;
  /** A run or a baseline file to compare with; true stands for the file beside kernels.yaml. */
  baseline?: string | true;
  /** Consent to change an existing host, and to resume a run that differs from kernels.yaml. */
  yes?: boolean;
  live: boolean;
  /** Values of --reporter, as typed. */
  reporter: string[];
}

/** A run before it has a folder. */
export interface PlannedRun {
  plan: Plan;
  profileReason: string;
  rows: KernelRow[];
  /** What the run is compared with; null also for a resumed run, whose journal has it. */
  baseline: EventBodies['baseline.taken'] | null;
  /** Options that override kernels.yaml. */
  asked: NonNullable<EventBodies['run.started']['asked']>;
  /** The shard that `plan` is; null for the whole matrix. */
  shard: Shard | null;
  /** The run that is resumed; null for a new one. */
  resumed: { run: string; folder: string } | null;
}

/** A run with its id and its folder. */
export interface Run extends PlannedRun {
  run: string;
  folder: string;
}

/** Plans a new run; nothing is created. @throws UserError, ConfigError for wrong options or a wrong kernels.yaml. */
export async function newRun(options: MatrixOptions): Promise<PlannedRun> {
  const { plan, reason, shard } = await planFor(options);
  const { config, runsDir } = options;
  const baseline = options.baseline
    ? await takeBaseline(options.baseline, { config, runsDir, profile: plan.profile })
    : null;
  const asked = {
    ...(options.kernels === undefined ? {} : { kernels: options.kernels }),
    ...(options.cycles === undefined ? {} : { cycles: options.cycles }),
  };
  return { plan, profileReason: reason, rows: plan.kernels, baseline, asked, shard, resumed: null };
}

/** Creates the folder of a new run. Call it when nothing else can keep the run from starting. */
export function withFolder(planned: PlannedRun, runs: string): Run {
  if (planned.resumed !== null) return { ...planned, ...planned.resumed };
  const { shard } = planned;
  const run = newRunFolder(runs, new Date(), shard ? `-${shard.index}of${shard.total}` : '');
  return { ...planned, run, folder: join(runs, run) };
}

/** The plan for the options, with the rows of one shard only if --shard is given. @throws UserError, ConfigError */
export async function planFor(options: MatrixOptions): Promise<{ plan: Plan; reason: string; shard: Shard | null }> {
  if (options.shard !== undefined && options.baseline !== undefined) {
    throw new UserError({
      what: '--baseline cannot be given with --shard: rows of other shards would be missed',
      next: 'compare when the shards are put together: npm run merge -- RUNS… --baseline',
      kind: 'usage',
    });
  }
  const id = options.shard === undefined ? null : parseShard(options.shard, process.env);
  const mine = (rows: Plan) => (id === null ? rows.kernels : rowsOfShard(rows.kernels, rows.sequence.cycles, id));
  const { plan, reason } = await choosePlan(options.config, {
    ...options,
    automaticJobs: (whole) => automaticJobs({ ...whole, kernels: mine(whole) }, hostSize()),
  });
  if (id === null) return { plan, reason, shard: null };
  const place = { hostname: hostname(), utcOffsetMinutes: -new Date().getTimezoneOffset() };
  return {
    plan: { ...plan, kernels: mine(plan) },
    reason,
    shard: { ...id, ...place, kernels: plan.kernels },
  };
}

/**
 * Takes plan and pinned versions from the journal, so that the rest is measured as the beginning was; see {@link trustedPlan}.
 * @throws UserError if the run cannot be resumed, or differs from the user's kernels.yaml.
 */
export async function resumedRun(options: MatrixOptions): Promise<PlannedRun> {
  const taken = ['profile', 'kernels', 'cycles', 'shard', 'baseline'] as const;
  const clashing = taken.filter((key) => options[key] !== undefined);
  if (clashing.length > 0) {
    throw new UserError({
      what: `--resume takes its plan from the run; ${clashing.map((key) => `--${key}`).join(' and ')} cannot change it`,
      next: 'leave them out, or start a new run',
      kind: 'usage',
    });
  }
  const folder = findRun(options.resume === true ? 'latest' : String(options.resume), options.runsDir);
  const facts = await factsOf(folder);
  const { plan, rows, notes } = trustedPlan(facts, folder, { config: options.config, yes: options.yes ?? false });
  for (const line of notes) process.stderr.write(`${plain(line)}\n`);
  const { run, profileReason, shard } = facts;
  return { plan, profileReason, rows, shard, baseline: null, asked: {}, resumed: { run, folder } };
}

/** One line on a shard and its rows. */
export function describeShard(shard: Shard, { kernels }: Plan): string {
  const rows = kernels.map((row) => row.name).join(', ');
  return `shard ${shardName(shard)}: ${rows === '' ? 'no row falls to it' : rows} (of ${shard.kernels.length} rows)`;
}
