/**
 * What a run is asked to do, after kernels.yaml has been read and checked and the command line applied.
 * Plain data: it is written whole into the journal, so a report never needs kernels.yaml again.
 * Keys are spelled as in kernels.yaml. Durations are seconds, memory is MiB.
 */

/** Which cgroup hierarchy the memory controller is used through. */
export type CgroupVersion = 'v1' | 'v2';

/** What a kernel is expected to show; the words are those of the verdict. */
export type Expectation = 'clean' | 'reclaimable' | 'leaks';

/** A kernel from a Debian binary package, extracted and never installed. */
export interface DebKernelSource {
  source: 'deb';
  /** Debian suite, for example `bookworm-security`. */
  suite: string;
  /** Package name; `*` matches any run of characters, the newest version that matches is taken. */
  package: string;
  /** Fixes the package version; without it the newest is taken. */
  version?: string;
  /** Fixes the archive's sha256 (64 hex digits). */
  sha256?: string;
}

/** A kernel of the user's own: a bzImage and, optionally, its modules. */
export interface FileKernelSource {
  source: 'file';
  /** Absolute path of the bzImage (resolved against the directory of kernels.yaml). */
  path: string;
  /** Absolute path of a directory that is `<release>/` of /lib/modules. */
  modules?: string;
  /** `auto` makes an initramfs only if the disk driver or ext4 is a module. */
  initramfs: 'auto' | 'none' | 'always';
}

/** An RPM: which, where it may be had, and by what it is known to be the right one. */
export interface RpmSource {
  /** Its file name, for example `kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm`. */
  rpm: string;
  /** Places to fetch it from, tried in order. */
  urls: string[];
  /** 64 hex digits. */
  sha256?: string;
  /** Name of the key it must be signed with: one of this program's (`BUILT_IN_KEYS`) or of `Plan.signing_keys`; `none` where only its sha256 counts. */
  signed_by: string;
}

/** A kernel from an RPM. On CentOS 7 it is installed, in the embedded guest only extracted. */
export type RpmKernelSource = {
  source: 'rpm';
  /** The other RPMs of a kernel that is split into several; left out where it is one. */
  modules_rpms?: RpmSource[];
} & RpmSource;

/** A public key that signs RPMs, as kernels.yaml declares it. */
export interface SigningKeyConfig {
  /** Of the primary key: 40 hex digits, upper case. */
  fingerprint: string;
  /** Where the key may be had in ASCII armour, tried in order: http, https or file URLs. */
  urls: string[];
}

export type KernelSource = DebKernelSource | FileKernelSource | RpmKernelSource;

/** One row of the matrix. */
export type KernelRow = KernelSource & {
  /** The row's name, unique in its profile, used on the command line and in file names. */
  name: string;
  /** What `uname -r` must answer; where the source tells (deb, file) it may be left out. */
  release?: string;
  cgroup: CgroupVersion;
  /** The verdict expected of this kernel; without it the row is only reported. */
  expect?: Expectation;
  /** Extra kernel command line words. */
  cmdline: string[];
  /** Its verdict, or its change against the baseline, is known to be wrong and does not fail a run. */
  known_failure?: KnownFailureMark;
};

/** Somebody knows that a row fails, says why, and says until when that is good enough. */
export interface KnownFailureMark {
  reason: string;
  /** The last day the mark is in force, YYYY-MM-DD in UTC. */
  until: string;
}

/** The embedded provider: QEMU on this host. */
export interface QemuMachineConfig {
  provider: 'qemu';
  cpus: number;
  memory_mib: number;
  disk_bus: 'nvme' | 'virtio' | 'sata';
  accelerator: 'auto' | 'kvm' | 'tcg';
  /** A fixed port for SSH on 127.0.0.1; without it a free one is taken. With several jobs the ports count up from it. */
  ssh_port?: number;
}

/** VMs through Vagrant. */
export interface VagrantMachineConfig {
  provider: 'vagrant';
  cpus: number;
  memory_mib: number;
  box: string;
  box_urls: string[];
  box_sha256?: string;
  /** Vagrant's own provider; without it Vagrant chooses. */
  hypervisor?: 'libvirt' | 'virtualbox';
  /** libvirt only: emulate the processor (driver qemu, cpu_mode maximum), for hosts without hardware virtualisation. */
  emulated?: boolean;
}

/** A host that exists already. */
export interface SshMachineConfig {
  provider: 'ssh';
  host: string;
  port: number;
  user: string;
  key?: string;
  /** Type and base64 of the public key it shows; without it known_hosts tells. */
  host_key?: string;
  /** The host may be changed: packages, boot menu, reboots. Without it `--yes` has to say so. */
  consent?: boolean;
}

