import { excerpt } from '../base/text/excerpt.js';
import type { ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeSSH } from 'node-ssh';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { algorithmsFor, hostKeyOf, OtherServer, type HostKey } from './host-key.js';
import { LoginKeys } from './login-keys.js';
import { KeptOutput, splitLines } from './kept-output.js';
import { CommandTimeout, ConnectionLost, type CommandOptions, type CommandResult, type Session } from './session.js';

/** Where and how to reach a machine's SSH server. */
export interface SshAddress {
  machine: string;
  host: string;
  port: number;
  username: string;
  /** Paths of private keys, in the order in which they are offered until the server accepts one. */
  keyFiles: readonly string[];
  /** The server must present one of these keys; undefined accepts any, and reports it to `onHostKey`. */
  hostKeys?: readonly HostKey[] | undefined;
  /** Called with the server's key after a login. */
  onHostKey?: ((shown: HostKey) => void) | undefined;
}

/** No attempt to connect succeeded before the deadline; `attempts` are the last errors. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
  constructor(
    readonly address: SshAddress,
    readonly deadline: number,
    readonly attempts: string[],
  ) {
    super(
      `${address.machine}: no SSH answer at ${address.host}:${address.port} within ${deadline} s` +
        (attempts.length ? ` (last: ${attempts.at(-1)})` : ''),
    );
  }
}

/**
 * Connects as soon as the machine's SSH server answers, and retries until the deadline: the first connections to a booting machine
 * are refused, reset or get no banner.
 * @param deadline seconds.
 * @throws ConnectTimeout, or the signal's reason when it aborts. Without a retry: OtherServer, if the server presents another key;
 *   KeysRefused, if it accepts none of the login keys; UserError, if no key can be read.
 */
