/** Before any fault: a run whose first row is measured, ended by kill -9 as the second begins. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { lacking, MACHINES } from '../needs.js';
import { start, writeConfig } from '../vm/support.js';
import { PROFILE, ROWS } from './profile.js';

export default async function setup(project: TestProject): Promise<() => void> {
  const kept = process.env['KERNEL_MATRIX_FAULTS_BASE'];
  // Without machines its tests are skipped.
  project.provide('base', kept ?? (lacking(MACHINES) ? '' : await makeBase()));
  const caches = mkdtempSync(join(tmpdir(), 'km-fault-caches-'));
  project.provide('caches', caches);
  return () => rmSync(caches, { recursive: true, force: true });
}

async function makeBase(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'km-fault-base-'));
  const runs = join(folder, 'runs');
  mkdirSync(runs);
  const run = start(['matrix', '--config', writeConfig(folder, PROFILE), '--runs-dir', runs]);
  await run.says(new RegExp(`${ROWS.hit} .*machine|${ROWS.hit} .*select`));
  run.child.kill('SIGKILL');
  await run.ended;
  const base = join(runs, readdirSync(runs)[0]!);
  if (!readFileSync(join(base, 'journal.jsonl'), 'utf8').includes('"outcome":"measured"'))
    throw new Error(`the run in ${base} has no measured row`);
  return base;
}
