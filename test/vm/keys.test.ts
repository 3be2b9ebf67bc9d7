/**
 * Where the keys of a machine are, on every bus: a guest is reached by them and shows its own host key, and one whose disk
 * has none is reached by nobody.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { QemuMachineConfig } from '../../src/config/plan.js';
import { loadPlan } from '../../src/config/select.js';
import { cacheRoot } from '../../src/host/cache.js';
import { makeKeys, type MachineKeys } from '../../src/provider/qemu/keys.js';
import { startQemu } from '../../src/provider/qemu/machine.js';
import { prepareQemu, type PreparedQemu } from '../../src/provider/qemu/provider.js';
import { keyOptions } from '../../src/cli/command/shell.js';
import { listMachines } from '../../src/provider/qemu/registry.js';
import { OtherServer } from '../../src/remote/host-key.js';
import { workFolder, writeConfig } from './support.js';
import { lacking, MACHINES } from '../needs.js';

const BOOT_SECONDS = 600;
const run = promisify(execFile);
const forever = new AbortController().signal;
const folder = workFolder();

/** 6.1 for clouds has no driver for SATA. */
const BUSES = [
  ['nvme', 'linux-image-6.1.*-cloud-amd64'],
  ['virtio', 'linux-image-6.1.*-cloud-amd64'],
  ['sata', 'linux-image-6.12.*-cloud-amd64'],
] as const;

async function prepare(bus: QemuMachineConfig['disk_bus'], pattern: string): Promise<PreparedQemu> {
  const plan = loadPlan(
    writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1, memory: 2GiB, disk_bus: ${bus}, accelerator: tcg }
guest: { os: debian, boot_kernel: { suite: bookworm-security, package: '${pattern}' } }
kernels:
  - { name: row, source: deb, suite: bookworm-security, package: '${pattern}' }
`,
    ),
  );
  const quiet = () => undefined;
  return prepareQemu(
    {
      plan,
      run: `keys-${process.pid}`,
      keepable: false,
      files: { kernels: new Map(), missing: new Map(), docker: null },
    },
    { artifacts: quiet, image: quiet, accelerator: quiet },
    forever,
  );
}

function start(prepared: PreparedQemu, name: string, bus: QemuMachineConfig['disk_bus'], keys: MachineKeys) {
  return startQemu(
    {
      run: `keys-${process.pid}`,
      name,
      folder: join(folder, name),
      config: { provider: 'qemu', cpus: 1, memory_mib: 2048, disk_bus: bus, accelerator: 'tcg' },
      choice: prepared.choice,
      disk: prepared.image.disk,
      keys,
      keepable: false,
    },
    forever,
  );
}

describe.skipIf(lacking(MACHINES)).each(BUSES)('on %s', (bus, pattern) => {
  it('a guest shows its own key, lets in its own, and keeps neither where an image has them', async () => {
    const prepared = await prepare(bus, pattern);
    const keys = await makeKeys(forever);
    const machine = await start(prepared, bus, bus, keys);
    const id = `keys-${process.pid}-${bus}`;
    try {
      const session = await machine.connect(BOOT_SECONDS, forever);
      const ask = async (command: string) => (await session.run(command, { timeout: 120 })).stdout.trim();
      expect(await ask('stat -c "%a %u %n" /run/kernel-matrix/*')).toBe(
        '600 0 /run/kernel-matrix/authorized_keys\n600 0 /run/kernel-matrix/host_ed25519',
      );
      expect(
        await ask('ls /etc/ssh /root/.ssh /etc/apt/sources.list 2>/dev/null | grep -E "host_|authorized|sources"'),
      ).toBe('');
      expect(await ask('grep ^root: /etc/shadow | cut -d: -f2')).toMatch(/^[*!]+$/);
      expect(
        await ask(
          'sshd -T | grep -E "^(passwordauthentication|permitemptypasswords|kbdinteractiveauthentication|challengeresponseauthentication) " | grep -v " no$"',
        ),
      ).toBe('');
      session.close();
      // What `npm run shell` does.
      const record = listMachines().find((each) => each.id === id)!;
      const port = ['-p', String(record.sshPort)];
      const shell = await run('ssh', [...port, ...keyOptions(record), 'root@127.0.0.1', 'uname -r']);
      expect(shell.stdout).toMatch(/^6\.\d+\./);
      // Somebody without the key, and somebody who takes it for another server.
      const password = ['-o', 'PreferredAuthentications=password,keyboard-interactive,none', '-o', 'BatchMode=yes'];
      await expect(run('ssh', [...password, ...port, ...keyOptions(record), 'root@127.0.0.1', 'true'])).rejects.toThrow(
        /Permission denied \(publickey\)/,
      );
    } finally {
      await machine.destroy();
    }
    expect(existsSync(join(cacheRoot(), 'machines', id))).toBe(false);
    expect(readdirSync(join(folder, bus))).toEqual(['console.log', 'qemu.log']);
  });
});

it.skipIf(lacking(MACHINES))(
  'a disk without keys has an sshd that does not start, and the machine fails as soon as it says so',
  async () => {
    const prepared = await prepare('nvme', BUSES[0][1]);
    const machine = await start(prepared, 'none', 'nvme', { ...(await makeKeys(forever)), seed: Buffer.alloc(10240) });
    try {
      await expect(machine.connect(BOOT_SECONDS, forever)).rejects.toThrow(
        /no keys were found on \/dev\/nvme0n1, so sshd cannot start/,
      );
    } finally {
      await machine.destroy();
    }
  },
);

it.skipIf(lacking(MACHINES))('a guest with another host key than this host expects is another server', async () => {
  const prepared = await prepare('nvme', BUSES[0][1]);
  const keys = await makeKeys(forever);
  const machine = await start(prepared, 'other', 'nvme', { ...keys, hostPublic: (await makeKeys(forever)).hostPublic });
  try {
    await expect(machine.connect(BOOT_SECONDS, forever)).rejects.toThrow(OtherServer);
  } finally {
    await machine.destroy();
  }
});
