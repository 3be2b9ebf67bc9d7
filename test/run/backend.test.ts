import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RpmRow } from '../../src/kernel/rpm.js';
import type { MachineConfig, Plan } from '../../src/config/plan.js';
import type { SshMachineConfig } from '../../src/provider/ssh/config.js';
import type { VagrantMachineConfig } from '../../src/provider/vagrant/config.js';
import { prepareBackend } from '../../src/run/backend.js';
import type { PlanFile, PlanFiles } from '../../src/run/plan-files.js';
import { plan } from '../fixtures/build.js';
import { TempJournal } from '../guest/fakes.js';

const RELEASE = '4.4.159-1.el7.elrepo.x86_64';
const row = (name: string): RpmRow => ({
  source: 'rpm',
  rpm: `kernel-lt-${RELEASE}.rpm`,
  urls: [],
  signed_by: 'elrepo',
  name,
  release: RELEASE,
  cgroup: 'v1',
  cmdline: [],
});
const rpm = (name: string): PlanFile => ({
  name,
  path: `/cache/${name}`,
  sha256: 'ab'.repeat(32),
  place: `https://mirror/${name}`,
});
const files: PlanFiles = {
  of: (kind) => (kind === 'docker' ? [rpm('docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm')] : []),
  kernels: new Map([['4.4', [rpm(`kernel-lt-${RELEASE}.rpm`)]]]),
  missing: new Map([['lost', new Error('kernel lost has no RPM')]]),
};
const observer = { event: () => undefined, progress: () => undefined, close: () => undefined };

function el7Plan(machine: MachineConfig): Plan {
  const base = plan([row('4.4'), row('lost')]);
  const guest = { os: 'el7' as const, package_sources: 'none' as const, vault_urls: [], rpms: [] };
  return { ...base, machine, guest, docker: { ...base.docker, source: 'rpm' } };
}

let journal: TempJournal;
beforeEach(() => {
  journal = new TempJournal([]);
});
afterEach(() => journal.remove());

const prepare = (machine: MachineConfig) =>
  prepareBackend(
    { plan: el7Plan(machine), run: 'r', keepable: false },
    journal.writer,
    observer,
    new AbortController().signal,
    () => Promise.resolve(files),
  );

describe.each<VagrantMachineConfig | SshMachineConfig>([
  { provider: 'vagrant', cpus: 2, memory_mib: 8192, box: 'b', box_urls: [] },
  { provider: 'ssh', host: 'h', port: 22, user: 'root', key: '/k' },
])('CentOS 7 on $provider', (machine) => {
  it('has a target for each kernel whose RPM is there, proven by its image, and a reason for the others', async () => {
    const backend = await prepare(machine);
    expect([...backend.targets.values()]).toEqual([{ kernel: '4.4', entry: `vmlinuz-${RELEASE}`, release: RELEASE }]);
    expect(backend.missing.get('lost')?.message).toContain('kernel lost has no RPM');
    expect(journal.of('artifact.resolved')).toMatchObject([
      { kernel: '4.4', release: RELEASE, sha256: 'ab'.repeat(32), origin: `https://mirror/kernel-lt-${RELEASE}.rpm` },
    ]);
    const select = machine.provider === 'ssh' ? 'grub2-reboot t' : 'grub2-set-default t';
    expect(backend.guest.bootLoader.select('t')).toBe(select);
  });
});
