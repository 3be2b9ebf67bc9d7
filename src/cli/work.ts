/** What `matrix` is asked to do: a new run, a part of one, or what an earlier one has left. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { KernelRow, Plan } from '../config/plan.js';
import type { EventBodies, Shard } from '../journal/events.js';
import { UserError } from '../host/user-error.js';
import { automaticJobs, hostSize } from '../run/host-limits.js';
import { parseShard, rowsOfShard } from '../run/shard.js';
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
  /** A run or a baseline file to compare with; true: the file beside kernels.yaml. */
  baseline?: string | true;
  /** An existing host may be changed; a resumed run may do what kernels.yaml does not say. */
  yes?: boolean;
  live: boolean;
  /** Reports asked for by name, as written. */
  reporter: string[];
}

/** What the options ask for. */
export interface Asked {
  plan: Plan;
  profileReason: string;
  rows: KernelRow[];
  /** What it is compared with; a resumed run has it in its journal. */
  baseline: EventBodies['baseline.taken'] | null;
  /** What the command line changed of kernels.yaml. */
  asked: NonNullable<EventBodies['run.started']['asked']>;
  /** The part of the matrix that `plan` is; null if it is all of it. */
  shard: Shard | null;
  /** The run that is gone on with; null for a new one. */
  resumed: { run: string; folder: string } | null;
}

/** A run that is to be done or gone on with. */
export interface Work extends Asked {
  run: string;
  folder: string;
}

/** A new run; nothing is made yet. @throws UserError, ConfigError for what the options or kernels.yaml have wrong. */
export async function fresh(options: MatrixOptions): Promise<Asked> {
  const { plan, reason, shard } = await planned(options);
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

/** Gives a new run its folder: once nothing is left that would keep it from starting. */
export function withFolder(asked: Asked, runs: string): Work {
  if (asked.resumed !== null) return { ...asked, ...asked.resumed };
  const { shard } = asked;
  const run = newRunFolder(runs, new Date(), shard ? `-${shard.index}of${shard.total}` : '');
  return { ...asked, run, folder: join(runs, run) };
}

/** The plan that the options ask for, cut down to the rows of one part where --shard is given. */
export async function planned(options: MatrixOptions): Promise<{ plan: Plan; reason: string; shard: Shard | null }> {
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
 * Takes plan and pins from the journal, so that a resumed run compares what it began to compare; see {@link trustedPlan}.
 * @throws UserError if the run cannot be gone on with, or does not say what the user's kernels.yaml says.
 */
export async function resumed(options: MatrixOptions): Promise<Asked> {
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
