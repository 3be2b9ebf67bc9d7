import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { homeFolder } from '../host/home.js';
import {
  DEFAULTS,
  UNSIGNED,
  defaultDockerSource,
  defaultGuestOs,
  defaultSigner,
  dockerFile,
  dockerUrls,
  knownStaticDocker,
} from './defaults.js';
import type {
  CompareConfig,
  DockerConfig,
  El7GuestConfig,
  GuestConfig,
  KernelRow,
  MachineConfig,
  Plan,
  RpmSource,
  SigningKeyConfig,
} from './plan.js';
import type { ConfigInput, GuestInput, KernelInput, MachineInput, ProfileInput, RpmInput } from './schema.js';
import { parseDuration, parseMemory } from './units.js';

/**
 * The plan of a profile: units converted, paths made absolute, what was left out filled in. The input has passed the
 * schema and the rules; nothing is looked up on disk.
 * @param file absolute path of kernels.yaml
 * @param folder what relative paths in it start at
 * @param keys signing_keys of the file
 */
export function buildPlan(
  name: string,
  profile: ProfileInput,
  file: string,
  folder: string,
  keys: ConfigInput['signing_keys'] = {},
): Plan {
  const machine = machineOf(profile.machine ?? {}, folder);
  const guest = guestOf(profile.guest, machine.provider);
  const { sequence, timeouts } = profile;
  return {
    profile: name,
    file,
    machine,
    guest,
    docker: dockerOf(profile.docker ?? {}, guest, folder),
    sequence: { ...DEFAULTS.sequence, ...sequence, settle: seconds(sequence?.settle, DEFAULTS.sequence.settle) },
    timeouts: {
      boot: seconds(timeouts?.boot, DEFAULTS.timeouts.boot),
      command: seconds(timeouts?.command, DEFAULTS.timeouts.command),
      docker: seconds(timeouts?.docker, DEFAULTS.timeouts.docker),
      exhaust: seconds(timeouts?.exhaust, DEFAULTS.timeouts.exhaust),
      provision: seconds(timeouts?.provision, DEFAULTS.timeouts.provision),
    },
    jobs: profile.jobs ?? DEFAULTS.jobs,
    compare: compareOf(profile.compare ?? {}),
    kernels: profile.kernels.map((kernel) => rowOf(kernel, folder)),
    signing_keys: Object.fromEntries(Object.entries(keys).map(([key, input]) => [key, keyOf(input, folder)])),
  };
}

function compareOf({ tolerance, ...input }: NonNullable<ProfileInput['compare']>): CompareConfig {
  return { ...DEFAULTS.compare, ...input, tolerance: { ...DEFAULTS.compare.tolerance, ...tolerance } };
}

function machineOf(input: MachineInput, folder: string): MachineConfig {
  switch (input.provider) {
    case 'vagrant': {
      const { memory, box_sha256, ...rest } = input;
      return { ...DEFAULTS.vagrant, ...rest, ...mebibytes(memory), ...checksum('box_sha256', box_sha256) };
    }
    case 'ssh': {
      const { key, ...rest } = input;
      return { ...DEFAULTS.ssh, ...rest, ...(key === undefined ? {} : { key: absolute(key, folder) }) };
    }
    default: {
      const { memory, ...rest } = input;
      return { ...DEFAULTS.qemu, ...rest, provider: 'qemu', ...mebibytes(memory) };
    }
  }
}

function guestOf(input: GuestInput | undefined, provider: string): GuestConfig {
  if (input?.os === 'el7') return el7Of(input, provider);
  if (input === undefined && defaultGuestOs(provider, false) === 'el7') return el7Of({}, provider);
  return { ...DEFAULTS.debian, ...input, os: 'debian' };
}

/** The repositories of a machine of ours are ours to switch off; those of an existing host are not. */
function el7Of(input: Partial<Extract<GuestInput, { os: 'el7' }>>, provider: string): El7GuestConfig {
  return {
    os: 'el7',
    package_sources: input.package_sources ?? (provider === 'ssh' ? 'keep' : 'vault'),
    vault_urls: input.vault_urls ?? [...DEFAULTS.el7.vault_urls],
    rpms: (input.rpms ?? []).map(rpmOf),
  };
}

function dockerOf(input: NonNullable<ProfileInput['docker']>, guest: GuestConfig, folder: string): DockerConfig {
  const source = input.source ?? defaultDockerSource(guest.os);
  const named = { ...DEFAULTS.docker[source], ...input, source };
  const known = source === 'static' ? knownStaticDocker(String(named.version)) : undefined;
  return {
    storage_driver: DEFAULTS.storage_driver,
    registry_mirrors: [],
    urls: dockerUrls(named),
    image_urls: [],
    ...named,
    signed_by: input.signed_by ?? (source === 'rpm' ? defaultSigner(dockerFile(named) ?? '') : UNSIGNED),
    dependencies: (input.dependencies ?? []).map(rpmOf),
    ...checksum('sha256', input.sha256 ?? known),
    ...checksum('image_sha256', input.image_sha256),
    ...(input.image_archive === undefined ? {} : { image_archive: absolute(input.image_archive, folder) }),
  };
}

function rowOf(kernel: KernelInput, folder: string): KernelRow {
  const common = { cmdline: [], cgroup: DEFAULTS.cgroup };
  switch (kernel.source) {
    case 'deb':
      return { ...common, ...kernel, ...checksum('sha256', kernel.sha256) };
    case 'rpm': {
      const { modules_rpms: modules, ...rest } = kernel;
      const split = modules === undefined ? {} : { modules_rpms: modules.map(rpmOf) };
      return { ...common, ...rest, ...rpmOf(kernel), ...split };
    }
    case 'file': {
      const modules = kernel.modules === undefined ? {} : { modules: absolute(kernel.modules, folder) };
      return { ...common, initramfs: DEFAULTS.initramfs, ...kernel, path: absolute(kernel.path, folder), ...modules };
    }
  }
}

function rpmOf(input: RpmInput): RpmSource {
  const { rpm, urls = [], sha256, signed_by = defaultSigner(rpm) } = input;
  return { rpm, urls, signed_by, ...checksum('sha256', sha256) };
}

function keyOf(input: NonNullable<ConfigInput['signing_keys']>[string], folder: string): SigningKeyConfig {
  const file = input.path === undefined ? [] : [pathToFileURL(absolute(input.path, folder)).href];
  return { fingerprint: input.fingerprint.toUpperCase(), urls: [...file, ...(input.urls ?? [])] };
}

function seconds(value: string | number | undefined, otherwise: number): number {
  return value === undefined ? otherwise : (parseDuration(value) ?? otherwise);
}

function mebibytes(value: string | undefined): { memory_mib?: number } {
  const mib = value === undefined ? null : parseMemory(value);
  return mib === null ? {} : { memory_mib: mib };
}

/** Checksums are compared as text: lower case. */
function checksum<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return (value === undefined ? {} : { [key]: value.toLowerCase() }) as { [key in K]?: string };
}

/** `~/` is the home directory, as people write it; anything else starts at the folder. */
function absolute(path: string, folder: string): string {
  return path.startsWith('~/') ? join(homeFolder(), path.slice(2)) : resolve(folder, path);
}
