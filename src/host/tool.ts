import { execa, ExecaError, type Options } from 'execa';
import { UserError } from './user-error.js';

/** What a host program answered. */
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
  /** What the program is for, for the error: `building the guest's userland`. */
  purpose: string;
  /** Called with each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
}

/**
 * Runs a program of the host without a shell.
 * @throws UserError if it is missing, fails or takes too long: with its command line, exit code and last words.
 */
export async function runTool(program: string, args: string[], options: ToolOptions): Promise<ToolResult> {
  const started = performance.now();
  const { cwd, input, signal, onLine } = options;
  const tap = function* (line: unknown) {
    onLine?.(String(line));
    yield line;
  };
  const settings: Options = {
    timeout: options.timeout * 1000,
    stripFinalNewline: false,
    // A killed run must not leave a half-done mke2fs behind that goes on writing.
    forceKillAfterDelay: 2000,
    env: { LC_ALL: 'C', ...options.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    ...(onLine === undefined ? {} : { stdout: [tap, 'pipe'], stderr: [tap, 'pipe'] }),
  };
  try {
    const result = await execa(program, args, settings);
    return {
      stdout: String(result.stdout ?? ''),
      stderr: String(result.stderr ?? ''),
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw explain(error, program, args, options);
  }
}

/** True if the program answers at all; used where a missing program is a finding and no error. */
export async function toolExists(program: string, args: string[] = ['--version']): Promise<boolean> {
  try {
    await execa(program, args, { timeout: 10_000, stdin: 'ignore' });
    return true;
  } catch (error) {
    return !(error instanceof ExecaError && error.code === 'ENOENT');
  }
}

function explain(error: unknown, program: string, args: string[], options: ToolOptions): Error {
  if (!(error instanceof ExecaError)) return error as Error;
  if (error.code === 'ENOENT') {
    return new UserError({
      what: `${program} is not installed`,
      where: options.purpose,
      next: 'npm run setup installs what is needed',
      cause: error,
    });
  }
  const said = lastLines(`${String(error.stdout ?? '')}\n${String(error.stderr ?? '')}`, 12);
  const ended = error.timedOut
    ? `did not end within ${options.timeout} s`
    : error.signal
      ? `was ended by ${error.signal}`
      : `ended with exit code ${error.exitCode}`;
  const full = /no space left on device|ENOSPC|Could not allocate block/i.test(said);
  return new UserError({
    what: `${program} ${ended}`,
    where: `${options.purpose}: ${[program, ...args].join(' ').slice(0, 400)}`,
    why: said || '(it said nothing)',
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
