import { UNSIGNED } from './defaults.js';
import { show } from './breach.js';
import type { Format } from './format.js';
import { planSchemaOf, type DockerConfig, type MachineConfig, type Plan } from './plan.js';
import { breaches } from './rules.js';
import { pathText, type Path } from './tree.js';

/** A name that the rules know; the plan's own is checked by the schema, and may be no key that an object takes. */
const PROFILE = 'p';

/**
 * Checks a plan that was not just made of a kernels.yaml, such as that of a run folder: what kernels.yaml demands of values and
 * of their combination is demanded of them here, by the same schema and the same rules.
 * @returns what is wrong, each with its key path (`guest.suite: expected …, got …`); nothing if all is well. Keys that a plan
 * does not have are passed over, and so is an empty list of kernels: a part of a matrix may have none.
 */
export function checkPlan(plan: Plan, format: Format): string[] {
  const { machine, guest, docker, jobs, kernels, signing_keys } = plan;
  const profile = { machine: machineInput(machine), guest, docker: dockerInput(docker), jobs, kernels };
  const input = { signing_keys, profiles: { [PROFILE]: profile } };
  const problems = [
    ...(planSchemaOf(format).safeParse(plan).error?.issues ?? []).map(({ path, message }) =>
      problem(path as Path, message, show(valueAt(plan, path as Path))),
    ),
    ...breaches(input, format).map(({ path, expected, got }) =>
      problem(path[0] === 'profiles' ? path.slice(2) : path, expected, got ?? show(valueAt(input, path))),
    ),
  ];
  return [...new Set(problems)];
}

function problem(path: Path, expected: string, got: string): string {
  return `${pathText(path)}: expected ${expected}, got ${got}`;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], input);
}

function machineInput(machine: MachineConfig) {
  const { memory_mib: mib } = machine as MachineConfig & { memory_mib?: number };
  return mib === undefined ? machine : { ...machine, memory: `${mib}MiB` };
}

/** Without what was filled in where kernels.yaml may not have it beside the rest. */
function dockerInput({ signed_by, ...docker }: DockerConfig) {
  const given = Object.entries(docker).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  return { ...Object.fromEntries(given), ...(signed_by === UNSIGNED && docker.source !== 'rpm' ? {} : { signed_by }) };
}
