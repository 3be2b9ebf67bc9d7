import type { Tables } from './tables.js';
import { z } from 'zod';
import { COMPARED_FIGURES, DEFAULTS } from './defaults.js';
import * as field from './fields.js';
import { duration, fraction, list, strict, whole, word } from './fields.js';
import type { MachineConfig, MachineFormat } from './machine.js';
import { rowFields, type KernelRow, type SourceFormat } from './row.js';
import { rpms, signedBy } from './schema-rpm.js';
import { parseMemory } from './units.js';

/*
 * The shape of kernels.yaml: what is read, what a plan is (plan.ts) and what the editor's JSON Schema is made of. Durations come out
 * in seconds, and what is left out is filled in where it follows from nothing else; build.ts does the rest. What came out of a part
 * passes it again unchanged. Rules between fields are in rules.ts.
 */

export const CYCLES = { min: 1, max: 1000 } as const;
export const JOBS = { min: 1, max: 64 } as const;
const DAY = 24 * 3600;

export const debianGuest = strict('a guest', {
  os: z.literal('debian').optional(),
  suite: field.suite
    .default(DEFAULTS.debian.suite)
    .describe("The userland's suite; old enough for the oldest kernel of the profile."),
  mirror: field.url.optional().describe("Base URL of the Debian mirror; without it the host's own apt tells."),
  security_mirror: field.url
    .optional()
    .describe("Base URL of the security archive; without it the host's own apt tells."),
  archive_mirror: field.url.optional().describe('A second place to look for suites that have left the mirror.'),
  boot_kernel: strict('a map with suite and package', { suite: field.suite, package: field.kernelPackage })
    .default(DEFAULTS.debian.boot_kernel)
    .describe('The kernel the guest boots before any row is selected.'),
});
export const el7Guest = strict('a guest', {
  os: z.literal('el7'),
  package_sources: word(['vault', 'none', 'keep'])
    .optional()
    .describe(
      'vault (the default on Vagrant): repositories of CentOS 7.4 as archived, all others off. none: no repository at all. keep (the default on an existing host): as they are.',
    ),
  vault_urls: list('a list of URLs', field.url, 1)
    .default([...DEFAULTS.el7.vault_urls])
    .describe('Roots of the archived 7.4.1708 tree, tried in order.'),
  rpms: rpms
    .default([])
    .describe(
      'RPMs of programs the sequence needs (perl), with what they depend on, where no package source has them.',
    ),
});
const guest = z.discriminatedUnion('os', [debianGuest, el7Guest], {
  error: unionError('os', 'a map that describes the guest', ['debian', 'el7']),
});

export const docker = strict('a map that describes Docker', {
  source: word(['deb', 'rpm', 'static']).optional(),
  package: field.packageName.optional(),
  version: field.packageVersion.optional(),
  urls: list('a list of URLs', field.url)
    .optional()
    .describe("Places to fetch Docker's RPM or static archive from, tried in order; Docker's own without it."),
  sha256: field.sha256.optional().describe("Of Docker's RPM or static archive; the archive carries no signature."),
  signed_by: signedBy,
  dependencies: rpms
    .default([])
    .describe("RPMs that Docker's RPM depends on, where no package source of the guest has them."),
  image: field.image.optional().describe('Image the churn cases run.'),
  image_archive: field.path
    .optional()
    .describe(
      'A docker save archive of the image, loaded instead of pulling; relative to the directory of kernels.yaml.',
    ),
  image_urls: list('a list of URLs', field.url)
    .default([])
    .describe('Places to fetch such an archive from, tried in order; needs image_sha256.'),
  image_sha256: field.sha256.optional().describe('Of the archive.'),
  registry_mirrors: list('a list of URLs', field.url).default([]),
  storage_driver: word([
    'overlay2',
    'overlay',
    'vfs',
    'devicemapper',
    'btrfs',
    'zfs',
    'aufs',
    'fuse-overlayfs',
  ]).default(DEFAULTS.storage_driver),
});

