import { append } from '../base/lists.js';
import type { Plan } from '../config/plan.js';
import { kernelChecks } from '../kernel/table.js';
import { providerOf } from '../provider/table.js';
import { artifacts } from './artifacts.js';
import { firstBad, good, type Check, type Finding } from '../base/finding.js';
import { machines, programs, resources } from './host.js';

/** The checks of a profile, the cheapest first. */
function checksOf(plan: Plan): Check[] {
  const { machine } = plan;
  return [
    () => programs(plan),
    () => resources(plan),
    ...providerOf(machine).checks(machine),
    ...kernelChecks(plan),
    () => artifacts(plan),
  ];
}

/** Runs every check of a profile. */
export async function examine(plan: Plan): Promise<Finding[]> {
  const found: Finding[] = [good('Node.js', process.version)];
  for (const check of checksOf(plan)) append(found, await check());
  return [...found, ...machines()];
}

/** The first finding that prevents a profile from running here; null if there is none. Later checks are not run. */
export async function obstacle(plan: Plan): Promise<Finding | null> {
  for (const check of checksOf(plan)) {
    const found = firstBad(await check());
    if (found) return found;
  }
  return null;
}
