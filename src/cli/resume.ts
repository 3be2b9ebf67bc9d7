/**
 * What a run that was stopped has left to do, and how far its folder is believed: a folder may come from anybody, so its plan is
 * checked as kernels.yaml is, and reaches nothing that the user's own kernels.yaml, or --yes, does not let it reach.
 */
import type { RunFacts, RowFacts } from '../run-events/facts.js';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../config/errors.js';
import type { KernelRow, Plan } from '../config/plan.js';
import { show } from '../config/breach.js';
import { UserError } from '../host/user-error.js';
import { planDifference, planDifferences } from '../run/merge/plan-difference.js';
import { pinRow } from '../kernel/table.js';
import { providerOf } from '../provider/table.js';
import { checkPlan, loadPlan } from './kernels-yaml.js';
import { safeName } from '../report/paths.js';

/** Rows without an end. @throws UserError if the run cannot be resumed. */
function rowsLeft(facts: RunFacts): RowFacts[] {
  if (facts.shards.length > 0) {
    throw new UserError({
      what: `run ${facts.run} was merged of ${facts.shards.map(({ run }) => run).join(', ')}, so it cannot be resumed`,
      next: 'go on with the one that is unfinished (matrix --resume RUN, on its host), then merge again',
      kind: 'input',
    });
  }
  const rows = facts.rows.filter((row) => row.outcome === null);
  if (rows.length > 0) return rows;
  throw new UserError({
    what: `run ${facts.run} has nothing left to do`,
    next: `npm run report -- ${facts.run}`,
    kind: 'input',
  });
}

/** A run's plan beside what the user's own kernels.yaml says now. */
export interface Compared {
  /** What has changed in the file since the run was started, and what that means for it, in a sentence; null if nothing has. */
  change: string | null;
  /** What the run would do that the file does not say, in words: null if nothing. */
  beyond: string | null;
  /** The file, which the user named and no run did, has consent for the very host that the run's plan has. */
  consent: boolean;
}

/**
 * Compares the plan of a run with the profile of that name in the user's kernels.yaml. A run folder may come from anybody, so
 * what its plan reaches (hosts, files, packages, commands) is the user's will only as far as that file has it too.
 * @param config as named with --config; where the run says its file was does not count.
 */
export function compareWithConfig(facts: RunFacts, config: string): Compared {
  const { plan, run, shard } = facts;
  const then: Plan = { ...plan, kernels: shard?.kernels ?? plan.kernels };
  if (!existsSync(config)) return { change: null, beyond: `there is no ${config} that says the same`, consent: false };
  const goesOn = 'the run goes on with the plan it began with; for the new one start a new run';
  try {
    const whole = loadPlan(config, { profile: plan.profile });
    // Of a shard its own rows, which are the ones that are done, whatever it says the whole has.
    const differs = reachDifferences(plan, whole).join('; ');
    const beyond = differs === '' ? null : `${config} does not say the same: ${differs} (the run / the file)`;
    const consent = beyond === null && providerOf(whole.machine).existing?.consented(whole.machine) === true;
    const now = loadPlan(config, { profile: plan.profile, ...facts.asked });
    // --yes is no change of the file.
    const difference = planDifference(
      withConsent(then, false),
      withConsent(facts.asked ? now : likeOld(now, then), false),
    );
    const change =
      difference === null
        ? null
        : `${config} has changed since run ${run} was started: ${difference} (then / now); ${goesOn}`;
    return { change, beyond, consent };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [problem] = error.problems;
    const where = [problem?.line, problem?.column].filter((each) => typeof each === 'number').join(':');
    const why = [where, problem?.path, problem?.message].filter((each) => each).join(': ');
    const beyond = `its plan cannot be made of ${config} (${why})`;
    const changed = `${config} has changed since run ${run} was started, and its plan cannot be made of it any more`;
    return { change: `${changed} (${why}); ${goesOn}`, beyond, consent: false };
  }
}

/**
 * Everything by which a plan would reach a host, a file, a package or a command otherwise than another does. Figures
 * that only measure or judge (sequence, timeouts, expectations, comparisons) may differ, and so may the other's further rows.
 */
