import type { CgroupVersion, DockerConfig, FileKernelSource, SequenceConfig, TimeoutConfig } from './plan.js';

/** What kernels.yaml may leave out, in the units of the plan: seconds and MiB. The only place of such values. */
export const DEFAULTS = {
  qemu: { cpus: 2, memory_mib: 3072, disk_bus: 'nvme', accelerator: 'auto' },
  vagrant: { cpus: 8, memory_mib: 16_384, box_urls: [] as string[] },
  ssh: { port: 22, user: 'root' },
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
    static: { version: '17.06.2-ce', image: 'nginx:1.14.2' },
  } satisfies Record<DockerConfig['source'], Partial<DockerConfig>>,
  storage_driver: 'overlay2',
  sequence: { cycles: 3, limit: '100m', settle: 5, max_directories: 70_000 } satisfies SequenceConfig,
  timeouts: { boot: 180, command: 120, docker: 180, exhaust: 1200, provision: 1200 } satisfies TimeoutConfig,
  jobs: 1,
  cgroup: 'v1' as CgroupVersion,
  initramfs: 'auto' as FileKernelSource['initramfs'],
} as const;

/** Below this, CentOS 7 does not live through exhaustion (the source procedure says 8 GiB at least). */
export const EL7_LEAST_MEMORY_MIB = 8192;

/** The guest that goes with a provider; undefined for a host that exists already, unless a guest is described. */
export function defaultGuestOs(provider: unknown, described: boolean): 'debian' | 'el7' | undefined {
  if (described || provider === 'qemu') return 'debian';
  return provider === 'vagrant' ? 'el7' : undefined;
}

export function defaultDockerSource(os: unknown): 'deb' | 'rpm' {
  return os === 'el7' ? 'rpm' : 'deb';
}
