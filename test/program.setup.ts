/**
 * Compiles the program before the tests that start it as a process: through tsx each start costs more than a second of CPU. It is
 * made anew at every run, so that no test sees an old one.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder with the compiled program in `dist/`, laid out as an installed one, and the compiled fixtures below `test/`. */
    program: string;
  }
}

const PROJECT = resolve(import.meta.dirname, '..');

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-matrix-program-'));
  for (const name of ['package.json', 'node_modules', 'vagrant']) symlinkSync(join(PROJECT, name), join(folder, name));
  // Fixtures import from src/.
  symlinkSync('dist', join(folder, 'src'));
  await compile(folder);
  project.onTestsRerun(() => compile(folder));
  project.provide('program', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

async function compile(folder: string): Promise<void> {
  const src = join(PROJECT, 'src');
  const options = { format: 'esm', platform: 'node', target: 'node20', sourcemap: 'linked' } as const;
  await build({ ...options, entryPoints: typescriptFiles(src), outbase: src, outdir: join(folder, 'dist') });
  const fixtures = typescriptFiles(join(PROJECT, 'test')).filter((file) => file.includes('/fixtures/'));
  await build({ ...options, entryPoints: fixtures, outbase: PROJECT, outdir: folder });
  // What is read at run time beside the code.
  cpSync(src, join(folder, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
}

function typescriptFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}
