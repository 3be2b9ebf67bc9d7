import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../host/user-error.js';

/** Default folder of runs. */
export const RUNS = 'runs';
/** Default configuration file. */
export const DEFAULT_CONFIG = 'kernels.yaml';
export const JOURNAL = 'journal.jsonl';

/** Beside kernels.yaml and named after it: kernels.baseline.json. */
export function baselineFileOf(config: string): string {
  return join(dirname(config), `${basename(config, extname(config))}.baseline.json`);
}

/**
 * Id of a new run: its local start time, so that ids sort by age.
 * @param ending tells apart runs that several hosts start in the same second, in a folder they share.
 */
export function newRunId(runs: string, now = new Date(), ending = ''): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const base =
    `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}` +
    `-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}${ending}`;
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (!existsSync(join(runs, id))) return id;
  }
}

/** Makes the folder of a new run and returns its id. Runs that start in the same second get different ids. */
export function newRunFolder(runs: string, now = new Date(), ending = ''): string {
  mkdirSync(runs, { recursive: true });
  for (;;) {
    const run = newRunId(runs, now, ending);
    try {
      mkdirSync(join(runs, run));
      return run;
    } catch (error) {
      // Another process has just made it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Runs that have a journal, oldest first. */
export function listRuns(runs: string): string[] {
  if (!existsSync(runs)) return [];
  return (
    entries(runs)
      // A merge in progress has a name that begins with a dot.
      .filter((name) => !name.startsWith('.') && existsSync(join(runs, name, JOURNAL)))
      .sort()
  );
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
  for (const folder of [join(runs, name), resolve(name)]) refuseClosed(folder);
  const empty = [join(runs, name), resolve(name)].find((folder) => name !== 'latest' && existsSync(folder));
  if (empty !== undefined) {
    throw new UserError({
      what: `${name} is no run: it has no ${JOURNAL}`,
      where: resolve(empty),
      why: known.length > 0 ? `there are: ${known.slice(-8).join(', ')}` : undefined,
      next: known.length > 0 ? 'name one of these, or latest' : 'npm run matrix makes one',
      kind: 'input',
    });
  }
  throw new UserError({
    what: name === 'latest' ? 'there is no run yet' : `there is no run ${name}`,
    where: resolve(runs),
    why: known.length > 0 ? `there are: ${known.slice(-8).join(', ')}` : undefined,
    next: known.length > 0 ? 'name one of these, or latest' : 'npm run matrix makes one',
    kind: 'input',
  });
}

/** @throws UserError if the folder may not be read. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw closed(folder, error) ?? error;
  }
}

/** Tells a folder that may not be read from one without a journal. */
function refuseClosed(folder: string): void {
  try {
    statSync(join(folder, JOURNAL));
  } catch (error) {
    const refusal = closed(folder, error);
    if (refusal !== null) throw refusal;
  }
}

function closed(folder: string, error: unknown): UserError | null {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' && code !== 'EPERM') return null;
  return new UserError({
    what: 'this folder may not be read',
    where: resolve(folder),
    why: message,
    next: 'let yourself read it (chmod), or run this as the user whose run it is',
    kind: 'input',
    cause: error,
  });
}
