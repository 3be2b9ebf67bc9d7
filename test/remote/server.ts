import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthContext, type AuthenticationType, type ServerChannel } from 'ssh2';
import type { HostKey } from '../../src/remote/host-key.js';
import type { SshAddress } from '../../src/remote/ssh.js';

/** What the server does with a command: write to the channel, exit it, or leave it hanging. */
export type Exec = (command: string, channel: ServerChannel) => void;

/** Makes a key by ssh-keygen: those ssh2 1.17 makes itself cannot always be read back by it (11 of 3000, measured). */
function newKey(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return file;
}

/** Which keys a server takes. */
export interface Gate {
  /** How many keys a client has, in the order of `keyFiles` of its address. */
  keys?: number;
  /** Those of them that the server takes; all without it. */
  takes?: number[];
  /** Refused keys after which it ends a connection instead of refusing the last one, as sshd does. */
  tries?: number;
  /** Ways to log in that it names when it refuses. */
  methods?: AuthenticationType[];
  /** A key alone is not enough. */
  wantsMore?: boolean;
}

/** An SSH server in this process that lets anybody in who has a key; every connection can be cut off. */
export class TestServer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'km-ssh-'));
  private readonly hostKey = readFileSync(newKey(join(this.folder, 'host')));
  private readonly sockets = new Set<Socket>();
  private readonly listener = createServer((socket) => this.accept(socket));
  /** Connections so far, those that were thrown out too. */
  connections = 0;
  /** Connections are cut off at once while this is true, as by a machine that is still booting. */
  down = false;

  /** Indices of the keys that were offered so far, a list a connection. */
  readonly offered: number[][] = [];
  readonly keyFiles: readonly string[];

  constructor(
    private readonly exec: Exec,
    private readonly gate: Gate = {},
  ) {
    const names = Array.from({ length: gate.keys ?? 1 }, (_, index) => join(this.folder, `key${index}`));
    this.keyFiles = names.map(newKey);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.listener.listen(0, '127.0.0.1', resolve));
    return this;
  }

  address(): SshAddress {
    const { port } = this.listener.address() as AddressInfo;
    return { machine: 'm1', host: '127.0.0.1', port, username: 'root', keyFiles: this.keyFiles };
  }

  /** Its public host key, as in a .pub file. */
  publicKey(): HostKey {
    const key = ssh2.utils.parseKey(this.hostKey);
    if (key instanceof Error) throw key;
    return { type: key.type, key: key.getPublicSSH().toString('base64') };
  }

  /** Cuts every connection, without a word of goodbye. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
    rmSync(this.folder, { recursive: true });
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    if (this.down) {
      socket.destroy();
      return;
    }
    const server = new ssh2.Server({ hostKeys: [this.hostKey] }, (client) => {
      client.on('error', () => undefined);
      const offered: number[] = [];
      this.offered.push(offered);
      client.on('authentication', (context) => this.judge(context, offered, client));
      client.on('session', (acceptSession) =>
        acceptSession().on('exec', (acceptExec, _reject, info) => this.exec(info.command, acceptExec())),
      );
    });
    server.injectSocket(socket);
  }

  private judge(context: AuthContext, offered: number[], client: ssh2.Connection): void {
    const { takes, tries = Infinity, methods = ['publickey'], wantsMore = false } = this.gate;
    if (context.method !== 'publickey') {
      context.reject(methods);
      return;
    }
    const index = this.keyFiles.findIndex((file) =>
      readFileSync(`${file}.pub`, 'utf8').includes(base64(context.key.data)),
    );
    if (context.signature === undefined) offered.push(index);
    if (takes === undefined || takes.includes(index)) {
      if (wantsMore && context.signature !== undefined) context.reject(['password'], true);
      else context.accept();
    } else if (offered.length >= tries) client.end();
    else context.reject(methods);
  }
}

function base64(data: Buffer): string {
  return data.toString('base64');
}
