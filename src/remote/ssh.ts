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
  /** Paths of private keys, in the order in which they are offered until the server takes one. */
  keyFiles: readonly string[];
  /** Keys of which the server must show one; undefined accepts any, which is told to `onHostKey`. */
  hostKeys?: readonly HostKey[] | undefined;
  /** Told the key of a server that was logged in to. */
  onHostKey?: ((shown: HostKey) => void) | undefined;
}

/** No attempt to connect succeeded before the deadline; `attempts` holds the last reasons. */
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
 * Connects as soon as the machine's SSH server answers, trying again until the deadline: the first connections to a
 * machine that boots are refused, reset or never greeted.
 * @param deadline seconds.
 * @throws ConnectTimeout, or the signal's reason when it aborts. At once: OtherServer, if one answers with another key;
 *   KeysRefused, if it takes none of the keys offered; UserError, if no key can be read.
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
          // An emulated guest needs a second or two for the key exchange; a dead one is given up after ten.
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
      // It allows so many keys a connection: the others are offered in the next.
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
    // Without a listener a connection that dies between two commands would end this process.
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
    // The code is null when the channel closes under a running command, and when a signal (the
    // out-of-memory killer's, say) ended it: then there is a result, which a shell would give as 128 + the signal.
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

  /** node-ssh's own execCommand keeps all that a command prints, however much that is. */
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

  /** Adds what node-ssh does not have: a deadline, cancellation, and the end of the connection as an error. */
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

/** What a command reads on its standard input. @throws if the file cannot be opened. */
async function inputOf({ input, inputFile }: CommandOptions): Promise<string | ReadStream | null> {
  if (inputFile === undefined) return input ?? null;
  // Opened here: a stream that cannot open its file tells nobody but its own listeners.
  const stdin = (await open(inputFile)).createReadStream();
  stdin.on('error', () => undefined);
  return stdin;
}

/** Waits for work that knows no signal; on abort ends it with `stop` and throws the signal's reason. */
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
    // Whichever lost must not count as unhandled.
    work.catch(() => undefined);
    aborted.catch(() => undefined);
  }
}

/** Exit code of a command that a signal ended, as RFC 4254 section 6.10 names it (KILL, without SIG); null if unknown. */
function signalCode(signal: string | null): number | null {
  const number = signal === null ? undefined : constants.signals[`SIG${signal}` as NodeJS.Signals];
  return number === undefined ? null : 128 + number;
}
