import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';

const FIXTURE = join(import.meta.dirname, 'fixtures/watch-signals.ts');

/** The fixture as a child: real signals, real exit codes. */
class Command {
  readonly lines: string[] = [];
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly exited: Promise<unknown[]>;
  #wake = () => {};

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.exited = once(this.child, 'exit');
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    void this.exited.then(() => this.#wake());
  }

  /** Waits until a line has been said this many times. */
  async said(line: string, times = 1): Promise<void> {
    while (this.lines.filter((each) => each === line).length < times) {
      if (this.child.exitCode !== null) throw new Error(`ended without saying "${line}": ${this.lines.join(' / ')}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  tell(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  async code(): Promise<unknown> {
    return (await this.exited)[0];
  }
}

describe('watchSignals', () => {
  let command: Command;
  afterEach(async () => {
    command.child.kill('SIGKILL');
    await command.exited;
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('aborts at the first %s and leaves the cleaning up its time', async (signal, code) => {
    command = new Command();
    await command.said('ready');
    command.child.kill(signal);
    await command.said(`seen ${signal}`);
    expect(command.lines).toContain(`print ${signal}: stopping: destroying the machines (again to force)`);
    expect(command.lines).toContain(`aborted ${signal} ${code}`);
    expect(command.lines).not.toContain('children killed');
    command.tell('finish');
    expect(await command.code()).toBe(7);
  });

  it('takes a SIGINT that npm forwards beside the terminal for the same Ctrl-C', async () => {
    command = new Command();
    await command.said('ready');
    command.child.kill('SIGINT');
    await command.said('seen SIGINT');
    command.child.kill('SIGINT');
    await command.said('seen SIGINT', 2);
    expect(command.lines.filter((line) => line.startsWith('print'))).toHaveLength(1);
    command.tell('finish');
    expect(await command.code()).toBe(7);
    expect(command.lines).not.toContain('children killed');
  });

  it('ends at once on a later second SIGINT, after killing the children', async () => {
    command = new Command();
    await command.said('ready');
    command.child.kill('SIGINT');
    await command.said('seen SIGINT');
    command.tell('later');
    await command.said('clock set');
    command.child.kill('SIGINT');
    expect(await command.code()).toBe(130);
    expect(command.lines).toContain('children killed');
  });

  it('ends by itself, after killing the children, when cleaning up takes longer than its budget', async () => {
    command = new Command('short-budget');
    await command.said('ready');
    command.child.kill('SIGTERM');
    expect(await command.code()).toBe(143);
    expect(command.lines).toContain('print not ended after 0.2 s: ending at once');
    expect(command.lines).toContain('children killed');
  });

  it('ends at once even if the children cannot be killed', async () => {
    command = new Command('kill-fails');
    await command.said('ready');
    command.child.kill('SIGTERM');
    await command.said('seen SIGTERM');
    command.tell('later');
    await command.said('clock set');
    command.child.kill('SIGTERM');
    expect(await command.code()).toBe(143);
  });
});
