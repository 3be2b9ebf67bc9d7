import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../host/user-error.js';

/** Where runs are kept when nothing else is said. */
export const RUNS = 'runs';
export const JOURNAL = 'journal.jsonl';

/** A run's name: the local time it started, so that names sort by age. */
export function newRunId(runs: string, now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const base =
    `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}` +
    `-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (!existsSync(join(runs, id))) return id;
  }
}

/** Runs that have a journal, oldest first. */
export function listRuns(runs: string): string[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((name) => existsSync(join(runs, name, JOURNAL)))
    .sort();
}

/**
 * Folder of a run: `latest`, an id below `runs`, or a path.
 * @throws UserError if there is no such run.
 */
export function findRun(name: string, runs: string): string {
  const known = listRuns(runs);
  if (name === 'latest' && known.length > 0) return join(runs, known.at(-1)!);
  for (const folder of [join(runs, name), resolve(name)]) if (existsSync(join(folder, JOURNAL))) return folder;
  if (basename(name) === JOURNAL && existsSync(name)) return resolve(name, '..');
  const empty = [join(runs, name), resolve(name)].find((folder) => name !== 'latest' && existsSync(folder));
  if (empty !== undefined) {
    throw new UserError({
      what: `${name} is no run: it has no ${JOURNAL}`,
      where: resolve(empty),
      why: known.length > 0 ? `there are: ${known.slice(-8).join(', ')}` : undefined,
      next: known.length > 0 ? 'name one of these, or latest' : 'npm run matrix makes one',
      exitCode: 2,
    });
  }
  throw new UserError({
    what: name === 'latest' ? 'there is no run yet' : `there is no run ${name}`,
    where: resolve(runs),
    why: known.length > 0 ? `there are: ${known.slice(-8).join(', ')}` : undefined,
    next: known.length > 0 ? 'name one of these, or latest' : 'npm run matrix makes one',
    exitCode: 2,
  });
}
