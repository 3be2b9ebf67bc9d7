import { z } from 'zod';
import * as field from './fields.js';
import { duration, fraction, list, memory, strict, whole, word } from './fields.js';
import { COMPARED_FIGURES } from './plan.js';
import { rpmFields, rpms, signedBy } from './schema-rpm.js';

/*
 * The shape of kernels.yaml, as written (units and relative paths still in it): what the editor's JSON Schema is made of.
 * Rules between fields are in rules.ts, what is left out is filled in by defaults.ts.
 */

export const CYCLES = { min: 1, max: 1000 } as const;
export const JOBS = { min: 1, max: 64 } as const;
const DAY = 24 * 3600;

const rowFields = {
  name: field.kernelName.describe('The name of the row, unique in its profile; used with --kernels and in file names.'),
  cgroup: word(['v1', 'v2'])
    .optional()
    .describe(
      "The hierarchy the memory controller is used through; v1 if left out. Debian's kernels from 6.12 on have v2 only.",
    ),
  expect: word(['clean', 'reclaimable', 'leaks'])
    .optional()
    .describe('The verdict expected; without it the row is only reported and cannot fail the run.'),
  cmdline: list('a list of kernel command line words', field.commandLineWord)
    .optional()
    .describe('Words added to the kernel command line.'),
  known_failure: strict('a map with reason and until', {
    reason: field.sentence.describe('Why it fails, for those who read the reports: an issue, a commit.'),
    until: field.date.describe('The last day (UTC) on which it may fail; from the next day on it fails the run.'),
  })
    .optional()
    .describe(
      'A verdict other than expected, or worse than the baseline, is known: it is shown and does not fail the run, until the day given.',
    ),
};
const release = field.release.describe('What uname -r must answer, at most 64 characters.');

const debKernel = strict('a kernel', {
  ...rowFields,
  source: z.literal('deb'),
  release: release.optional(),
  suite: field.suite.describe('Debian suite, for example bookworm-security.'),
  package: field.kernelPackage.describe(
    'Package name. * matches any run of characters and the whole name has to match; of what matches only packages with a bootable kernel count, never -dbg, and none that ends in -unsigned. The newest version is taken.',
  ),
  version: field.packageVersion
    .optional()
    .describe('Fixes the version; without it the newest is taken and its sha256 recorded.'),
  sha256: field.sha256.optional().describe('Fixes the content of the package.'),
});

const fileKernel = strict('a kernel', {
  ...rowFields,
  source: z.literal('file'),
  release: release.optional(),
  path: field.path.describe('The bzImage; a relative path starts at the directory of kernels.yaml.'),
  modules: field.path.optional().describe("The kernel's own directory of modules, .../lib/modules/<release>."),
  initramfs: word(['auto', 'none', 'always'])
    .optional()
    .describe('auto (the default) makes one only if the disk driver or ext4 is a module.'),
});

const rpmKernel = strict('a kernel', {
  ...rowFields,
  source: z.literal('rpm'),
  release,
  ...rpmFields,
  modules_rpms: rpms
    .optional()
    .describe(
      'The other RPMs of a kernel that is split into several, as from el8 on and in Fedora: kernel-modules, kernel-modules-core. rpm: is then kernel-core. Embedded guest only.',
    ),
});

const kernel = z.discriminatedUnion('source', [debKernel, fileKernel, rpmKernel], {
  error: unionError('source', 'a kernel', ['deb', 'file', 'rpm']),
});