export type MachineConfig = QemuMachineConfig | VagrantMachineConfig | SshMachineConfig;

/** The embedded guest's userland. */
export interface DebianGuestConfig {
  os: 'debian';
  suite: string;
  /** Base URL of the Debian mirror; without it the host's own apt configuration tells. */
  mirror?: string;
  /** Base URL of the security archive; without it the host's own apt configuration tells. */
  security_mirror?: string;
  /** A second place to look for suites that have left the mirror. */
  archive_mirror?: string;
  /** The kernel the guest boots before any row is selected. */
  boot_kernel: { suite: string; package: string };
}

/** A CentOS 7 guest. */
export interface El7GuestConfig {
  os: 'el7';
  /**
   * Where yum installs from what is not brought as an RPM: `vault` writes a repository of its own and switches the others
   * off (they point at hosts that are gone), `none` switches them off, `keep` leaves them as they are.
   */
  package_sources: 'vault' | 'none' | 'keep';
  /** Roots of the 7.4.1708 tree, tried in order; below them os/, updates/ and extras/. */
  vault_urls: string[];
  /** RPMs of programs the sequence needs (perl), for guests whose package sources do not have them. */
  rpms: RpmSource[];
}

export type GuestConfig = DebianGuestConfig | El7GuestConfig;

export interface DockerConfig {
  source: 'deb' | 'rpm' | 'static';
  package?: string;
  version?: string;
  /** Places to fetch Docker's RPM or static archive from, tried in order; empty for `deb`. */
  urls: string[];
  /** Of Docker's RPM or static archive. */
  sha256?: string;
  /** Key of Docker's RPM; see `RpmSource.signed_by`. */
  signed_by: string;
  /** RPMs that Docker's RPM depends on, where no package source has them. */
  dependencies: RpmSource[];
  /** Image the churn cases run; `name` or `name:tag`. */
  image: string;
  /** Absolute path of a `docker save` archive of the image; without it and without `image_urls` the image is pulled in the guest. */
  image_archive?: string;
  /** Places to fetch such an archive from, tried in order. */
  image_urls: string[];
  /** Of the archive. */
  image_sha256?: string;
  registry_mirrors: string[];
  storage_driver: string;
}

export interface SequenceConfig {
  /** Container create-and-delete cycles in each churn case. */
  cycles: number;
  /** The memory limit of case 3, as `docker run -m` takes it. */
  limit: string;
  /** Seconds to wait for a slot to come back before it counts as lost. */
  settle: number;
  /** The highest N of test-N, a guard against a kernel that never refuses. */
  max_directories: number;
}

/** Deadlines in seconds. */
export interface TimeoutConfig {
  /** From power-on or reboot until SSH answers; a console that says something new extends it (src/guest/booting.ts). */
  boot: number;
  /** One ordinary command in the guest. */
  command: number;
  /** One docker command. */
  docker: number;
  /** The filling or emptying of the test directory; it is given up earlier if it says nothing for as long as `command`. */
  exhaust: number;
  /** One installing step in a guest: a package with all its scripts, a copied file, a pulled image. */
  provision: number;
}

/** Figures of a kernel that are compared between runs, as kernels.yaml spells them. */
export const COMPARED_FIGURES = [
  'capacity',
  'lost_per_cycle',
  'bytes_per_cgroup',
  'seconds_per_cycle',
  'boot_seconds',
] as const;
export type ComparedFigure = (typeof COMPARED_FIGURES)[number];

/** When a figure of one run differs from another's. All of alpha, effect and tolerance have to be passed. */
export interface CompareConfig {
  /** The rank test's p must be below. */
  alpha: number;
  /** Cliff's delta must be at least this far from 0. */
  effect: number;
  /** With fewer samples in either run the answer is: too few to say. */
  min_samples: number;
  /** Relative change of the median that does not count, 0.1 for 10 %. */
  tolerance: Record<ComparedFigure, number>;
  /** Figures whose change for the worse fails a run. */
  fails: ComparedFigure[];
}

export interface Plan {
  profile: string;
  /** Path of the kernels.yaml this came from. */
  file: string;
  machine: MachineConfig;
  guest: GuestConfig;
  docker: DockerConfig;
  /** Ids of the scenarios that each kernel goes through; without it the first there is. */
  scenarios?: string[];
  sequence: SequenceConfig;
  timeouts: TimeoutConfig;
  /** Machines that work at the same time. */
  jobs: number;
  kernels: KernelRow[];
  /** How runs are compared; journals from before there were comparisons lack it, and the defaults hold. */
  compare?: CompareConfig;
  /** Keys beside this program's own that RPMs may be signed with, by name. */
  signing_keys: Record<string, SigningKeyConfig>;
}
