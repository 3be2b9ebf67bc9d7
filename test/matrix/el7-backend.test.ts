import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KernelRow, MachineConfig, Plan } from '../../src/config/plan.js';
import type { El7Artifacts, RpmFile } from '../../src/guest/el7/steps.js';
import { UserError } from '../../src/host/user-error.js';
import { prepareBackend } from '../../src/matrix/backend.js';
import { plan } from '../fixtures/build.js';
import { rejection, TempJournal } from '../guest/fakes.js';

const RELEASE = '4.4.159-1.el7.elrepo.x86_64';
const row = (name: string): KernelRow => ({
  source: 'rpm',
  rpm: `kernel-lt-${RELEASE}.rpm`,
  urls: [],
  name,
  release: RELEASE,
  cgroup: 'v1',
  cmdline: [],
});
const rpm = (name: string): RpmFile => ({ name, path: `/cache/${name}`, sha256: 'ab'.repeat(32) });
const artifacts: El7Artifacts = {
  docker: [rpm('docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm')],
  tools: [],
  kernels: new Map([['4.4', [rpm(`kernel-lt-${RELEASE}.rpm`)]]]),
  image: null,
};
const observer = { event: () => undefined, progress: () => undefined, close: () => undefined };

function el7Plan(machine: MachineConfig): Plan {
  const base = plan([row('4.4'), row('lost')]);
  const guest = { os: 'el7' as const, package_sources: 'none' as const, vault_urls: [] };
  return { ...base, machine, guest, docker: { ...base.docker, source: 'rpm' } };
}

let journal: TempJournal;
beforeEach(() => {
  journal = new TempJournal([]);
});
afterEach(() => journal.remove());

const prepare = (machine: MachineConfig, files?: El7Artifacts) =>
  prepareBackend(
    { plan: el7Plan(machine), run: 'r', keepable: false, ...(files ? { artifacts: files } : {}) },
    journal.writer,
    observer,
    new AbortController().signal,
  );

describe.each<MachineConfig>([
  { provider: 'vagrant', cpus: 2, memory_mib: 8192, box: 'b', box_urls: [] },
  { provider: 'ssh', host: 'h', port: 22, user: 'root', key: '/k' },
])('CentOS 7 on $provider', (machine) => {
  it('says that downloads come next where there are no files', async () => {
    const error = await rejection(prepare(machine));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('downloads come next');
    expect(error.message).toContain('--dry-run');
  });

  it('has a target for each kernel whose RPM is there, proven by its image, and a reason for the others', async () => {
    const backend = await prepare(machine, artifacts);
    expect([...backend.targets.values()]).toEqual([{ kernel: '4.4', entry: `vmlinuz-${RELEASE}`, release: RELEASE }]);
    expect(backend.missing.get('lost')?.message).toContain('kernel lost has no RPM');
    expect(journal.of('artifact.resolved')).toMatchObject([
      { kernel: '4.4', release: RELEASE, sha256: 'ab'.repeat(32) },
    ]);
    const select = machine.provider === 'ssh' ? 'grub2-reboot t' : 'grub2-set-default t';
    expect(backend.guest.bootLoader.select('t')).toBe(select);
  });
});
