import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { conclusion, table } from '../../src/cli/command/doctor.js';
import type { KernelRow, Plan } from '../../src/config/plan.js';
import type { VagrantMachineConfig } from '../../src/provider/vagrant/config.js';
import { artifacts } from '../../src/doctor/artifacts.js';
import { bad, good, type Finding } from '../../src/base/finding.js';
import { needsOf } from '../../src/doctor/needs.js';
import { obstacle } from '../../src/doctor/profile.js';
import { existingHost } from '../../src/provider/ssh/checks.js';
import { vagrantChecks } from '../../src/provider/vagrant/checks.js';
import { deadUrl, Mirror, sha256 } from '../artifact/mirror.js';
import { kernelRow, plan } from '../fixtures/build.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-doctor-'));
  mkdirSync(join(root, 'bin'));
  vi.stubEnv('PATH', `${join(root, 'bin')}:/usr/bin:/bin`);
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
  vi.stubEnv('KERNEL_MATRIX_ARTIFACTS', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

function program(name: string, text: string): void {
  const file = join(root, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

const box = (more: Partial<VagrantMachineConfig> = {}): VagrantMachineConfig => ({
  provider: 'vagrant',
  cpus: 2,
  memory_mib: 8192,
  box: 'c7',
  box_urls: [],
  emulated: true,
  ...more,
});
const vagrantPlan = (more: Partial<VagrantMachineConfig> = {}): Plan => ({
  ...plan([kernelRow('a')]),
  file: join(root, 'kernels.yaml'),
  machine: box(more),
  guest: { os: 'el7', package_sources: 'vault', vault_urls: [], rpms: [] },
});
const findings = async (machine: VagrantMachineConfig) => {
  const found: Finding[] = [];
  for (const check of vagrantChecks(machine)) found.push(...(await check()));
  return found;
};

describe('Vagrant', () => {
  const plugins = (text: string) =>
    program('vagrant', `case "$1" in --version) echo Vagrant 2.3.4 ;; plugin) echo '${text}' ;; esac`);

  it('needs the plugin that hypervisor: libvirt asks for, and says how to get it', async () => {
    plugins('No plugins installed.');
    const provider = (await findings(box({ hypervisor: 'libvirt' }))).find(
      ({ topic }) => topic === 'Vagrant provider',
    )!;
    expect(provider).toMatchObject({ ok: false, mend: expect.stringContaining('vagrant-libvirt') as string });
    expect(provider.detail).toContain('Vagrant 2.3.4');
  });

  it('is asked for libvirt only where it would use it', async () => {
    plugins('vagrant-libvirt (0.11.2, system)');
    program('virsh', 'echo "error: failed to connect to the hypervisor" >&2; exit 1');
    const found = await findings(box({ hypervisor: 'libvirt' }));
    expect(found.map(({ ok, topic }) => [topic, ok])).toEqual([
      ['virtualisation', true],
      ['Vagrant provider', true],
      ['libvirt', false],
    ]);
    expect(found[2]!.detail).toContain('failed to connect to the hypervisor');
  });

  it('with VirtualBox needs VBoxManage', async () => {
    plugins('vagrant-libvirt (0.11.2, system)');
    const provider = async () =>
      (await findings(box({ hypervisor: 'virtualbox' }))).find(({ topic }) => topic === 'Vagrant provider');
    expect(await provider()).toMatchObject({ ok: false });
    program('VBoxManage', 'true');
    expect(await provider()).toMatchObject({ ok: true });
  });

  it('that is missing is the first obstacle; nothing dearer is asked after it', async () => {
    vi.stubEnv('PATH', join(root, 'bin'));
    program('rpmkeys', 'true');
    program('gpg', 'true');
    const found = await obstacle({
      ...vagrantPlan(),
      docker: { ...plan([]).docker, source: 'rpm', urls: ['http://127.0.0.1:1/never-asked'] },
    });
    // A host of this test's own may have Vagrant in an sbin folder, where programs are looked for too.
    expect(found).toMatchObject({ topic: 'vagrant', mend: 'npm run setup -- --profile embedded' });
  });
});

describe('the files a plan needs', () => {
  it('are told by the places that answer and those that do not, and which are cached or stood in for', async () => {
    const mirror = await Mirror.start();
    try {
      const url = mirror.serve('docker.tgz', Buffer.from('docker'));
      const dead = await deadUrl('docker.tgz');
      const base = { ...plan([]), file: join(root, 'kernels.yaml') };
      const docker = { ...base.docker, source: 'static' as const, version: '1', sha256: sha256('docker') };
      const [had] = await artifacts({ ...base, docker: { ...docker, urls: [dead, url] } });
      expect(had).toMatchObject({ ok: true, topic: 'Docker' });
      expect(had!.detail.split('\n')).toEqual([
        'docker-1.tgz: available',
        expect.stringMatching(new RegExp(`^  dead +${dead}: connect ECONNREFUSED`)),
        `  answers ${url}`,
      ]);
      const [gone] = await artifacts({ ...base, docker: { ...docker, urls: [dead] } });
      expect(gone).toMatchObject({ ok: false, mend: expect.stringContaining('KERNEL_MATRIX_ARTIFACTS') as string });
      vi.stubEnv('KERNEL_MATRIX_ARTIFACTS', root);
      writeFileSync(join(root, 'docker-1.tgz'), 'docker');
      const [local] = await artifacts({ ...base, docker: { ...docker, urls: [dead] } });
      expect(local).toMatchObject({ ok: true, detail: `docker-1.tgz: in ${join(root, 'docker-1.tgz')}` });
    } finally {
      await mirror.stop();
    }
  });
});

describe('an existing host', () => {
  const machine = (port: number, key?: string, host_key?: string) => ({
    provider: 'ssh' as const,
    host: '127.0.0.1',
    port,
    user: 'root',
    ...(key === undefined ? {} : { key }),
    ...(host_key === undefined ? {} : { host_key }),
  });
  const greeting = async (text: string) => {
    const server = createServer((socket) => socket.end(text)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [, , host] = await existingHost(machine(port));
    server.close();
    return host;
  };

  it('is known by the greeting of its SSH server', async () => {
    expect(await greeting('SSH-2.0-OpenSSH_7.4\r\n')).toMatchObject({
      ok: true,
      detail: expect.stringContaining('OpenSSH_7.4') as string,
    });
    expect(await greeting('HTTP/1.1 400 Bad Request\r\n')).toMatchObject({ ok: false });
  });

  it('that does not answer, or a key that is not there, is bad', async () => {
    const port = Number(new URL(await deadUrl('x')).port);
    const found = await existingHost(machine(port, join(root, 'no-key')));
    expect(found.map(({ topic, ok }) => [topic, ok])).toEqual([
      ['SSH key', false],
      ['host key', false],
      ['host', false],
    ]);
    expect(found[2]!.detail).toContain('ECONNREFUSED');
  });

  it('whose own key nobody knows is bad, as a run would not log in to it', async () => {
    const port = Number(new URL(await deadUrl('x')).port);
    const [, unknown] = await existingHost(machine(port));
    expect(unknown).toMatchObject({
      topic: 'host key',
      ok: false,
      mend: expect.stringContaining('host_key:') as string,
    });
    const [, known] = await existingHost(machine(port, undefined, 'ssh-ed25519 AAAA'));
    expect(known).toMatchObject({ topic: 'host key', ok: true, detail: 'ssh-ed25519' });
  });
});

describe('programs', () => {
  it('are those of the provider, and rpm only where a signature is to be checked', () => {
    const names = (of: Plan) => needsOf(of).map(({ package: name }) => name);
    expect(names(plan([kernelRow('a')]))).not.toContain('rpm');
    expect(names(vagrantPlan())).toEqual(['vagrant']);
    const row: KernelRow = {
      ...{ name: 'k', source: 'rpm', rpm: 'k.rpm', urls: [], sha256: 'a'.repeat(64), signed_by: 'none' },
      ...{ release: '3.10.0', cgroup: 'v1', cmdline: [] },
    };
    expect(names(plan([row]))).toEqual(expect.arrayContaining(['rpm', 'rpm2cpio']));
    expect(names(plan([row]))).not.toContain('gpg');
    expect(names({ ...vagrantPlan(), kernels: [row] })).toEqual(['vagrant']);
    const signed = vagrantPlan({ hypervisor: 'libvirt' });
    const docker = { ...signed.docker, source: 'rpm' as const, signed_by: 'docker-ce' };
    expect(names({ ...signed, docker })).toEqual(expect.arrayContaining(['vagrant', 'libvirt-clients', 'rpm', 'gpg']));
  });
});

describe('what doctor prints', () => {
  const found = [
    good('disk', 'enough'),
    bad('kernel 4.4', 'k.rpm: missing\n  dead http://a'),
    bad('box', 'gone', 'fetch it'),
  ];

  it('has every line of a finding under its topic', () => {
    expect(table(found)).toBe(
      '  ok  disk        enough\n  BAD kernel 4.4  k.rpm: missing\n                    dead http://a\n  BAD box         gone\n',
    );
  });

  it('ends with what is wrong and the one thing to do first', () => {
    expect(conclusion('p', found)).toBe('profile p will not run here (kernel 4.4, box); first: fetch it');
    expect(conclusion('p', found.slice(0, 1))).toBe('profile p will run here');
  });

  it('lets no control character of a server through', () => {
    expect(table([bad('a', 'x\u001b[31my')])).not.toContain('\u001b');
  });
});