export const sequence = strict('a map that describes the sequence', {
  cycles: whole(CYCLES.min, CYCLES.max)
    .default(DEFAULTS.sequence.cycles)
    .describe('Containers created and deleted in each churn case.'),
  limit: field.limit.default(DEFAULTS.sequence.limit).describe('Memory limit of case 3, as docker run -m takes it.'),
  settle: duration(0, 3600)
    .default(DEFAULTS.sequence.settle)
    .describe('How long a slot may take to come back before it counts as lost.'),
  max_directories: whole(1, 200_000)
    .default(DEFAULTS.sequence.max_directories)
    .describe('A guard against a kernel that never refuses; ids end at 65535.'),
});

export const timeouts = strict('a map of deadlines', {
  boot: duration(1, DAY)
    .default(DEFAULTS.timeouts.boot)
    .describe('From power-on or reboot until SSH answers; four times as long while the console goes on.'),
  command: duration(1, DAY).default(DEFAULTS.timeouts.command).describe('One ordinary command in the guest.'),
  docker: duration(1, DAY).default(DEFAULTS.timeouts.docker).describe('One docker command.'),
  exhaust: duration(1, DAY)
    .default(DEFAULTS.timeouts.exhaust)
    .describe(
      'Filling or emptying the test directory, which is given up earlier if it says nothing for as long as command.',
    ),
  provision: duration(1, DAY)
    .default(DEFAULTS.timeouts.provision)
    .describe('One installing step in a guest: a package, a copy, a pulled image.'),
});

const tolerance = (figure: (typeof COMPARED_FIGURES)[number]) =>
  fraction(0, 1000).default(DEFAULTS.compare.tolerance[figure]);
export const compare = strict('a map that describes comparisons', {
  alpha: fraction(0.000001, 0.5)
    .default(DEFAULTS.compare.alpha)
    .describe('The p of the rank test below which a difference counts.'),
  effect: fraction(0, 1).default(DEFAULTS.compare.effect).describe("The least Cliff's delta (0 to 1) that counts."),
  min_samples: whole(2, 1000)
    .default(DEFAULTS.compare.min_samples)
    .describe('With fewer samples in either run the answer is: too few samples to say.'),
  tolerance: strict('a map of tolerances', {
    capacity: tolerance('capacity').describe(
      'Slots at exhaustion; a kernel of the same release is compared exactly without it.',
    ),
    lost_per_cycle: tolerance('lost_per_cycle'),
    bytes_per_cgroup: tolerance('bytes_per_cgroup').describe(
      'A run has one figure, a mean over all directories: only the tolerance decides.',
    ),
    seconds_per_cycle: tolerance('seconds_per_cycle'),
    boot_seconds: tolerance('boot_seconds').describe('A run has one figure, so alone it is always too few to say.'),
  } satisfies Record<(typeof COMPARED_FIGURES)[number], unknown>)
    .prefault({})
    .describe('Relative change of the median that does not count: 0.1 is 10 %.'),
  fails: list(`a list of ${COMPARED_FIGURES.join(', ')}`, word(COMPARED_FIGURES))
    .default([...DEFAULTS.compare.fails])
    .describe('Figures that fail a run (exit code 4) when they are worse than the baseline; verdicts always do.'),
});

/** A row of one source: the fields of every row and its own. */
function rowSchema(source: SourceFormat) {
  const row = strict('a kernel', { ...rowFields, source: z.literal(source.id), ...source.schema });
  return row.transform((each) => source.complete?.(each as KernelRow) ?? (each as KernelRow));
}

/** A row of one of these sources. */
export function rowSchemaOf(sources: readonly SourceFormat[]) {
  return z.discriminatedUnion('source', sources.map(rowSchema) as [ReturnType<typeof rowSchema>], {
    error: unionError(
      'source',
      'a kernel',
      sources.map(({ id }) => id),
    ),
  });
}

