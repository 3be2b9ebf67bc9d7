import { join, resolve } from 'node:path';
import { homeFolder } from '../host/home.js';
import {
  DEFAULTS,
  UNSIGNED,
  defaultDockerSource,
  defaultSigner,
  dockerFile,
  dockerUrls,
  knownStaticDocker,
} from './defaults.js';
import type { Format } from './format.js';
import { defaultOs, type MachineFormat } from './machine.js';
import { debianGuest, el7Guest, type DockerConfig, type GuestConfig, type Plan } from './plan.js';
import type { Config, GuestInput, Profile } from './schema.js';

/**
 * The plan of a profile: what follows from other fields filled in, paths made absolute. The input has passed the schema and the
 * rules; nothing is looked up on disk.
 * @param file absolute path of kernels.yaml
 * @param folder what relative paths in it start at
 * @param keys signing_keys of the file
 */
export function buildPlan(
  name: string,
  profile: Profile,
  file: string,
  folder: string,
  keys: Config['signing_keys'],
  { sources, machines }: Format,
): Plan {
  const provider = machines.find(({ id }) => id === profile.machine.provider);
  const guest = guestOf(profile.guest, provider);
  const { sequence, timeouts, compare } = profile;
  const withPaths = <T extends object>(value: T, paths: readonly string[] = ['path']): T =>
    Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, paths.includes(key) ? absolute(String(each), folder) : each]),
    ) as T;
  return {
    profile: name,
    file,
    machine: withPaths(profile.machine, provider?.paths),
    guest,
    docker: withPaths(dockerOf(profile.docker, guest), ['image_archive']),
    ...(profile.scenarios === undefined ? {} : { scenarios: profile.scenarios }),
    sequence,
    timeouts,
    jobs: profile.jobs ?? DEFAULTS.jobs,
    compare,
    kernels: profile.kernels.map((row) => withPaths(row, sources.find(({ id }) => id === row.source)?.paths)),
    signing_keys: Object.fromEntries(Object.entries(keys).map(([key, each]) => [key, withPaths(each)])),
  };
}

function guestOf(input: GuestInput | undefined, provider: MachineFormat | undefined): GuestConfig {
  const os = input?.os ?? defaultOs(provider, input !== undefined) ?? 'debian';
  if (os === 'debian') return debianGuest.parse({ ...input, os });
  // The repositories of a machine of ours are ours to switch off; those of an existing host are not.
  return el7Guest.parse({ package_sources: provider?.existing === undefined ? 'vault' : 'keep', ...input, os });
}

function dockerOf(input: Profile['docker'], guest: GuestConfig): DockerConfig {
  const source = input.source ?? defaultDockerSource(guest.os);
  const named = { ...DEFAULTS.docker[source], ...input, source };
  const known = source === 'static' ? knownStaticDocker(String(named.version)) : undefined;
  return {
    urls: dockerUrls(named),
    signed_by: source === 'rpm' ? defaultSigner(dockerFile(named) ?? '') : UNSIGNED,
    ...(known === undefined ? {} : { sha256: known }),
    ...named,
  };
}

/** `~/` is the home directory, as people write it; anything else starts at the folder. */
function absolute(path: string, folder: string): string {
  return path.startsWith('~/') ? join(homeFolder(), path.slice(2)) : resolve(folder, path);
}
