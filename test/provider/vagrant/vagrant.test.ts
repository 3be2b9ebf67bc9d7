import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VagrantMachineConfig } from '../../../src/config/plan.js';
import { UserError } from '../../../src/host/user-error.js';
import { MachineFailure } from '../../../src/provider/machine.js';
import { identify } from '../../../src/host/process.js';
import { boxName } from '../../../src/provider/vagrant/box-name.js';
import { removeBoxes } from '../../../src/provider/vagrant/boxes.js';
import { startVagrant } from '../../../src/provider/vagrant/machine.js';
import { vagrantProvider } from '../../../src/provider/vagrant/provider.js';
import {
  listVagrantMachines,
  sweepVagrant,
  vagrantFolder,
  writeVagrantRecord,
  type VagrantRecord,
} from '../../../src/provider/vagrant/registry.js';
import { settledLine, vagrant } from '../../../src/provider/vagrant/vagrant.js';
import { rejection } from '../../guest/fakes.js';
import { TestServer } from '../../remote/server.js';
import { lacking, SSH_KEYGEN } from '../../needs.js';
import { FakeVagrant } from './fake-vagrant.js';

const HOSTILE = `b"o'x $(touch PWNED) #{exit}`;
const config: VagrantMachineConfig = {
  provider: 'vagrant',
  cpus: 4,
  memory_mib: 8192,
  box: HOSTILE,
  box_urls: ['https://boxes.example/c7.box'],
  box_sha256: 'ab'.repeat(32),
  hypervisor: 'libvirt',
  emulated: true,
};
const forever = new AbortController().signal;

let root: string;
let fake: FakeVagrant;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-vagrant-'));
  fake = new FakeVagrant(root);
  said = [];
  vi.stubEnv('PATH', fake.path);
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const input = (name: string) => ({
  run: 'r1',
  name,
  folder: join(root, 'run', name),
  config,
  bootTimeout: 60,
  onProgress: (message: string) => said.push(message),
});

