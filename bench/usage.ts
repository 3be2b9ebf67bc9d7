/** What a program of ours costs: a Node process of its own, measured by the kernel (getrusage(2)) at its end. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Usage {
  code: number | null;
  stdout: string;
  stderr: string;
  wallSeconds: number;
  /** User and system, of all its threads; programs that it started are not in it. */
  cpuSeconds: number;
  maxRssMib: number;
}

const HOOK = pathToFileURL(join(import.meta.dirname, 'usage-at-exit.mjs')).href;

/**
 * Runs Node with these arguments and waits for its end.
 * @param folder receives what the process tells of itself.
 * @param options.core the only core it may use, and all that it starts (taskset(1)).
 * @throws Error if it was killed, so that nothing is known of it.
 */
export async function usageOf(
  nodeArguments: readonly string[],
  folder: string,
  options: { env?: Record<string, string>; cwd?: string; core?: number } = {},
): Promise<Usage> {
  const file = join(folder, `usage-${process.pid}-${(count += 1)}.json`);
  const begun = performance.now();
  const pinned = options.core === undefined ? [] : ['taskset', '-c', String(options.core)];
  const [program, ...words] = [...pinned, process.execPath, '--import', HOOK, ...nodeArguments];
  const child = spawn(program!, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env, BENCH_USAGE_FILE: file },
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const wallSeconds = (performance.now() - begun) / 1000;
  if (code === null) throw new Error(`node ${nodeArguments.join(' ')} was killed:\n${text.stderr}`);
  const told = JSON.parse(readFileSync(file, 'utf8')) as NodeJS.ResourceUsage;
  return {
    code,
    ...text,
    wallSeconds,
    cpuSeconds: (told.userCPUTime + told.systemCPUTime) / 1e6,
    maxRssMib: told.maxRSS / 1024,
  };
}

let count = 0;
