/** What the tests on real machines share: the program as a user runs it, and a look at what it leaves. */
import { readJournal, replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findMirrors } from '../../src/host/apt.js';
import { cacheRoot } from '../../src/host/cache.js';
import { resolveDebKernel } from '../../src/kernel/deb-resolve.js';
import type { ResolvedKernel } from '../../src/kernel/resolved-kernel.js';

const PROJECT = resolve(import.meta.dirname, '../..');

/** A finished program. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A program under way. */
export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when stderr so far matches; rejects if the program ends first. */
  says(pattern: RegExp): Promise<void>;
}

/** An empty folder for a test's configuration and runs. */
export function workFolder(): string {
  return mkdtempSync(join(tmpdir(), 'kernel-matrix-test-'));
}

/** Puts the userlands there are into a cache of a test's own, so that it builds images in seconds. */
export function shareUserlands(cache: string): void {
  const from = join(cacheRoot(), 'userlands');
  if (!existsSync(from)) return;
  // What is named so is being made by somebody else.
  cpSync(from, join(cache, 'userlands'), { recursive: true, filter: (name) => !name.endsWith('.lock') });
}

/** Starts the program with these words after its name. */
export function start(words: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [join(PROJECT, 'scripts/start.js'), ...words], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const check of waiting) check();
  });
  const ended = new Promise<Ended>((settle) =>
    child.once('close', (code, signal) => settle({ code, signal, stdout, stderr })),
  );
  const says = (pattern: RegExp) =>
    new Promise<void>((settle, reject) => {
      const check = () => {
        if (!pattern.test(stderr)) return;
        waiting.delete(check);
        settle();
      };
      waiting.add(check);
      check();
      void ended.then((end) => reject(new Error(`ended before ${String(pattern)}:\n${end.stderr}`)));
    });
  return { child, ended, says };
}

/**
 * Writes a kernels.yaml with one profile and returns its path.
 * @param more other keys of the file.
 */
export function writeConfig(folder: string, profile: string, more = ''): string {
  const file = join(folder, 'kernels.yaml');
  writeFileSync(file, `version: 1\n${more}profiles:\n  test:\n${profile.replace(/^(?=.)/gm, '    ')}`);
  return file;
}

/** The only run below a folder. */
export async function factsOfOnlyRun(runs: string): Promise<RunFacts> {
  const [run, ...others] = readdirSync(runs);
  if (run === undefined || others.length > 0)
    throw new Error(`expected one run in ${runs}, got ${readdirSync(runs).join(', ')}`);
  const file = join(runs, run, 'journal.jsonl');
  return replay((await readJournal(file)).events, file);
}

/** QEMU processes whose command line names a text, for example a folder of the test. */
export function qemuProcesses(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return words.startsWith('qemu-system') && words.includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** A Debian kernel, extracted: what a user's own build looks like from outside. */
export async function debianKernel(suite: string, pattern: string): Promise<ResolvedKernel> {
  return resolveDebKernel({ suite, package: pattern }, await findMirrors({}), {
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
}

/** Modules directory of an extracted kernel. */
export function modulesOf(kernel: ResolvedKernel): string {
  return join(kernel.moduleRoot!, 'lib/modules', kernel.release);
}
