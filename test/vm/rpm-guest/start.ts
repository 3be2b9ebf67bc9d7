import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { QemuMachineConfig } from '../../../src/provider/qemu/config.js';
import { runTool } from '../../../src/host/tool.js';
import type { HostKey } from '../../../src/remote/host-key.js';
import { connect, type SshAddress } from '../../../src/remote/ssh.js';
import type { Session } from '../../../src/remote/session.js';
import { qemuArguments } from '../../../src/provider/qemu/command-line.js';
import type { RpmGuest } from './guest.js';

/** The host's 127.0.0.1 as a guest on QEMU's user network sees it. */
export const HOST_SEEN_BY_GUEST = '10.0.2.2';

/** A stand-in that runs: to the program under test a host that exists. */
export interface RunningGuest {
  address: SshAddress;
  /** Path of the log of its serial console. */
  console: string;
  connect(username?: 'root' | 'vagrant'): Promise<Session>;
  /** What `host_key:` in kernels.yaml has to say; known once it was connected to. */
  hostKey(): string;
  stop(): Promise<void>;
}

const CONFIG: QemuMachineConfig = {
  provider: 'qemu',
  cpus: 2,
  memory_mib: 3072,
  disk_bus: 'nvme',
  accelerator: 'tcg',
};

/**
 * Starts a stand-in on a disk of its own above the cached one. It dies with this process.
 * @param folder for its disk and its console's log.
 */
export async function startRpmGuest(guest: RpmGuest, folder: string): Promise<RunningGuest> {
  const overlay = join(folder, 'guest.qcow2');
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', guest.disk, overlay], {
    timeout: 30,
    purpose: 'making a disk for the stand-in',
  });
  const console_ = join(folder, 'guest-console.log');
  const sshPort = await freePort();
  // The embedded guests reach nothing; this one reaches the test's server.
  const words = qemuArguments(CONFIG, 'tcg', { overlay, console: console_, sshPort }).map((word) =>
    word.replace('restrict=on', 'restrict=off'),
  );
  const log = openSync(join(folder, 'guest-qemu.log'), 'w');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...words], {
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const ended = once(child, 'exit');
  let shown: HostKey | null = null as HostKey | null;
  const address = { machine: 'rpm-guest', host: '127.0.0.1', port: sshPort, keyFiles: [guest.loginKey] };
  return {
    address: { ...address, username: 'root' },
    console: console_,
    connect: (username = 'root') =>
      connect({ ...address, username, onHostKey: (key) => (shown = key) }, 300, new AbortController().signal),
    hostKey: () => {
      if (shown === null) throw new Error('it was not connected to yet');
      return `${shown.type} ${shown.key}`;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
