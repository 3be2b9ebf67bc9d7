/** Figures of a kernel that are compared between runs, as kernels.yaml spells them. */
export const COMPARED_FIGURES = [
  'capacity',
  'lost_per_cycle',
  'bytes_per_cgroup',
  'seconds_per_cycle',
  'boot_seconds',
] as const;

/** What kernels.yaml may leave out, in the units of the plan: seconds and MiB. The only place of such values. */
export const DEFAULTS = {
  debian: {
    suite: 'bullseye',
    boot_kernel: { suite: 'bookworm-security', package: 'linux-image-6.1.*-cloud-amd64' },
  },
  /** The archive answers 403 at times; kernel.org has a second copy of the same tree. */
  el7: {
    vault_urls: ['https://vault.centos.org/7.4.1708', 'https://archive.kernel.org/centos-vault/7.4.1708'],
  },
  /** By the source of Docker. Docker 17.06.2 cannot read today's nginx:latest, so el7 names a tag of its time. */
  docker: {
    deb: { package: 'docker.io', image: 'nginx' },
    rpm: { package: 'docker-ce', version: '17.06.2.ce-1.el7.centos', image: 'nginx:1.14.2' },
    // The embedded guest makes its image from Debian's nginx.
    static: { version: '17.06.2-ce', image: 'nginx' },
  },
  storage_driver: 'overlay2',
  sequence: { cycles: 3, limit: '100m', settle: 5, max_directories: 70_000 },
  timeouts: { boot: 180, command: 120, docker: 180, exhaust: 1200, provision: 1200 },
  jobs: 1,
  /**
   * alpha: a comparison makes about a dozen tests, so 0.05 would cry wolf every other night. effect: a large one by Romano et al.
   * (2006). min_samples: five against five are the fewest whose best p (2 of 252) is below alpha. Tolerances: slots are counted, so
   * every one counts; bytes_per_cgroup is a mean over 65 thousand directories and differed by less than 1 % between unchanged
   * runs; times depend on what else the host does, so they are told and fail nothing.
   */
  compare: {
    alpha: 0.01,
    effect: 0.474,
    min_samples: 5,
    tolerance: {
      capacity: 0,
      lost_per_cycle: 0,
      bytes_per_cgroup: 0.1,
      seconds_per_cycle: 0.25,
      boot_seconds: 0.25,
    },
    fails: ['capacity', 'lost_per_cycle', 'bytes_per_cgroup'] as (typeof COMPARED_FIGURES)[number][],
  },
  cgroup: 'v1',
} as const;

/** Keys of this program's own, by the name kernels.yaml knows them by (src/artifact/keys.ts). */
export const BUILT_IN_KEYS = ['centos7', 'elrepo', 'docker-ce'] as const;
export type BuiltInKey = (typeof BUILT_IN_KEYS)[number];
/** What `signed_by` says of an RPM that only its sha256 vouches for. */
export const UNSIGNED = 'none';

/** The key an RPM of a CentOS 7 matrix is signed with, by its file name: ELRepo's kernels, Docker, else CentOS's own. */
export function defaultSigner(rpm: string): BuiltInKey {
  if (/^kernel-(?:lt|ml)-/.test(rpm)) return 'elrepo';
  return rpm.startsWith('docker-ce-') ? 'docker-ce' : 'centos7';
}

/**
 * sha256 of Docker's static archives that are known without a signature, by version. 17.06.2-ce: pinned alike in three
 * independent public repositories (a Chef cookbook, a provisioner's table of versions, a Dockerfile); not fetched by us.
 */
const STATIC_DOCKER_SHA256: Record<string, string> = {
  '17.06.2-ce': 'a15f62533e773c40029a61784a5a1c5bc7dd21e0beb5402fda109f80e1f2994d',
};

/** The sha256 of a static archive where this program knows it. */
export function knownStaticDocker(version: string): string | undefined {
  return STATIC_DOCKER_SHA256[version];
}

/** Which Docker is meant. */
interface DockerName {
  source: keyof typeof DEFAULTS.docker;
  package?: string | undefined;
  version?: string | undefined;
}

/** File name of Docker's RPM or static archive; undefined for a Debian package. */
export function dockerFile(docker: DockerName): string | undefined {
  if (docker.source === 'deb') return undefined;
  const { package: name, version } = { ...DEFAULTS.docker[docker.source], package: 'docker-ce', ...docker };
  return docker.source === 'static' ? `docker-${version}.tgz` : `${name}-${version}.x86_64.rpm`;
}

/** Where Docker's own files are; for its RPMs the mirror of the source procedure is the second place. */
export function dockerUrls(docker: DockerName): string[] {
  const file = dockerFile(docker);
  if (file === undefined) return [];
  if (docker.source === 'static') return [`https://download.docker.com/linux/static/stable/x86_64/${file}`];
  return ['https://download.docker.com', 'https://mirrors.aliyun.com/docker-ce'].map(
    (root) => `${root}/linux/centos/7/x86_64/stable/Packages/${file}`,
  );
}

/** Below this, CentOS 7 does not live through exhaustion (the source procedure says 8 GiB at least). */
export const EL7_LEAST_MEMORY_MIB = 8192;

export function defaultDockerSource(os: unknown): 'deb' | 'rpm' {
  return os === 'el7' ? 'rpm' : 'deb';
}
