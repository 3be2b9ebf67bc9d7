/** The shape of a plan in a journal. What kernels.yaml demands of its values is not asked again here. */
import {
  COMPARED_FIGURES,
  type CompareConfig,
  type DockerConfig,
  type GuestConfig,
  type KernelRow,
  type KnownFailureMark,
  type MachineConfig,
  type Plan,
  type RpmSource,
  type SequenceConfig,
  type SigningKeyConfig,
  type TimeoutConfig,
} from '../config/plan.js';
import { z } from 'zod';
import {
  amount,
  count,
  dictionary,
  flag,
  list,
  object,
  oneOf,
  optional,
  sinceLater,
  text,
  variant,
  type Shape,
} from './shape.js';

const row = {
  name: text,
  cgroup: oneOf('v1', 'v2'),
  expect: optional(oneOf('clean', 'reclaimable', 'leaks')),
  cmdline: list(text),
  known_failure: optional(object<KnownFailureMark>({ reason: text, until: text })),
};
const rpm = { rpm: text, urls: list(text), sha256: optional(text), signed_by: sinceLater(text) };
const rpms = sinceLater(list(object<RpmSource>(rpm)));

const rowShape = variant<KernelRow, 'source'>('source', {
  deb: object<Extract<KernelRow, { source: 'deb' }>>({
    ...row,
    source: oneOf('deb'),
    release: optional(text),
    suite: text,
    package: text,
    version: optional(text),
    sha256: optional(text),
  }),
  file: object<Extract<KernelRow, { source: 'file' }>>({
    ...row,
    source: oneOf('file'),
    release: optional(text),
    path: text,
    modules: optional(text),
    initramfs: oneOf('auto', 'none', 'always'),
  }),
  rpm: object<Extract<KernelRow, { source: 'rpm' }>>({
    ...row,
    ...rpm,
    source: oneOf('rpm'),
    release: optional(text),
    modules_rpms: optional(list(object<RpmSource>(rpm))),
  }),
});

const machine = variant<MachineConfig, 'provider'>('provider', {
  qemu: object<Extract<MachineConfig, { provider: 'qemu' }>>({
    provider: oneOf('qemu'),
    cpus: count,
    memory_mib: amount,
    disk_bus: oneOf('nvme', 'virtio', 'sata'),
    accelerator: oneOf('auto', 'kvm', 'tcg'),
    ssh_port: optional(count),
  }),
  vagrant: object<Extract<MachineConfig, { provider: 'vagrant' }>>({
    provider: oneOf('vagrant'),
    cpus: count,
    memory_mib: amount,
    box: text,
    box_urls: list(text),
    box_sha256: optional(text),
    hypervisor: optional(oneOf('libvirt', 'virtualbox')),
    emulated: optional(flag),
  }),
  ssh: object<Extract<MachineConfig, { provider: 'ssh' }>>({
    provider: oneOf('ssh'),
    host: text,
    port: count,
    user: text,
    key: optional(text),
    host_key: optional(text),
    consent: optional(flag),
  }),
});

const guest = variant<GuestConfig, 'os'>('os', {
  debian: object<Extract<GuestConfig, { os: 'debian' }>>({
    os: oneOf('debian'),
    suite: text,
    mirror: optional(text),
    security_mirror: optional(text),
    archive_mirror: optional(text),
    boot_kernel: object({ suite: text, package: text }),
  }),
  el7: object<Extract<GuestConfig, { os: 'el7' }>>({
    os: oneOf('el7'),
    package_sources: sinceLater(oneOf('vault', 'none', 'keep')),
    vault_urls: sinceLater(list(text)),
    rpms,
  }),
});

const docker = object<DockerConfig>({
  source: oneOf('deb', 'rpm', 'static'),
  package: optional(text),
  version: optional(text),
  urls: sinceLater(list(text)),
  sha256: optional(text),
  signed_by: sinceLater(text),
  dependencies: rpms,
  image: text,
  image_archive: optional(text),
  image_urls: sinceLater(list(text)),
  image_sha256: optional(text),
  registry_mirrors: list(text),
  storage_driver: text,
});

const compare = object<CompareConfig>({
  alpha: amount,
  effect: amount,
  min_samples: count,
  tolerance: object<CompareConfig['tolerance']>({
    capacity: amount,
    lost_per_cycle: amount,
    bytes_per_cgroup: amount,
    seconds_per_cycle: amount,
    boot_seconds: amount,
  }),
  fails: list(oneOf(...COMPARED_FIGURES)),
});

const planShape = object<Plan>({
  profile: text,
  file: text,
  machine,
  guest,
  docker,
  sequence: object<SequenceConfig>({ cycles: count, limit: text, settle: amount, max_directories: count }),
  timeouts: object<TimeoutConfig>({
    boot: amount,
    command: amount,
    docker: amount,
    exhaust: amount,
    provision: sinceLater(amount),
  }),
  jobs: count,
  scenarios: optional(list(text)),
  kernels: list(rowShape),
  compare: optional(compare),
  signing_keys: sinceLater(dictionary(object<SigningKeyConfig>({ fingerprint: text, urls: list(text) }))),
});

function checked<T>(shape: Shape<T>): z.ZodType<T> {
  return z.custom<T>().superRefine((value, context) => {
    const misfit = shape(value);
    if (misfit === null) return;
    const path = misfit.path.split(/[.[\]]+/).filter((key) => key !== '');
    context.addIssue({
      code: 'custom',
      message: misfit.expected,
      path: path.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
    });
  });
}

export const kernelRow = checked(rowShape);
export const plan = checked(planShape);
