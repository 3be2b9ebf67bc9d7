/** The container runtimes that there are. */
import type { Plan } from '../config/plan.js';
import { docker } from './docker.js';
import type { Runtime } from './runtime.js';

const RUNTIMES = {
  docker: ({ docker: config, timeouts }: Plan) => docker(config, timeouts.docker),
} satisfies Record<string, (plan: Plan) => Runtime>;

/** The runtime that a plan's containers run under. */
export function runtimeOf(plan: Plan): Runtime {
  return RUNTIMES.docker(plan);
}
