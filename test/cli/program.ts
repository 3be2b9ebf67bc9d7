/** The program as a user runs it: a process of its own. */
import { join, resolve } from 'node:path';
import { execa } from 'execa';

export const PROJECT = resolve(import.meta.dirname, '../..');

/** What npm scripts start: the sources as they are, bundled once for each state they are in. */
export const MAIN = join(PROJECT, 'scripts/start.js');

export interface Ended {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs the program with these words after its name, and with these variables beside its own. */
export async function program(words: string[], env: Record<string, string> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...words], {
    cwd: PROJECT,
    env,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  });
  return { code: exitCode, stdout, stderr };
}
