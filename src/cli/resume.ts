/** What a run that was stopped has left to do, and whether kernels.yaml still says what the run was begun with. */
import { existsSync } from 'node:fs';
import { ConfigError } from '../config/errors.js';
import type { KernelRow, Plan } from '../config/plan.js';
import { loadPlan } from '../config/select.js';
import { UserError } from '../host/user-error.js';
import { planDifference } from '../journal/plan-difference.js';
import type { RunFacts } from '../journal/replay.js';

/** Rows without an end, each with the package that was found for it. @throws UserError if the run cannot be gone on with. */
export function rowsLeft(facts: RunFacts): KernelRow[] {
  if (facts.shards.length > 0) {
    throw new UserError({
      what: `run ${facts.run} was merged of ${facts.shards.map(({ run }) => run).join(', ')}, so it cannot be gone on with`,
      next: 'go on with the one that is unfinished (matrix --resume RUN, on its host), then merge again',
      exitCode: 2,
    });
  }
  const rows = facts.rows
    .filter((row) => row.outcome === null)
    .map(({ kernel, artifact }) =>
      kernel.source === 'deb' && artifact?.version
        ? { ...kernel, package: artifact.package ?? kernel.package, version: artifact.version, sha256: artifact.sha256 }
        : kernel,
    );
  if (rows.length > 0) return rows;
  throw new UserError({
    what: `run ${facts.run} has nothing left to do`,
    next: `npm run report -- ${facts.run}`,
    exitCode: 2,
  });
}

/**
 * What has changed in kernels.yaml since a run was started, and what that means for it, in a sentence. Null if nothing has, or
 * if the file is not there: the run needs it no more.
 */
export function configChange(facts: RunFacts): string | null {
  const { plan, run } = facts;
  if (!existsSync(plan.file)) return null;
  const goesOn = 'the run goes on with the plan it began with; for the new one start a new run';
  let now: Plan;
  try {
    now = loadPlan(plan.file, { profile: plan.profile, ...facts.asked });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [problem] = error.problems;
    const where = [problem?.line, problem?.column].filter((each) => typeof each === 'number').join(':');
    const why = [where, problem?.path, problem?.message].filter((each) => each).join(': ');
    return `${plan.file} has changed since run ${run} was started, and its plan cannot be made of it any more (${why}); ${goesOn}`;
  }
  const then: Plan = { ...plan, kernels: facts.shard?.kernels ?? plan.kernels };
  const difference = planDifference(withoutConsent(then), withoutConsent(facts.asked ? now : likeOld(now, then)));
  if (difference === null) return null;
  return `${plan.file} has changed since run ${run} was started: ${difference} (then / now); ${goesOn}`;
}

/** --yes is no change of the file. */
function withoutConsent(plan: Plan): Plan {
  if (plan.machine.provider !== 'ssh') return plan;
  const { consent: _, ...machine } = plan.machine;
  return { ...plan, machine };
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
