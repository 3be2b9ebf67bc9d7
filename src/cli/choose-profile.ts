import { ConfigError, formatProblem } from '../config/errors.js';
import type { Plan } from '../config/plan.js';
import type { PlanOverrides } from '../config/select.js';
import { obstacle } from '../doctor/profile.js';
import { listProfiles, loadPlan } from './kernels-yaml.js';

/** A plan, and why its profile was chosen, for the first line of a run and for every report. */
export interface Choice {
  plan: Plan;
  reason: string;
}

/**
 * The plan of the profile of --profile. Without it, of the first of `default_profile` for which this host has all that doctor checks;
 * if there is none, of the last, and the start of the run reports what is missing.
 * @param keepsFromRunning finds what keeps a plan from running on this host; null if nothing does.
 * @throws ConfigError for a wrong kernels.yaml or wrong options.
 */
export async function choosePlan(
  config: string,
  overrides: PlanOverrides,
  keepsFromRunning: typeof obstacle = obstacle,
): Promise<Choice> {
  if (overrides.profile !== undefined) return { plan: loadPlan(config, overrides), reason: 'asked for with --profile' };
  const { defaults, names } = listProfiles(config);
  const passedOver: string[] = [];
  for (const profile of defaults.slice(0, -1)) {
    const plan = planOrProblem(config, { ...overrides, profile });
    if (typeof plan === 'string') {
      passedOver.push(`${profile} is passed over (${plan})`);
      continue;
    }
    const found = await keepsFromRunning(plan);
    if (found === null) return { plan, reason: `the first of default_profile, and this host has all it needs` };
    passedOver.push(`${profile} cannot run here (${found.topic}: ${found.detail.split('\n')[0]})`);
  }
  const plan = loadPlan(config, { ...overrides, profile: defaults.at(-1)! });
  if (passedOver.length > 0) return { plan, reason: passedOver.join('; ') };
  return {
    plan,
    reason: names.length > 1 ? `the default_profile of ${plan.file}` : `the only profile of ${plan.file}`,
  };
}

/** A profile without a row that --kernels names is no error if another profile has it. @returns the plan, or what is wrong. */
function planOrProblem(config: string, overrides: PlanOverrides): Plan | string {
  try {
    return loadPlan(config, overrides);
  } catch (error) {
    if (error instanceof ConfigError) return formatProblem(error.problems[0]!).split('\n')[0]!;
    throw error;
  }
}
