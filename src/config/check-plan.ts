import { fileURLToPath } from 'node:url';
import { defaultSigner, dockerFile, UNSIGNED } from './defaults.js';
import { NAME_PATTERN } from './fields.js';
import type { DockerConfig, GuestConfig, KernelRow, MachineConfig, Plan, RpmSource, SigningKeyConfig } from './plan.js';
import { breaches, show } from './rules.js';
import { configSchema } from './schema.js';
import { pathText, type Path } from './tree.js';

type Input = Record<string, unknown>;

/** Stands for a path, which is checked on its own: in a plan it is absolute and has the user's folders in it. */
const ANY_PATH = '/path';
/** A name that the rules know; the plan's own is checked apart, as it may be no key that an object takes. */
const PROFILE = 'p';

/**
 * Checks a plan that was not just made of a kernels.yaml, such as that of a run folder: what kernels.yaml demands of values and
 * of their combination is demanded of them here, by the same schema and the same rules.
 * @returns what is wrong, each with its key path (`guest.suite: expected …, got …`); nothing if all is well. Keys that a plan
 * does not have are passed over, and so is an empty list of kernels: a part of a matrix may have none.
 */
export function checkPlan(plan: Plan): string[] {
  const { jobs, sequence, timeouts, compare } = plan;
  const profile = {
    machine: machineInput(plan.machine),
    guest: guestInput(plan.guest),
    docker: dockerInput(plan.docker),
    sequence,
    timeouts,
    jobs,
    ...(compare === undefined ? {} : { compare }),
    kernels: plan.kernels.map(kernelInput),
  };
  const keys = Object.entries(plan.signing_keys ?? {});
  const input = {
    version: 1,
    signing_keys: Object.fromEntries(keys.map(([name, key]) => [name, keyInput(key)])),
    profiles: { [PROFILE]: profile },
  };
  const problems = [...pathProblems(plan)];
  if (!NAME_PATTERN.test(plan.profile) || plan.profile.length > 64)
    problems.push(`profile: expected a profile name, got ${show(plan.profile)}`);
  for (const issue of configSchema.safeParse(input).error?.issues ?? []) {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys' || (path.length === 3 && path[2] === 'kernels')) continue;
    problems.push(problem(path, issue.message, show(valueAt(input, path))));
  }
  for (const { path, expected, got } of breaches(input))
    problems.push(problem(path, expected, got ?? show(valueAt(input, path))));
  return [...new Set(problems)];
}

function problem(path: Path, expected: string, got: string): string {
  const own = path[0] === 'profiles' ? path.slice(2) : path;
  return `${pathText(own)}: expected ${expected}, got ${got}`;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], input);
}

/** Paths are absolute, so that none is an option of a program; a line break would be a line of its own in a list. */
function* pathProblems(plan: Plan): Generator<string> {
  const { machine, docker } = plan;
  const paths: [at: string, value: string | undefined][] = [
    ['file', plan.file],
    ['machine.key', machine.provider === 'ssh' ? machine.key : undefined],
    ['docker.image_archive', docker.image_archive],
  ];
  for (const [i, row] of plan.kernels.entries()) {
    if (row.source !== 'file') continue;
    paths.push([`kernels[${i}].path`, row.path], [`kernels[${i}].modules`, row.modules]);
  }
  for (const [name, { urls }] of Object.entries(plan.signing_keys ?? {})) {
    for (const url of urls.filter(isFileUrl)) paths.push([`signing_keys.${name}.path`, pathOfUrl(url)]);
  }
  for (const [at, value] of paths) {
    if (value !== undefined && !/^\/[^\p{Cc}\p{Zl}\p{Zp}]*$/u.test(value))
      yield `${at}: expected an absolute path on one line, got ${show(value)}`;
  }
}

function machineInput(machine: MachineConfig): Input {
  if (machine.provider === 'ssh') return { ...machine, ...(machine.key === undefined ? {} : { key: ANY_PATH }) };
  const { memory_mib, ...rest } = machine;
  return { ...rest, memory: `${memory_mib}MiB` };
}

function guestInput(guest: GuestConfig): Input {
  return guest.os === 'debian' ? { ...guest } : { ...guest, rpms: (guest.rpms ?? []).map(rpmInput) };
}

/** What was filled in by defaults is left out where kernels.yaml may not have it beside the rest. */
function dockerInput(docker: DockerConfig): Input {
  const { urls, dependencies, signed_by, image_urls, image_archive, ...rest } = docker;
  return {
    ...rest,
    ...given('urls', urls),
    ...given('image_urls', image_urls),
    ...given('dependencies', dependencies?.map(rpmInput)),
    ...signer(signed_by, docker.source === 'rpm' ? defaultSigner(dockerFile(docker) ?? '') : UNSIGNED),
    ...(image_archive === undefined ? {} : { image_archive: ANY_PATH }),
  };
}

function kernelInput(row: KernelRow): Input {
  if (row.source === 'rpm') return rpmInput(row);
  if (row.source === 'deb') return { ...row };
  return { ...row, path: ANY_PATH, ...(row.modules === undefined ? {} : { modules: ANY_PATH }) };
}

function rpmInput<T extends RpmSource>({ signed_by, ...rest }: T): Input {
  return { ...rest, ...signer(signed_by, defaultSigner(rest.rpm)) };
}

function signer(named: string | undefined, byDefault: string): Input {
  return named === undefined || named === byDefault ? {} : { signed_by: named };
}

function given(key: string, values: readonly unknown[] | undefined): Input {
  return values === undefined || values.length === 0 ? {} : { [key]: values };
}

function keyInput({ fingerprint, urls }: SigningKeyConfig): Input {
  const others = urls.filter((url) => !isFileUrl(url));
  return { fingerprint, ...given('urls', others), ...(others.length < urls.length ? { path: ANY_PATH } : {}) };
}

function isFileUrl(url: string): boolean {
  return url.startsWith('file://');
}

/** The path of a file URL; what is none as it stands. */
function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
