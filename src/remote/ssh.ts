import { NodeSSH } from 'node-ssh';
import type { ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandTimeout, ConnectionLost, type CommandOptions, type CommandResult, type Session } from './session.js';

/** Where and how to reach a machine's SSH server. */
export interface SshAddress {
  machine: string;
  host: string;
  port: number;
  username: string;
  privateKeyPath: string;
  /** The server's public host key in base64 (the second field of its .pub file); undefined accepts any. */
  hostKey?: string | undefined;
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
 * @throws ConnectTimeout, or the signal's reason when it aborts.
 */
export async function connect(address: SshAddress, deadline: number, signal: AbortSignal): Promise<Session> {
  const end = performance.now() + deadline * 1000;
  const attempts: string[] = [];
  while (performance.now() < end) {
    signal.throwIfAborted();
    const ssh = new NodeSSH();
    try {
      await whileNotAborted(
        signal,
        () => ssh.dispose(),
        ssh.connect({
          host: address.host,
          port: address.port,
          username: address.username,
          privateKeyPath: address.privateKeyPath,
          // An emulated guest needs a second or two for the key exchange; a dead one is given up after ten.
          readyTimeout: Math.max(1, Math.min(10_000, end - performance.now())),
          keepaliveInterval: 15_000,
          keepaliveCountMax: 8,
          ...(address.hostKey === undefined
            ? {}
            : { hostVerifier: (key: Buffer) => key.toString('base64') === address.hostKey }),
        }),
      );
      return new SshSession(address.machine, ssh, signal);
    } catch (error) {
      ssh.dispose();
      signal.throwIfAborted();
      attempts.push(error instanceof Error ? error.message : String(error));
      await sleep(250, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  throw new ConnectTimeout(address, deadline, attempts.slice(-5));
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
    let partial = '';
    let heard: () => void = () => undefined;
    const lines = options.onLine && splitLines(options.onLine);
    const stdin = await inputOf(options);
    const result = await this.guarded(
      command,
      options,
      () => partial,
      (listener) => (heard = listener),
      async () =>
        this.ssh.execCommand(command, {
          noTrim: true,
          ...stdin,
          onStderr: () => heard(),
          onStdout: (chunk) => {
            heard();
            partial = (partial + chunk.toString('utf8')).slice(-400);
            lines?.(chunk.toString('utf8'));
          },
        }),
    );
    // node-ssh resolves with a null code when the channel closes under a running command, and when a signal (the
    // out-of-memory killer's, say) ended it: then there is a result, which a shell would give as 128 + the signal.
    const code = result.code ?? signalCode(result.signal);
    if (code === null) throw new ConnectionLost(this.machine, command, 'the channel closed without an exit code');
    return {
      code,
      stdout: result.stdout,
      stderr: result.stderr,
      seconds: (performance.now() - started) / 1000,
    };
  }

  close(): void {
    this.ssh.dispose();
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
        const words = said().trim().split('\n').slice(-3).join(' / ');
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
async function inputOf({ input, inputFile }: CommandOptions): Promise<{ stdin?: string | ReadStream }> {
  if (inputFile === undefined) return input === undefined ? {} : { stdin: input };
  // Opened here: a stream that cannot open its file tells nobody but its own listeners.
  const stdin = (await open(inputFile)).createReadStream();
  stdin.on('error', () => undefined);
  return { stdin };
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

/** Calls back with whole lines out of arbitrary chunks. */
function splitLines(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