function reachDifferences(run: Plan, file: Plan): string[] {
  const names = new Set(run.kernels.map(({ name }) => name));
  const rows = file.kernels.filter(({ name }) => names.has(name));
  const order = new Map(run.kernels.map(({ name }, i) => [name, i]));
  rows.sort((a, b) => order.get(a.name)! - order.get(b.name)!);
  // One folder for both: a path that is the same from the run's own folder would still be another file.
  return [...planDifferences(reachOf(run, run.kernels), { ...reachOf(file, rows), file: run.file })];
}

function reachOf(plan: Plan, rows: readonly KernelRow[]): Plan {
  const nothing = {} as Plan['sequence'] & Plan['timeouts'] & Plan['compare'];
  return {
    ...withConsent(plan, false),
    ...{ sequence: nothing, timeouts: nothing, compare: nothing },
    kernels: rows.map(({ expect: _expect, known_failure: _mark, ...row }) => row as KernelRow),
  };
}

/** A plan with consent to change a machine that exists already, or without; any other plan as it is. */
function withConsent(plan: Plan, consent: boolean): Plan {
  const { existing } = providerOf(plan.machine);
  return existing === undefined ? plan : { ...plan, machine: existing.withConsent(plan.machine, consent) };
}

/**
 * The plan that a run goes on with: its own, once every value in it is one that kernels.yaml may have, with consent from the
 * user alone, and with kernels.lock beside the user's file.
 * @throws UserError if a value is none; and, without --yes, if the plan reaches what the user's file does not say.
 */
export function trustedPlan(facts: RunFacts, folder: string, options: { config: string; yes: boolean }): Trusted {
  const { run, shard } = facts;
  const left = rowsLeft(facts);
  const withRows = (kernels: KernelRow[]) => checkPlan({ ...facts.plan, kernels });
  const refuse = (problems: string[]) => {
    if (problems.length === 0) return;
    throw new UserError({
      what: `run ${run} has a plan that no kernels.yaml can have made`,
      where: join(folder, 'journal.jsonl'),
      why: [...new Set(problems)].join('\n'),
      next: 'its folder was changed, or comes from elsewhere: start a new run',
      kind: 'input',
    });
  };
  refuse([...nameProblems(run), ...withRows(facts.plan.kernels), ...withRows(shard?.kernels ?? [])]);
  // A source is asked for its rows only once they are known to be such rows.
  const pinned = (row: RowFacts) =>
    row.artifact ? pinRow(row.kernel, row.artifact) : { row: row.kernel, problems: [] };
  const rows = left.map((row) => pinned(row).row);
  refuse([...facts.rows.flatMap((row) => pinned(row).problems), ...withRows(rows)]);
  const { change, beyond, consent } = compareWithConfig(facts, options.config);
  if (beyond !== null && !options.yes) {
    throw new UserError({
      what: `run ${run} is not resumed: ${beyond}`,
      where: join(folder, 'journal.jsonl'),
      why: `hosts, files and packages would be taken from the run's folder, which says it was started with ${facts.plan.file}`,
      next: 'name the file it was started with (--config FILE), start a new run, or, if you trust the folder, add --yes',
      kind: 'input',
    });
  }
  const plan: Plan = { ...withConsent(facts.plan, consent), file: resolve(options.config) };
  return { plan, rows, notes: [beyond, change].filter((each) => each !== null) };
}

export interface Trusted {
  plan: Plan;
  /** Those that are left to do. */
  rows: KernelRow[];
  /** What the user should know of it. */
  notes: string[];
}

/** The run's name is part of the names of its machines and their folders. */
function nameProblems(run: string): string[] {
  return run === safeName(run) ? [] : [`run: expected a name of letters, digits and . _ + -, got ${show(run)}`];
}

/**
 * An older journal does not tell what the command line changed, nor has it settings that came later: what cannot be told from a
 * change is left out.
 */
function likeOld(now: Plan, then: Plan): Plan {
  const names = new Set(then.kernels.map(({ name }) => name));
  return {
    ...within(now, then),
    guest: within(now.guest, then.guest),
    docker: within(now.docker, then.docker),
    timeouts: within(now.timeouts, then.timeouts),
    sequence: { ...now.sequence, cycles: then.sequence.cycles },
    kernels: now.kernels.filter(({ name }) => names.has(name)),
  };
}

function within<T extends object>(now: T, then: T): T {
  return Object.fromEntries(Object.entries(now).filter(([key]) => key in then)) as T;
}
