import { createHash, randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CommandTimeout, ConnectionLost, type Session } from '../../src/remote/session.js';
import { OtherServer, type HostKey } from '../../src/remote/host-key.js';
import { KEPT_BYTES } from '../../src/remote/kept-output.js';
import { connect, ConnectTimeout } from '../../src/remote/ssh.js';
import { deferred } from '../host/deferred.js';
import { TestServer, type Exec } from './server.js';
import { lacking, SSH_KEYGEN } from '../needs.js';

const forever = new AbortController().signal;
let server: TestServer;
let session: Session | undefined;

afterEach(async () => {
  session?.close();
  session = undefined;
  await server.stop();
});

async function open(exec: Exec, signal = forever): Promise<Session> {
  server = await new TestServer(exec).start();
  session = await connect({ ...server.address(), hostKeys: [server.publicKey()] }, 20, signal);
  return session;
}

const runner =
  (of: Session): Session['run'] =>
  (command, options) =>
    of.run(command, options);

describe.skipIf(lacking(SSH_KEYGEN))('a command', () => {
  it('answers with its exit code and both outputs, untrimmed', async () => {
    const run = runner(
      await open((command, channel) => {
        channel.stderr.write(`heard ${command}\n`);
        channel.write('one\ntwo\n\n');
        channel.exit(7);
        channel.end();
      }),
    );
    expect(await run('uname -r', { timeout: 20 })).toMatchObject({
      code: 7,
      stdout: 'one\ntwo\n\n',
      stderr: 'heard uname -r\n',
    });
  });

  it('may print without end: what is kept of it is bounded, and says so', async () => {
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const chunks = 3 * (KEPT_BYTES / chunk.length);
    const run = runner(
      await open((_, channel) => {
        channel.stderr.write('short');
        let left = chunks;
        const more = () => {
          while (left > 0) {
            left -= 1;
            if (!channel.write(chunk)) {
              channel.once('drain', more);
              return;
            }
          }
          channel.exit(0);
          channel.end();
        };
        more();
      }),
    );
    const { code, stdout, stderr } = await run('yes', { timeout: 600, onLine: () => undefined });
    const mark = `\n[kernel-matrix: truncated, ${2 * KEPT_BYTES} bytes more were not kept]\n`;
    expect(stdout.length).toBe(KEPT_BYTES + mark.length);
    expect(stdout.endsWith(mark)).toBe(true);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'short' });
  });

  it('is given its input', async () => {
    const run = runner(
      await open((_, channel) => {
        channel.pipe(channel, { end: false });
        channel.on('end', () => {
          channel.exit(0);
          channel.end();
        });
      }),
    );
    expect((await run('cat', { timeout: 20, input: 'a file\n' })).stdout).toBe('a file\n');
  });

  it('is given a file of this host, whole and byte for byte', async () => {
    const file = join(tmpdir(), `km-input-${process.pid}`);
    const bytes = randomBytes(5_000_000);
    writeFileSync(file, bytes);
    try {
      const run = runner(
        await open((_, channel) => {
          const hash = createHash('sha256');
          channel.on('data', (chunk: Buffer) => hash.update(chunk));
          channel.on('end', () => {
            channel.write(hash.digest('hex'));
            channel.exit(0);
            channel.end();
          });
        }),
      );
      const sent = await run('sha256sum', { timeout: 20, inputFile: file });
      expect(sent.stdout).toBe(createHash('sha256').update(bytes).digest('hex'));
    } finally {
      rmSync(file);
    }
  });

  it('is not even sent if its file is not there', async () => {
    let heard = false;
    const run = runner(
      await open(() => {
        heard = true;
      }),
    );
    await expect(run('cat', { timeout: 20, inputFile: '/nonexistent/file' })).rejects.toThrow(/ENOENT/);
    expect(heard).toBe(false);
  });

  it('may end before it has read its file: that is its result', async () => {
    const file = join(tmpdir(), `km-input-early-${process.pid}`);
    writeFileSync(file, randomBytes(5_000_000));
    try {
      const run = runner(
        await open((_, channel) => {
          channel.stderr.write('No space left on device\n');
          channel.exit(1);
          channel.end();
          channel.close();
        }),
      );
      expect(await run('cat > full', { timeout: 20, inputFile: file })).toMatchObject({ code: 1 });
    } finally {
      rmSync(file);
    }
  });

  it('is told by lines while it runs, whatever the chunks', async () => {
    const lines: string[] = [];
    const heard = deferred();
    const run = runner(
      await open((_, channel) => {
        channel.write('progress 5');
        channel.write('00\nprogress 1000\nmade');
        void heard.promise.then(() => {
          channel.exit(0);
          channel.end();
        });
      }),
    );
    const onLine = (line: string) => {
      lines.push(line);
      if (line === 'progress 1000') heard.resolve();
    };
    await run('fill', { timeout: 20, onLine });
    expect(lines).toEqual(['progress 500', 'progress 1000']);
  });

  it('whose connection is cut is lost and has no result', async () => {
    const run = runner(
      await open((_, channel) => {
        channel.write('half a result\n');
        setImmediate(() => server.cut());
      }),
    );
    const error: unknown = await run('sleep 100', { timeout: 20 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionLost);
    expect(error).toMatchObject({ machine: 'm1', command: 'sleep 100' });
  });

  it('whose channel closes without an exit code is lost too', async () => {
    const run = runner(await open((_, channel) => channel.end()));
    await expect(run('reboot', { timeout: 20 })).rejects.toBeInstanceOf(ConnectionLost);
  });

  it('after the connection has gone is lost', async () => {
    const run = runner(await open(() => undefined));
    server.cut();
    await expect(run('true', { timeout: 20 })).rejects.toBeInstanceOf(ConnectionLost);
    await expect(run('true', { timeout: 20 })).rejects.toBeInstanceOf(ConnectionLost);
  });

  it('past its deadline ends with its last words', async () => {
    const run = runner(await open((_, channel) => channel.write('first\nwaiting for dockerd\n')));
    const error: unknown = await run('sleep 100', { timeout: 1 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommandTimeout);
    expect(error).toMatchObject({ command: 'sleep 100', deadline: 1, output: 'first / waiting for dockerd' });
  });

  it('that is silent for too long is given up long before its deadline', async () => {
    const run = runner(await open((_, channel) => channel.write('progress 500\n')));
    const error: unknown = await run('fill', { timeout: 600, quietFor: 0.3 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommandTimeout);
    expect(error).toMatchObject({ silentFor: 0.3, output: 'progress 500' });
    expect((error as Error).message).toContain('silent for 0.3 s, so the guest looks dead, during: fill');
  });

  it('is not given up while it tells how far it is, on either output', async () => {
    const run = runner(
      await open((_, channel) => {
        let count = 0;
        const timer = setInterval(() => {
          count += 1;
          (count % 2 ? channel : channel.stderr).write(`progress ${count}\n`);
          if (count < 12) return;
          clearInterval(timer);
          channel.exit(0);
          channel.end();
        }, 100);
      }),
    );
    expect((await run('fill', { timeout: 60, quietFor: 1 })).code).toBe(0);
  });

  it('ends with the reason of the signal when the machine dies', async () => {
    const death = new AbortController();
    const run = runner(await open(() => death.abort(new Error('Kernel panic')), death.signal));
    await expect(run('sleep 100', { timeout: 20 })).rejects.toThrow('Kernel panic');
    await expect(run('true', { timeout: 20 })).rejects.toThrow('Kernel panic');
  });
});

describe.skipIf(lacking(SSH_KEYGEN))('connect', () => {
  it('tries again until the server is up', async () => {
    server = await new TestServer((_, channel) => {
      channel.exit(0);
      channel.end();
    }).start();
    server.down = true;
    const connecting = connect(server.address(), 20, forever);
    await vi.waitFor(() => expect(server.connections).toBeGreaterThan(1), { timeout: 10_000 });
    server.down = false;
    session = await connecting;
    expect(await session.run('true', { timeout: 20 })).toMatchObject({ code: 0 });
  });

  it('tells where nothing answered, and the last reason', async () => {
    server = await new TestServer(() => undefined).start();
    const address = server.address();
    server.down = true;
    const error: unknown = await connect(address, 0.4, forever).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectTimeout);
    const { attempts, message } = error as ConnectTimeout;
    expect(message).toContain(`m1: no SSH answer at 127.0.0.1:${address.port} within 0.4 s`);
    expect(message).toContain(`(last: ${attempts.at(-1)})`);
    expect(attempts.length).toBeGreaterThan(0);
  });

  it('refuses a server with another host key at once, and says that it is another one', async () => {
    server = await new TestServer(() => undefined).start();
    const other = { type: 'ssh-ed25519', key: Buffer.from('another key').toString('base64') };
    const connecting = connect({ ...server.address(), hostKeys: [other] }, 600, forever);
    await expect(connecting).rejects.toThrow(OtherServer);
    await expect(connecting).rejects.toThrow(
      new RegExp(
        `^m1: another server answers at 127.0.0.1:\\d+: it shows the key ssh-ed25519 .*expected was ssh-ed25519 `,
      ),
    );
    expect(server.connections).toBe(1);
  });

  it('tells the key of a server that it let in without knowing it', async () => {
    server = await new TestServer(() => undefined).start();
    let shown: HostKey | undefined;
    session = await connect({ ...server.address(), onHostKey: (key) => (shown = key) }, 20, forever);
    expect(shown).toEqual(server.publicKey());
  });

  it('gives up when the signal aborts', async () => {
    server = await new TestServer(() => undefined).start();
    server.down = true;
    const cancel = new AbortController();
    const connecting = connect(server.address(), 20, cancel.signal);
    cancel.abort(new Error('interrupted'));
    await expect(connecting).rejects.toThrow('interrupted');
  });
});
