/** The program as a user runs it: a process of its own. */
import { join, resolve } from 'node:path';
import { execa } from 'execa';

export const PROJECT = resolve(import.meta.dirname, '../..');

export interface Ended {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs the program with these words after its name, and with these variables beside its own. */
export async function program(words: string[], env: Record<string, string> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ['--import', 'tsx', join(PROJECT, 'src/cli/main.ts'), ...words],
    { cwd: PROJECT, env, reject: false, stdin: 'ignore', stripFinalNewline: false },
  );
  return { code: exitCode, stdout, stderr };
}
