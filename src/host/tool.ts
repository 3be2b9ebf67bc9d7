import { execa, ExecaError, type Options } from 'execa';
import { redact } from './redact.js';
import { findProgram } from './setup.js';
import { UserError } from './user-error.js';

/** The result of a host program. */
export interface ToolResult {
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface ToolOptions {
  cwd?: string;
  input?: string;
  /** Seconds after which the program is killed and an error thrown. */
  timeout: number;
  signal?: AbortSignal | undefined;
  env?: Record<string, string>;
  /** The purpose of the call, for errors: `building the guest's userland`. */
  purpose: string;
  /** A file to which stdout is written instead of being returned. */
  stdoutFile?: string;
  /** Called with each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
}

/**
 * Runs a program of the host without a shell.
 * @throws UserError if it is missing, fails or takes too long, with its command line, exit code and last lines of output.
 */
export async function runTool(program: string, args: string[], options: ToolOptions): Promise<ToolResult> {
  const started = performance.now();
  const { cwd, input, signal, stdoutFile, onLine } = options;
  const path = findProgram(program);
  if (path === null) throw missing(program, options);
  signal?.throwIfAborted();
  const tap = function* (line: unknown) {
    onLine?.(String(line));
    yield line;
  };
  const settings: Options = {
    stripFinalNewline: false,
    // In its own process group: its children must end with it, and this program handles Ctrl-C in the terminal.
    detached: true,
    env: { LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, ...options.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(onLine === undefined ? {} : { stdout: [tap, 'pipe'], stderr: [tap, 'pipe'] }),
    ...(stdoutFile === undefined ? {} : { stdout: { file: stdoutFile }, buffer: { stdout: false } }),
  };
  // The kernel sends it SIGTERM if this process is killed; mmdebstrap then cleans up by itself.
  const guard = findProgram('setpriv');
  const words = guard === null ? [path, ...args] : [guard, '--pdeathsig', 'TERM', path, ...args];
  const child = execa(words[0]!, words.slice(1), settings);
  const group = child.pid;
  let timedOut = false;
  let forced: NodeJS.Timeout | undefined;
  const end = () => {
    if (group === undefined) return;
    killGroup(group, 'SIGTERM');
    forced = setTimeout(() => killGroup(group, 'SIGKILL'), 2000);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, options.timeout * 1000);
  signal?.addEventListener('abort', end, { once: true });
  if (group !== undefined) running.add(group);
  try {
    const result = await child;
    return {
      stdout: String(result.stdout ?? ''),
      stderr: String(result.stderr ?? ''),
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw explain(error, timedOut, program, args, options);
  } finally {
    clearTimeout(timer);
    clearTimeout(forced);
    signal?.removeEventListener('abort', end);
    if (group !== undefined) running.delete(group);
  }
}

/** Process groups of the running programs. */
const running = new Set<number>();

/** Kills every running program and its children, for an exit that cannot wait. */
export function killTools(): void {
  for (const group of running) killGroup(group, 'SIGKILL');
}

function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function missing(program: string, options: ToolOptions): UserError {
  return new UserError({
    what: `${program} is not installed`,
    where: options.purpose,
    next: 'run npm run setup, which installs what is needed',
  });
}

function explain(error: unknown, timedOut: boolean, program: string, args: string[], options: ToolOptions): Error {
  if (!(error instanceof ExecaError)) return error as Error;
  const output = lastLines(`${String(error.stdout ?? '')}\n${String(error.stderr ?? '')}`, 12);
  const ended = timedOut
    ? `did not end within ${options.timeout} s`
    : error.signal
      ? `was ended by ${error.signal}`
      : `ended with exit code ${error.exitCode}`;
  const full = /no space left on device|ENOSPC|Could not allocate block/i.test(output);
  return new UserError({
    what: `${program} ${ended}`,
    where: `${options.purpose}: ${redact([program, ...args].join(' ')).slice(0, 400)}`,
    why: output || '(no output)',
    next: full
      ? 'the disk is full: free some space, or set KERNEL_MATRIX_CACHE to a larger disk, and run again'
      : undefined,
    cause: error,
  });
}

function lastLines(text: string, count: number): string {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}