const cpus = whole(1, 256).optional().describe('Virtual processors of each machine.');
const qemuMachine = strict('a machine', {
  provider: z.literal('qemu').optional(),
  cpus,
  memory: memory(1024)
    .optional()
    .describe('Memory of each machine, for example 3GiB. 65 thousand memory cgroups need 1 to 2 GiB.'),
  disk_bus: word(['nvme', 'virtio', 'sata']).optional(),
  accelerator: word(['auto', 'kvm', 'tcg'])
    .optional()
    .describe('auto tries KVM by booting with it, then takes TCG (software emulation).'),
  ssh_port: whole(1024, 65535)
    .optional()
    .describe(
      'Fixed port for SSH on 127.0.0.1; with several jobs the ports count up from it. Without it free ones are taken.',
    ),
});
const vagrantMachine = strict('a machine', {
  provider: z.literal('vagrant'),
  cpus,
  memory: memory(1024).optional().describe('Memory of each machine; CentOS 7 needs 8GiB at least.'),
  box: field.box.describe('Name of the box.'),
  box_urls: list('a list of URLs', field.url).optional().describe('Direct URLs of the .box file, tried in order.'),
  box_sha256: field.sha256.optional(),
  hypervisor: word(['libvirt', 'virtualbox']).optional().describe("Vagrant's provider; Vagrant chooses without it."),
  emulated: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('libvirt only: emulate the processor, for hosts without hardware virtualisation. Slow.'),
});
const sshMachine = strict('a machine', {
  provider: z.literal('ssh'),
  host: field.host,
  port: whole(1, 65535).optional(),
  user: field.user.optional(),
  key: field.path
    .optional()
    .describe('Path of the private key; a relative path starts at the directory of kernels.yaml.'),
  host_key: field.hostKey
    .optional()
    .describe(
      'The public key the host shows, as its /etc/ssh/ssh_host_ed25519_key.pub has it; without it known_hosts must have one.',
    ),
  consent: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('true: the host may be changed (packages, boot menu, reboots) without --yes on the command line.'),
});
const machine = z.discriminatedUnion('provider', [qemuMachine, vagrantMachine, sshMachine], {
  error: unionError('provider', 'a map that describes the machine', ['qemu', 'vagrant', 'ssh']),
});

const debianGuest = strict('a guest', {
  os: z.literal('debian').optional(),
  suite: field.suite.optional().describe("The userland's suite; old enough for the oldest kernel of the profile."),
  mirror: field.url.optional().describe("Base URL of the Debian mirror; without it the host's own apt tells."),
  security_mirror: field.url
    .optional()
    .describe("Base URL of the security archive; without it the host's own apt tells."),
  archive_mirror: field.url.optional().describe('A second place to look for suites that have left the mirror.'),
  boot_kernel: strict('a map with suite and package', { suite: field.suite, package: field.kernelPackage })
    .optional()
    .describe('The kernel the guest boots before any row is selected.'),
});
const el7Guest = strict('a guest', {
  os: z.literal('el7'),
  package_sources: word(['vault', 'none', 'keep'])
    .optional()
    .describe(
      'vault (the default on Vagrant): repositories of CentOS 7.4 as archived, all others off. none: no repository at all. keep (the default on an existing host): as they are.',
    ),
  vault_urls: list('a list of URLs', field.url, 1)
    .optional()
    .describe('Roots of the archived 7.4.1708 tree, tried in order.'),
  rpms: rpms
    .optional()
    .describe(
      'RPMs of programs the sequence needs (perl), with what they depend on, where no package source has them.',
    ),
});
const guest = z.discriminatedUnion('os', [debianGuest, el7Guest], {
  error: unionError('os', 'a map that describes the guest', ['debian', 'el7']),
});

const docker = strict('a map that describes Docker', {
  source: word(['deb', 'rpm', 'static']).optional(),
  package: field.packageName.optional(),
  version: field.packageVersion.optional(),
  urls: list('a list of URLs', field.url)
    .optional()
    .describe("Places to fetch Docker's RPM or static archive from, tried in order; Docker's own without it."),
  sha256: field.sha256.optional().describe("Of Docker's RPM or static archive; the archive carries no signature."),
  signed_by: signedBy,
  dependencies: rpms
    .optional()
    .describe("RPMs that Docker's RPM depends on, where no package source of the guest has them."),
  image: field.image.optional().describe('Image the churn cases run.'),
  image_archive: field.path
    .optional()
    .describe(
      'A docker save archive of the image, loaded instead of pulling; relative to the directory of kernels.yaml.',
    ),
  image_urls: list('a list of URLs', field.url)
    .optional()
    .describe('Places to fetch such an archive from, tried in order; needs image_sha256.'),
  image_sha256: field.sha256.optional().describe('Of the archive.'),
  registry_mirrors: list('a list of URLs', field.url).optional(),
  storage_driver: word([
    'overlay2',
    'overlay',
    'vfs',
    'devicemapper',
    'btrfs',
    'zfs',
    'aufs',
    'fuse-overlayfs',
  ]).optional(),
});

