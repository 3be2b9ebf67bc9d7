/** The program as a user runs it: a process of its own. */
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { inject } from 'vitest';

export const PROJECT = resolve(import.meta.dirname, '../..');

/** Path of the program's first file, compiled from the sources as they are (test/program.setup.ts). */
export const main = (): string => join(inject('program'), 'dist/cli/main.js');

/** Path of a compiled fixture: a program that a test starts, by its path below test/ without the suffix. */
export const fixture = (name: string): string => join(inject('program'), 'test', `${name}.js`);

export interface Ended {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs the program with these words after its name, and with these variables beside its own. */
export async function program(words: string[], env: Record<string, string> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main(), ...words], {
    cwd: PROJECT,
    env,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  });
  return { code: exitCode, stdout, stderr };
}
