import { dirname, resolve } from 'node:path';
import { buildPlan } from './build.js';
import { ConfigError, optionProblem, type Problem } from './errors.js';
import { readConfig } from './load.js';
import type { KernelRow, Plan } from './plan.js';
import { show } from './breach.js';
import type { Format } from './format.js';
import { CYCLES, JOBS, type Config } from './schema.js';
import { didYouMean } from './suggest.js';

/** What the command line changes; left out or undefined means: as in kernels.yaml. */
export interface PlanOverrides {
  profile?: string | undefined;
  /** Names of rows, as a list or separated by commas; the plan keeps the order of kernels.yaml. */
  kernels?: string | readonly string[] | undefined;
  /** As typed or as a number. */
  cycles?: string | number | undefined;
  jobs?: string | number | undefined;
  /** How many jobs a plan gets for which neither kernels.yaml nor the command line says; without it one. */
  automaticJobs?: ((plan: Plan) => number) | undefined;
}

/**
 * Reads kernels.yaml and makes the plan of one profile of it.
 * @param file path as the user named it
 * @throws ConfigError for everything wrong in the file, else for everything wrong in the overrides.
 */
export function loadPlan(file: string, format: Format, overrides: PlanOverrides = {}): Plan {
  return selectPlan(readConfig(file, format), file, format, overrides);
}

/**
 * The profiles of a kernels.yaml, and those that are taken without --profile: the first of `defaults` that can run here, or
 * else the last. @throws ConfigError
 */
export function listProfiles(file: string, format: Format): { names: string[]; defaults: [string, ...string[]] } {
  const config = readConfig(file, format);
  return { names: Object.keys(config.profiles), defaults: defaultProfiles(config) };
}

/**
 * As {@link loadPlan}, for a configuration that has been read. Without a profile in the overrides the last of
 * `default_profile` is taken, the one that is left where none before it can run. @throws ConfigError for wrong overrides.
 */
export function selectPlan(config: Config, file: string, format: Format, overrides: PlanOverrides = {}): Plan {
  const problems: Problem[] = [];
  const names = Object.keys(config.profiles);
  const name = overrides.profile ?? defaultProfiles(config).at(-1)!;
  const profile = names.includes(name) ? config.profiles[name] : undefined;
  if (!profile) {
    throw new ConfigError([
      optionProblem(
        '--profile',
        `expected one of the profiles of ${file} (${names.join(', ')}), got ${show(name)}${didYouMean(name, names)}`,
      ),
    ]);
  }
  const absolute = resolve(file);
  const plan = buildPlan(name, profile, absolute, dirname(absolute), config.signing_keys, format);
  const cycles = number('--cycles', overrides.cycles, CYCLES, problems) ?? plan.sequence.cycles;
  const asked = number('--jobs', overrides.jobs, JOBS, problems) ?? profile.jobs;
  const jobs = asked ?? plan.jobs;
  const limit = format.machines.find(({ id }) => id === plan.machine.provider)?.mostJobs(plan.machine);
  if (limit && jobs > limit.most) {
    const most = limit.most === 1 ? '1' : `at most ${limit.most}`;
    problems.push(optionProblem('--jobs', `expected ${most} with ${limit.why}, got ${jobs}`));
  }
  const kernels = chooseKernels(plan, overrides.kernels, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const chosen = { ...plan, sequence: { ...plan.sequence, cycles }, jobs, kernels };
  return asked === undefined && overrides.automaticJobs ? { ...chosen, jobs: overrides.automaticJobs(chosen) } : chosen;
}

function defaultProfiles(config: Config): [string, ...string[]] {
  const chosen = config.default_profile ?? Object.keys(config.profiles)[0]!;
  return (typeof chosen === 'string' ? [chosen] : chosen) as [string, ...string[]];
}

function number(
  option: string,
  value: string | number | undefined,
  range: { min: number; max: number },
  problems: Problem[],
): number | undefined {
  if (value === undefined) return undefined;
  const parsed = typeof value === 'number' ? value : /^\d{1,9}$/.test(value.trim()) ? Number(value) : NaN;
  if (Number.isInteger(parsed) && parsed >= range.min && parsed <= range.max) return parsed;
  problems.push(
    optionProblem(option, `expected a whole number from ${range.min} to ${range.max}, got ${show(String(value))}`),
  );
  return undefined;
}

function chooseKernels(plan: Plan, wanted: PlanOverrides['kernels'], problems: Problem[]): KernelRow[] {
  if (wanted === undefined) return plan.kernels;
  const words = (typeof wanted === 'string' ? [wanted] : wanted)
    .flatMap((each) => each.split(','))
    .map((each) => each.trim())
    .filter(Boolean);
  const names = plan.kernels.map((row) => row.name);
  const all = `${names.join(', ')} (profile ${plan.profile})`;
  if (words.length === 0) problems.push(optionProblem('--kernels', `expected one or more of ${all}, got nothing`));
  const chosen = new Set<KernelRow>();
  for (const word of words) {
    const rows = matching(plan.kernels, word);
    if (rows.length === 1) chosen.add(rows[0]!);
    else if (rows.length > 1) {
      problems.push(
        optionProblem(
          '--kernels',
          `expected the name of one kernel, got ${show(word)}, which fits ${rows.map((row) => row.name).join(', ')}`,
        ),
      );
    } else
      problems.push(
        optionProblem('--kernels', `expected one or more of ${all}, got ${show(word)}${didYouMean(word, names)}`),
      );
  }
  return plan.kernels.filter((row) => chosen.has(row));
}

/** Rows a word means: the one of that name, else those of that release, else those whose name or release begins with it. */
function matching(rows: KernelRow[], word: string): KernelRow[] {
  const byName = rows.filter((row) => row.name === word);
  if (byName.length > 0) return byName;
  const byRelease = rows.filter((row) => row.release === word);
  if (byRelease.length > 0) return byRelease;
  // At the end of a part only: 6.1 must never mean 6.12.
  const begins = (text = '') => text.startsWith(word) && /^[._+~-]/.test(text.slice(word.length));
  return rows.filter((row) => begins(row.name) || begins(row.release));
}