describe('a Vagrant machine', { timeout: 30_000 }, () => {
  it('is brought up, asked for its SSH once, and destroyed with nothing left', async () => {
    const machine = await startVagrant(input('m1'), forever);
    expect(machine.facts).toMatchObject({ cpus: 4, memoryMib: 8192, address: '127.0.0.1:2207', accelerator: 'tcg' });
    const [record] = listVagrantMachines();
    expect(record).toMatchObject({ id: 'r1-m1', kept: false });
    const settings = JSON.parse(readFileSync(record!.settings, 'utf8')) as Record<string, unknown>;
    expect(settings).toEqual({
      id: 'r1-m1',
      box: `${HOSTILE}-abababababab`,
      box_urls: config.box_urls,
      box_sha256: config.box_sha256,
      cpus: 4,
      memory_mib: 8192,
      boot_timeout: 60,
      emulated: true,
      machines: [{ name: 'm1', console: machine.console?.file }],
    });
    await machine.saveSnapshot('provisioned', forever);
    await machine.restoreSnapshot('provisioned', forever);
    await machine.destroy();
    await machine.destroy();
    expect(fake.calls()).toEqual([
      'up m1 --provider libvirt --no-color',
      'ssh-config m1 --no-color',
      'snapshot save --force m1 provisioned --no-color',
      'snapshot restore --no-provision m1 provisioned --no-color',
      'destroy -f m1 --no-color',
    ]);
    // Every call in the machine's own environment, and no value of kernels.yaml among the words.
    expect(new Set(fake.lines().map((line) => line.slice(line.indexOf('|')))).size).toBe(1);
    expect(listVagrantMachines()).toEqual([]);
    expect(existsSync(join(root, 'cache/vagrant/machines/r1-m1'))).toBe(false);
  });

  it('logs what vagrant says without its progress bars', async () => {
    const machine = await startVagrant(input('m1'), forever);
    const log = readFileSync(join(root, 'run/m1/vagrant.log'), 'utf8');
    expect(log).toContain('==> m1: Starting domain.');
    expect(log).not.toMatch(/\r|Progress/);
    expect(said).toContain('Starting domain.');
    await machine.destroy();
  });

  it.skipIf(lacking(SSH_KEYGEN))(
    'is logged in to with whichever of its keys the guest knows, and printed with all of them',
    async () => {
      const server = await new TestServer((_command, channel) => channel.exit(0), {
        keys: 2,
        takes: [1],
      }).start();
      const { host, port, keyFiles } = server.address();
      const identities = keyFiles.map((each) => `  IdentityFile ${each}\n`).join('');
      fake.set('ssh-config', `Host m1\n  HostName ${host}\n  User root\n  Port ${port}\n${identities}`);
      const machine = await startVagrant(input('m1'), forever);
      try {
        (await machine.connect(60, forever)).close();
        expect(server.offered).toEqual([[0, 1]]);
        expect(machine.keep()).toContain(`-i ${keyFiles.join(' -i ')} root@127.0.0.1`);
      } finally {
        await server.stop();
      }
    },
  );

  it('never runs two commands at a time', async () => {
    fake.set('slow');
    const provider = vagrantProvider({ run: 'r1', config, bootTimeout: 60, onProgress: () => undefined });
    const names = ['m1', 'm2', 'm3'];
    const machines = await Promise.all(names.map((name) => provider.start(name, join(root, 'run', name), forever)));
    await Promise.all(machines.map((machine) => machine.destroy()));
    expect(fake.calls()).toHaveLength(9);
    expect(fake.overlapped).toBe(false);
  });

  it("is destroyed if it cannot be brought up, with vagrant's own words", async () => {
    fake.set('up-fails');
    const error = await rejection(startVagrant(input('m1'), forever));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('no such network');
    expect(fake.calls().at(-1)).toBe('destroy -f m1 --no-color');
    expect(listVagrantMachines()).toEqual([]);
  });

  it('fails as soon as its console shows a panic, not when vagrant gives up', async () => {
    fake.set('panic', 'Kernel panic - not syncing: VFS: Unable to mount root fs\n');
    const error = await rejection(startVagrant(input('m1'), forever));
    expect(error).toBeInstanceOf(MachineFailure);
    expect(error.message).toContain('Kernel panic');
    expect(fake.calls().at(-1)).toBe('destroy -f m1 --no-color');
  });

  it('says so if vagrant is not there', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const error = await rejection(vagrant({ settings: 's', dotfile: 'd' }, ['up'], { timeout: 5, purpose: 'a test' }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('vagrant is not installed');
  });
});

describe('machines that were left', { timeout: 30_000 }, () => {
  const record = (id: string, more: Partial<VagrantRecord> = {}): VagrantRecord => {
    const folder = vagrantFolder(id);
    const owner = { pid: 1, started: 'never', boot: 'another' };
    const paths = {
      settings: join(folder, 'settings.json'),
      dotfile: join(folder, 'vagrant'),
      console: '/c',
      hypervisor: null,
    };
    const whole = { id, run: 'r0', name: 'm1', owner, kept: false, ...paths, ...more };
    writeVagrantRecord(whole);
    return whole;
  };

  it('are destroyed if their owner is gone; kept ones on request; those of a live run never', async () => {
    const orphan = record('orphan');
    const kept = record('kept', { kept: true });
    record('busy', { owner: identify(process.pid)! });
    expect(await sweepVagrant({ kept: false })).toEqual([{ record: orphan, error: null }]);
    expect(fake.lines()[0]).toContain(`destroy -f m1 --no-color|${orphan.settings}|${orphan.dotfile}|`);
    expect(await sweepVagrant({ kept: true })).toEqual([{ record: kept, error: null }]);
    expect(listVagrantMachines().map((each) => each.id)).toEqual(['busy']);
  });

  it('are not looked for after a record that is damaged', async () => {
    const whole = record('a');
    for (const spoilt of [null, { ...whole, id: '../b' }, { ...whole, owner: {} }, { ...whole, settings: 1 }]) {
      writeFileSync(join(vagrantFolder('a'), 'machine.json'), JSON.stringify(spoilt));
      expect(await sweepVagrant({ kept: true })).toEqual([]);
    }
    expect(fake.lines()).toEqual([]);
  });

  it('stay on record if vagrant cannot destroy them', async () => {
    record('orphan');
    fake.set('destroy-fails');
    const [swept] = await sweepVagrant({ kept: false });
    expect(swept?.error?.message).toContain('libvirt is not running');
    expect(listVagrantMachines()).toHaveLength(1);
  });
});

describe('what Vagrant lost sight of', { timeout: 30_000 }, () => {
  const others = ['r1-m1-m10', 'r1-m10-m10'];

  it('is removed from libvirt with its machine, and nothing of other machines', async () => {
    const machine = await startVagrant(input('m1'), forever);
    fake.holds(['r1-m1-m1', ...others], ['r1-m1-m1.img', 'r1-m1-m1-vdb.qcow2', 'r1-m10-m10.img', 'r1-m1-m10.img']);
    await machine.destroy();
    expect(fake.held()).toEqual({ domains: others, volumes: ['r1-m10-m10.img', 'r1-m1-m10.img'] });
  });

  it('is removed also if vagrant refuses to destroy for its sake', async () => {
    const machine = await startVagrant(input('m1'), forever);
    fake.set('name-taken');
    fake.holds(['r1-m1-m1'], ['r1-m1-m1.img']);
    await machine.destroy();
    expect(fake.held()).toEqual({ domains: [], volumes: [] });
    expect(listVagrantMachines()).toEqual([]);
  });

  it('keeps its machine on record while libvirt does not answer', async () => {
    const machine = await startVagrant(input('m1'), forever);
    fake.set('virsh-fails');
    expect((await rejection(machine.destroy())).message).toContain('failed to connect to the hypervisor');
    expect(listVagrantMachines()).toHaveLength(1);
  });
});

describe('a box', { timeout: 30_000 }, () => {
  const copy = (name: string) => `${name}_vagrant_box_image_0_1795645881_box.img`;
  const ours = { ...config, box: 'org/c7' };
  const start = (more: Partial<VagrantMachineConfig> = {}) =>
    startVagrant({ ...input('m1'), config: { ...ours, ...more } }, forever);

  it('has its content in the name Vagrant knows it by, unless Vagrant had it already', () => {
    expect(boxName({ ...ours, box_sha256: 'AB'.repeat(32) })).toBe('org/c7-abababababab');
    expect(boxName({ ...ours, box_urls: [] })).toBe('org/c7');
    const { box_sha256: _, ...unknown } = ours;
    expect(boxName(unknown)).toBe('org/c7');
  });

  it('whose copy in the storage pool may be half of one is copied anew; a whole one is taken', async () => {
    const volumes = [copy('org-VAGRANTSLASH-c7-abababababab'), copy('org-VAGRANTSLASH-c7'), copy('other')];
    fake.set('up-fails');
    await rejection(start());
    fake.holds([], volumes);
    rmSync(join(root, 'up-fails'));
    await (await start()).destroy();
    expect(fake.held().volumes).toEqual(volumes.slice(1));
    fake.holds([], volumes);
    await (await start()).destroy();
    expect(fake.held().volumes).toEqual(volumes);
  });

  it('is removed from Vagrant and from the storage pool if this program brought it', async () => {
    await (await start()).destroy();
    await (await start({ box_urls: [], box: 'mine' })).destroy();
    const volumes = [copy('org-VAGRANTSLASH-c7-abababababab'), copy('mine')];
    fake.holds([], volumes);
    fake.set('boxes', '1,,ui,info,org/c7\n1,,box-name,org/c7-abababababab\n1,,box-name,mine\n');
    expect(await removeBoxes()).toMatchObject([{ record: { name: 'org/c7-abababababab' }, error: null }]);
    expect(fake.held().volumes).toEqual(volumes.slice(1));
    expect(fake.calls().at(-1)).toBe('box remove --force --all org/c7-abababababab --no-color');
    expect(await removeBoxes()).toEqual([]);
  });

  it('stays on record while libvirt does not answer', async () => {
    await (await start()).destroy();
    fake.set('boxes');
    fake.set('virsh-fails');
    expect((await removeBoxes())[0]?.error?.message).toContain('failed to connect');
    rmSync(join(root, 'virsh-fails'));
    expect(await removeBoxes()).toMatchObject([{ error: null }]);
  });
});

describe('settledLine', () => {
  it.each([
    ['    m1: Progress: 10%\r    m1: Progress: 99%\r', null],
    ['    m1: Progress: 99%\r==> m1: done', '==> m1: done'],
    ['\x1b[0;32m==> m1: Booting\x1b[0m', '==> m1: Booting'],
    ['   \r  ', null],
    ['==> m1: 8192 MiB', '==> m1: 8192 MiB'],
  ])('%j', (raw, line) => {
    expect(settledLine(raw)).toBe(line);
  });
});

describe('the Vagrantfile', () => {
  it.skipIf(lacking(['ruby']))('is Ruby', () => {
    mkdirSync(join(root, 'x'));
    expect(spawnSync('ruby', ['-c', 'vagrant/Vagrantfile'], { encoding: 'utf8' }).stdout).toBe('Syntax OK\n');
  });
});