export async function connect(address: SshAddress, deadline: number, signal: AbortSignal): Promise<Session> {
  const end = performance.now() + deadline * 1000;
  const attempts: string[] = [];
  const { hostKeys, onHostKey } = address;
  // Loaded by who connects: it takes a tenth of the time in which the program starts.
  const { NodeSSH } = await import('node-ssh');
  const login = await LoginKeys.read(address.machine, address.keyFiles);
  while (performance.now() < end) {
    signal.throwIfAborted();
    const ssh = new NodeSSH();
    const before = login.left;
    let shown: HostKey | null = null;
    const refused = () =>
      shown !== null && hostKeys !== undefined && !hostKeys.some(({ key }) => key === shown?.key) ? shown : null;
    try {
      await whileNotAborted(
        signal,
        () => ssh.dispose(),
        ssh.connect({
          host: address.host,
          port: address.port,
          username: address.username,
          authHandler: login.offers(address.username),
          // An emulated guest needs a second or two for the key exchange; after ten it counts as dead.
          readyTimeout: Math.max(1, Math.min(10_000, end - performance.now())),
          keepaliveInterval: 15_000,
          keepaliveCountMax: 8,
          hostVerifier: (key: Buffer) => {
            shown = hostKeyOf(key);
            return refused() === null;
          },
          ...(hostKeys === undefined
            ? {}
            : { algorithms: { serverHostKey: algorithmsFor(hostKeys) as ServerHostKeyAlgorithm[] } }),
        }),
      );
      if (shown !== null) onHostKey?.(shown);
      return new SshSession(address.machine, ssh, signal);
    } catch (error) {
      ssh.dispose();
      signal.throwIfAborted();
      const other = refused();
      if (other) throw new OtherServer(address.machine, `${address.host}:${address.port}`, hostKeys ?? [], other);
      const message = error instanceof Error ? error.message : String(error);
      login.ended(message);
      if (login.left === 0) throw login.error(address.machine, `${address.username}@${address.host}:${address.port}`);
      attempts.push(message);
      // The server limits the keys per connection: offer the rest in the next one.
      if (login.left < before) continue;
      await sleep(250, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  throw new ConnectTimeout(address, deadline, attempts.slice(-5));
}

/** How a channel ended; both null if it closed under a running command. */
interface ChannelEnd {
  code: number | null;
  /** Without SIG. */
  signal: string | null;
}

interface Outputs {
  stdout: (chunk: Buffer) => void;
  stderr: (chunk: Buffer) => void;
}

class SshSession implements Session {
  constructor(
    readonly machine: string,
    private readonly ssh: NodeSSH,
    private readonly signal: AbortSignal,
  ) {
    // Without a listener, a connection that dies between two commands would end this process.
    ssh.connection?.on('error', () => undefined);
  }

  async run(command: string, options: CommandOptions): Promise<CommandResult> {
    this.signal.throwIfAborted();
    const started = performance.now();
    const stdout = new KeptOutput();
    const stderr = new KeptOutput();
    let partial = '';
    let heard: () => void = () => undefined;
    const lines = options.onLine && splitLines(options.onLine);
    const stdin = await inputOf(options);
    const result = await this.guarded(
      command,
      options,
      () => partial,
      (listener) => (heard = listener),
      () =>
        this.exec(command, stdin, {
          stdout: (chunk) => {
            heard();
            stdout.add(chunk);
            partial = (partial + chunk.toString('utf8')).slice(-400);
            lines?.(chunk.toString('utf8'));
          },
          stderr: (chunk) => {
            heard();
            stderr.add(chunk);
          },
        }),
    );
    // The code is null if the channel closed during the command, or if a signal ended it (for example of the out-of-memory
    // killer). The latter is a result: 128 + the signal, as in a shell.
    const code = result.code ?? signalCode(result.signal);
    if (code === null) throw new ConnectionLost(this.machine, command, 'the channel closed without an exit code');
    return {
      code,
      stdout: stdout.text(),
      stderr: stderr.text(),
      seconds: (performance.now() - started) / 1000,
    };
  }

  close(): void {
    this.ssh.dispose();
  }

  /** Instead of node-ssh's execCommand, which keeps all output, however much it is. */
  private exec(command: string, stdin: string | ReadStream | null, tell: Outputs): Promise<ChannelEnd> {
    const { connection } = this.ssh;
    if (!connection) return Promise.reject(new Error('not connected'));
    return new Promise((resolve, reject) => {
      connection.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        const end: ChannelEnd = { code: null, signal: null };
        channel.on('data', tell.stdout);
        channel.stderr.on('data', tell.stderr);
        channel.on('exit', (code: number | null, signal?: string | null) => {
          end.code = code;
          end.signal = signal ?? null;
        });
        channel.on('close', () => {
          if (typeof stdin === 'object') stdin?.destroy();
          resolve(end);
        });
        if (stdin === null) channel.end();
        else if (typeof stdin === 'string') channel.end(stdin);
        else stdin.pipe(channel);
      });
    });
  }

  /** Adds to node-ssh a deadline, cancellation, and an error when the connection ends. */
  private guarded<T>(
    command: string,
    options: CommandOptions,
    said: () => string,
    whenHeard: (listener: () => void) => void,
    work: () => Promise<T>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const connection = this.ssh.connection;
      const giveUp = (silentFor: number | null) => {
        const words = excerpt(said().trim().split('\n').slice(-3).join(' / '));
        finish(() => reject(new CommandTimeout(this.machine, command, options.timeout, words, silentFor)));
        this.close();
      };
      const timer = setTimeout(() => giveUp(null), options.timeout * 1000);
      const { quietFor } = options;
      const silence = quietFor === undefined ? undefined : setTimeout(() => giveUp(quietFor), quietFor * 1000);
      whenHeard(() => silence?.refresh());
      const onAbort = () => {
        finish(() => reject(this.signal.reason as Error));
        this.close();
      };
      const onClose = () => finish(() => reject(new ConnectionLost(this.machine, command, 'the connection closed')));
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        clearTimeout(silence);
        whenHeard(() => undefined);
        this.signal.removeEventListener('abort', onAbort);
        connection?.removeListener('close', onClose);
        settle();
      };
      this.signal.addEventListener('abort', onAbort, { once: true });
      connection?.once('close', onClose);
      work().then(
        (value) => finish(() => resolve(value)),
        (error: unknown) =>
          finish(() =>
            reject(new ConnectionLost(this.machine, command, error instanceof Error ? error.message : String(error))),
          ),
      );
    });
  }
}

/** The standard input of a command. @throws if the file cannot be opened. */
async function inputOf({ input, inputFile }: CommandOptions): Promise<string | ReadStream | null> {
  if (inputFile === undefined) return input ?? null;
  // Opened here, because a stream that cannot open its file reports that only to its own listeners.
  const stdin = (await open(inputFile)).createReadStream();
  stdin.on('error', () => undefined);
  return stdin;
}

/** Waits for work that does not support signals; on abort, ends it with `stop` and throws the signal's reason. */
async function whileNotAborted<T>(signal: AbortSignal, stop: () => void, work: Promise<T>): Promise<T> {
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      stop();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // The one that lost must not count as an unhandled rejection.
    work.catch(() => undefined);
    aborted.catch(() => undefined);
  }
}

/** Exit code for a signal in the form of RFC 4254 section 6.10 (KILL, without SIG); null if the signal is unknown. */
function signalCode(signal: string | null): number | null {
  const number = signal === null ? undefined : constants.signals[`SIG${signal}` as NodeJS.Signals];
  return number === undefined ? null : 128 + number;
}
