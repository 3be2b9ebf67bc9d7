import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../../remote/quote.js';

interface Reply {
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
  data?: Record<string, unknown>;
  QMP?: unknown;
}

/**
 * QEMU Machine Protocol over a pair of pipes (qemu's `-chardev stdio`, one JSON object a line;
 * docs/interop/qmp-spec of QEMU 7.2). Pipes and no socket: nothing is left in the file system, and no path is too long.
 */
export class Qmp {
  private buffer = '';
  private readonly waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  private readonly greeted: Promise<void>;
  private closed: Error | null = null;

  constructor(
    input: Readable,
    private readonly output: Writable,
    private readonly onEvent: (name: string, data: Record<string, unknown>) => void = () => undefined,
  ) {
    let greet!: () => void;
    this.greeted = new Promise((resolve) => (greet = resolve));
    input.setEncoding('utf8');
    input.on('data', (chunk: string) => this.receive(chunk, greet));
    input.on('close', () => {
      greet();
      this.fail(new Error('QEMU closed its monitor'));
    });
    output.on('error', (error) => this.fail(error));
  }

  /** Waits for the greeting and leaves negotiation mode. */
  async open(): Promise<void> {
    await this.greeted;
    await this.execute('qmp_capabilities');
  }

  /** Runs a command and returns its `return` value; throws with QEMU's description if it is refused. */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    if (this.closed) return Promise.reject(this.closed);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.output.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  private receive(chunk: string, greet: () => void): void {
    const lines = (this.buffer + chunk).split('\n');
    this.buffer = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const reply = replyOf(line);
      if (reply === null) continue;
      if (reply.QMP) greet();
      else if (typeof reply.event === 'string') this.onEvent(reply.event, reply.data ?? {});
      else if (reply.error) this.waiting.shift()?.reject(new Error(`QMP: ${reply.error.desc}`));
      else if ('return' in reply) this.waiting.shift()?.resolve(reply.return);
    }
  }

  private fail(error: Error): void {
    this.closed = error;
    for (const each of this.waiting.splice(0)) each.reject(error);
  }
}

/**
 * Waits until a machine runs: at once, or once the state it goes on from has been read. It is stopped then, as the machine was when
 * its state was written.
 */
export async function whenRunning(qmp: Qmp): Promise<void> {
  for (;;) {
    const { status } = (await qmp.execute('query-status')) as { status: string };
    if (status === 'paused') await qmp.execute('cont');
    else if (status !== 'inmigrate') return;
    else await sleep(50);
  }
}

/**
 * Writes the memory and devices of a stopped machine into a file, as a migration (docs/devel/migration of QEMU 7.2). When it has
 * ended the machine's disk is as the state knows it, and stays so until `cont`.
 * @throws Error with QEMU's reason.
 */
export async function writeState(qmp: Qmp, file: string): Promise<void> {
  // Into a file there is no reason to go slow; the default is 128 MiB a second.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
  await qmp.execute('migrate', { uri: `exec:${shell`cat > ${file}`}` });
  for (;;) {
    const { status, ...rest } = (await qmp.execute('query-migrate')) as { status?: string; 'error-desc'?: string };
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') throw new Error(rest['error-desc'] ?? `migration ${status}`);
    await sleep(50);
  }
}

/** Null for what is no reply: a line of something else that got into the pipe. */
function replyOf(line: string): Reply | null {
  try {
    const reply: unknown = JSON.parse(line);
    return typeof reply === 'object' && reply !== null ? reply : null;
  } catch {
    return null;
  }
}