const sequence = strict('a map that describes the sequence', {
  cycles: whole(CYCLES.min, CYCLES.max).optional().describe('Containers created and deleted in each churn case.'),
  limit: field.limit.optional().describe('Memory limit of case 3, as docker run -m takes it.'),
  settle: duration(0, 3600).optional().describe('How long a slot may take to come back before it counts as lost.'),
  max_directories: whole(1, 200_000)
    .optional()
    .describe('A guard against a kernel that never refuses; ids end at 65535.'),
});

const timeouts = strict('a map of deadlines', {
  boot: duration(1, DAY)
    .optional()
    .describe('From power-on or reboot until SSH answers; four times as long while the console goes on.'),
  command: duration(1, DAY).optional().describe('One ordinary command in the guest.'),
  docker: duration(1, DAY).optional().describe('One docker command.'),
  exhaust: duration(1, DAY)
    .optional()
    .describe(
      'Filling or emptying the test directory, which is given up earlier if it says nothing for as long as command.',
    ),
  provision: duration(1, DAY).optional().describe('One installing step in a guest: a package, a copy, a pulled image.'),
});

const tolerance = fraction(0, 1000).optional();
const compare = strict('a map that describes comparisons', {
  alpha: fraction(0.000001, 0.5).optional().describe('The p of the rank test below which a difference counts.'),
  effect: fraction(0, 1).optional().describe("The least Cliff's delta (0 to 1) that counts."),
  min_samples: whole(2, 1000)
    .optional()
    .describe('With fewer samples in either run the answer is: too few samples to say.'),
  tolerance: strict('a map of tolerances', {
    capacity: tolerance.describe('Slots at exhaustion; a kernel of the same release is compared exactly without it.'),
    lost_per_cycle: tolerance,
    bytes_per_cgroup: tolerance.describe(
      'A run has one figure, a mean over all directories: only the tolerance decides.',
    ),
    seconds_per_cycle: tolerance,
    boot_seconds: tolerance.describe('A run has one figure, so alone it is always too few to say.'),
  } satisfies Record<(typeof COMPARED_FIGURES)[number], unknown>)
    .optional()
    .describe('Relative change of the median that does not count: 0.1 is 10 %.'),
  fails: list(`a list of ${COMPARED_FIGURES.join(', ')}`, word(COMPARED_FIGURES))
    .optional()
    .describe('Figures that fail a run (exit code 4) when they are worse than the baseline; verdicts always do.'),
});

const profile = strict('a profile', {
  machine: machine.optional(),
  guest: guest.optional(),
  docker: docker.optional(),
  sequence: sequence.optional(),
  timeouts: timeouts.optional(),
  jobs: whole(JOBS.min, JOBS.max)
    .optional()
    .describe(
      'Machines that work at the same time; never more than the host has processors and memory for. Without it as many as it has with provider qemu, else 1.',
    ),
  compare: compare.optional().describe('When a figure of this run differs from that of an earlier one.'),
  kernels: list('a list of at least one kernel', kernel, 1).describe('The rows of the matrix.'),
});

export const configSchema = strict('a map with version and profiles', {
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
    .record(
      z.string(),
      strict('a map with fingerprint and urls or path', {
        fingerprint: field.fingerprint,
        urls: list('a list of URLs', field.url).optional(),
        path: field.path.optional().describe('The key in a file; relative to the directory of kernels.yaml.'),
      }),
      { error: 'a map of signing keys' },
    )
    .optional()
    .describe('Keys of your own that RPMs are signed with, by the name used in signed_by.'),
  profiles: z.record(z.string(), profile, { error: 'a map of profiles' }),
});

export type ConfigInput = z.infer<typeof configSchema>;
export type ProfileInput = z.infer<typeof profile>;
export type KernelInput = z.infer<typeof kernel>;
export type MachineInput = z.infer<typeof machine>;
export type GuestInput = z.infer<typeof guest>;
export type RpmInput = z.infer<typeof rpms>[number];

/** A union fails as a whole only when its discriminator fits no branch, or when the value is no map at all. */
function unionError(key: string, what: string, values: string[]) {
  return (issue: { code?: string | undefined }) =>
    issue.code === 'invalid_union' ? values.join(', ') : `${what} with ${key}: ${values.join(', ')}`;
}