/** The machines of one provider, as a plan has them once they have passed. */
function machineSchema({ id, schema }: MachineFormat, isDefault: boolean) {
  const provider = z.literal(id);
  const machine = strict('a machine', { provider: isDefault ? provider.optional() : provider, ...schema });
  return machine.transform(({ memory, ...rest }: Record<string, unknown>): MachineConfig => {
    const memory_mib = typeof memory === 'string' ? parseMemory(memory) : null;
    return { ...rest, provider: id, ...(memory_mib === null ? {} : { memory_mib }) };
  });
}

/** The machines of one of these providers; the first is the default. */
function machineSchemaOf(machines: readonly MachineFormat[]) {
  const branches = machines.map((each, index) => machineSchema(each, index === 0));
  return z.discriminatedUnion('provider', branches as [(typeof branches)[number]], {
    error: unionError(
      'provider',
      'a map that describes the machine',
      machines.map(({ id }) => id),
    ),
  });
}

const profileFields = {
  guest: guest.optional(),
  docker: docker.prefault({}),
  sequence: sequence.prefault({}),
  timeouts: timeouts.prefault({}),
  jobs: whole(JOBS.min, JOBS.max)
    .optional()
    .describe(
      'Machines that work at the same time; never more than the host has processors and memory for. Without it as many as it has with provider qemu, else 1.',
    ),
  compare: compare.prefault({}).describe('When a figure of this run differs from that of an earlier one.'),
};

export const signingKey = strict('a map with fingerprint and urls or path', {
  fingerprint: field.fingerprint,
  urls: list('a list of URLs', field.url).default([]),
  path: field.path.optional().describe('The key in a file; relative to the directory of kernels.yaml.'),
});

/** What each kernel goes through, by the names in a table. */
export function scenarioList(scenarios: Tables['scenarios']) {
  const ids = scenarios.map(({ id }) => id);
  const each = list('a list of at least one scenario', word(ids as [string, ...string[]]), 1);
  return each.refine((names) => new Set(names).size === names.length, { error: 'each scenario once' });
}

/** @param tables what the tables of other folders add. */
export function configSchema({ sources, machines, scenarios }: Tables) {
  const kernel = rowSchemaOf(sources);
  const profile = strict('a profile', {
    machine: machineSchemaOf(machines).prefault({ provider: undefined }),
    ...profileFields,
    scenarios: scenarioList(scenarios)
      .optional()
      .describe('What each kernel goes through, in this order; the first there is if left out.'),
    kernels: list('a list of at least one kernel', kernel, 1).describe('The rows of the matrix.'),
  });
  return strict('a map with version and profiles', {
    version: z.literal(1, { error: '1, the version of this format' }),
    default_profile: z
      .union([field.profileName, list('a list of profile names', field.profileName, 1)], {
        error: 'a profile name or a list of them',
      })
      .optional()
      .describe(
        'The profile taken without --profile; of a list the first that can run on this host, or else the last. May be left out if there is only one profile.',
      ),
    signing_keys: z
      .record(z.string(), signingKey, { error: 'a map of signing keys' })
      .default({})
      .describe('Keys of your own that RPMs are signed with, by the name used in signed_by.'),
    profiles: z.record(z.string(), profile, { error: 'a map of profiles' }),
  });
}

/** A kernels.yaml that was read. */
export type Config = z.output<ReturnType<typeof configSchema>>;
export type Profile = Config['profiles'][string];
export type GuestInput = z.output<typeof guest>;

/** The error of a union of maps. It fails as a whole only when its discriminator fits no branch, or when the value is no map at all. */
export function unionError(key: string, what: string, values: string[]) {
  return (issue: { code?: string | undefined }) =>
    issue.code === 'invalid_union' ? values.join(', ') : `${what} with ${key}: ${values.join(', ')}`;
}
