/**
 * kernels.yaml with everything it can say. src/config reads it and knows no kernel source, provider or scenario: those are in folders that stand above it
 * and deal with downloads and machines. So their tables meet here, in the one folder that stands above all of them.
 */
import { checkPlan as check } from '../config/check-plan.js';
import { formatOf } from '../config/format.js';
import type { Plan } from '../config/plan.js';
import * as config from '../config/select.js';
import { KERNEL_SOURCES } from '../kernel/index.js';
import { PROVIDERS } from '../provider/index.js';
import { SCENARIOS } from '../scenario/index.js';

export const FORMAT = formatOf({ sources: KERNEL_SOURCES, machines: PROVIDERS, scenarios: SCENARIOS });

/** Reads kernels.yaml and makes the plan of one profile of it. @throws ConfigError */
export function loadPlan(file: string, overrides?: config.PlanOverrides): Plan {
  return config.loadPlan(file, FORMAT, overrides);
}

/** The profiles of a kernels.yaml; see src/config/select.ts. @throws ConfigError */
export function listProfiles(file: string): ReturnType<typeof config.listProfiles> {
  return config.listProfiles(file, FORMAT);
}

/** What is wrong with a plan that may come from anybody; see src/config/check-plan.ts. */
export function checkPlan(plan: Plan): string[] {
  return check(plan, FORMAT);
}
