import { pathToFileURL } from 'node:url';
import { fileNameOf } from '../../artifact/artifact.js';
import { alive } from '../../host/process.js';
import type { HostNeed } from '../../host/setup.js';
import type { LocalFile } from '../../kernel/local-file.js';
import type { Provider } from '../provider.js';
import { vagrantFormat, type VagrantMachineConfig } from './config.js';
import { removeBoxes } from './boxes.js';
import { vagrantChecks } from './checks.js';
import { fitToHost } from './fit.js';
import { loginTo } from './login.js';
import { vagrantProvider } from './provider.js';
import { listVagrantMachines, sweepVagrant } from './registry.js';

const NEEDS: HostNeed[] = [{ package: 'vagrant', provides: 'vagrant', why: 'makes the machines' }];

/** With libvirt besides; its plugin comes as a Debian package or through Vagrant (checks.ts). */
const LIBVIRT_NEEDS: HostNeed[] = [
  { package: 'libvirt-daemon-system', provides: 'libvirtd', why: 'runs the machines' },
  { package: 'libvirt-clients', provides: 'virsh', why: 'queries libvirt' },
];

/** Machines through Vagrant, of a box with CentOS 7 in it. */
export const vagrant: Provider<VagrantMachineConfig> = {
  ...vagrantFormat,
  describe: ({ box, cpus, memory_mib }) => `Vagrant box ${box}, ${cpus} CPU${cpus === 1 ? '' : 's'}, ${memory_mib} MiB`,
  commands: ({ hypervisor }) => ({
    before: [
      'on this host, for each machine (the Vagrantfile is vagrant/Vagrantfile; one vagrant command at a time):',
      '',
      `$ vagrant up m1${hypervisor === undefined ? '' : ` --provider ${hypervisor}`}`,
      '$ vagrant ssh-config m1   (read once; everything below goes over SSH)',
      '',
    ],
    first: [],
    last: ['', '# at the end, on this host', '$ vagrant destroy -f m1'],
  }),

  needs: ({ hypervisor }) => [...NEEDS, ...(hypervisor === 'libvirt' ? LIBVIRT_NEEDS : [])],
  checks: vagrantChecks,
  // The box as downloaded, as unpacked and as a volume.
  diskMib: 12_000,
  memoryMib: ({ memory_mib }) => memory_mib,
  fit: fitToHost,
  automaticJobs: false,

  /** A box without URLs is one that Vagrant has already. */
  artifacts: ({ box_urls: urls, box_sha256 }) => {
    const [first] = urls;
    if (first === undefined) return [];
    const sha256 = box_sha256 === undefined ? {} : { sha256: box_sha256 };
    return [{ what: 'Vagrant box', artifact: { name: fileNameOf(first), urls, ...sha256 } }];
  },
  prepare: ({ plan, run, files }, progress) =>
    Promise.resolve({
      machines: vagrantProvider({
        run,
        config: withBox(plan.machine, files.of('machine')[0]),
        bootTimeout: plan.timeouts.boot,
        onProgress: (message) => progress('machine', message),
      }),
      accelerator: null,
      built: null,
    }),

  machines: () =>
    listVagrantMachines().map((record) => ({
      ...record,
      running: record.kept || alive(record.owner),
      login: () => loginTo(record),
    })),
  sweep: async (options) =>
    (await sweepVagrant(options)).map(({ record, error }) => ({ id: record.id, ran: true, error })),
  // No program of this process is left to kill: the next run removes the machines.
  killAll: () => undefined,
  // Its commands run one at a time and take up to a minute each on a slow host.
  cleanupSeconds: 300,
  cached: [],
  emptyStores: async () =>
    (await removeBoxes()).map(({ record, error }) => ({ id: `box ${record.name}`, ran: false, error })),
};

/** The box that was fetched and verified stands for its URLs: Vagrant reads it from the cache. */
function withBox(machine: VagrantMachineConfig, box: LocalFile | undefined): VagrantMachineConfig {
  return box === undefined ? machine : { ...machine, box_urls: [pathToFileURL(box.path).href], box_sha256: box.sha256 };
}
