/** `--reporter`: which report is made and where it goes. */
import { didYouMean, oneOf } from '../config/suggest.js';
import { namedFile, placeOf } from '../host/named-file.js';
import { UserError } from '../host/user-error.js';
import { FORMAT_NAMES, FORMATS, type FormatName } from '../report/index.js';
import { keptBeside, type Kept, placeKey, refusePlace } from './output-place.js';

export type ReporterName = FormatName | 'terminal';

/** A report that was asked for by name. */
export interface Output {
  reporter: ReporterName;
  /** Absolute path of a file, `STDOUT`, or null for the usual place: a file in the run's folder, stdout for the table. */
  to: string | null;
}

export const REPORTERS: readonly ReporterName[] = ['terminal', ...FORMAT_NAMES];

/** How stdout is written as a path. No absolute path is the same. */
export const STDOUT = '-';

/** For `--help`. */
export const REPORTER_HELP = [
  'Reporters (--reporter <name> or <name>=<path>, as often as needed; - is stdout):',
  `  ${'terminal'.padEnd(10)} the table; on stdout unless another reporter is, or a path is given`,
  ...FORMAT_NAMES.map((name) => `  ${name.padEnd(10)} ${FORMATS[name].about} (${FORMATS[name].file})`),
  'The run’s folder gets every file in any case; a path adds one where it says.',
].join('\n');

/**
 * Reads the values of `--reporter`: before a run starts, so that a mistake is not found after an hour.
 * @throws UserError for an unknown name, an empty path, a folder where a file is meant, and two reports at one place.
 */
export function parseReporters(values: readonly string[]): Output[] {
  const outputs = values.map(parseReporter);
  const taken = new Map<string, ReporterName>();
  for (const { reporter, to } of outputs) {
    // A report in the run's folder has a file of its own; the table without a path is on stdout.
    const place = to ?? (reporter === 'terminal' ? STDOUT : `own file of ${reporter}`);
    const key = to === null && place !== STDOUT ? place : keyOf(place);
    const other = taken.get(key);
    if (other !== undefined) {
      const where = place === STDOUT ? 'stdout' : to === null ? 'the run’s folder' : place;
      throw usage(`--reporter ${other} and --reporter ${reporter} would both write to ${where}`, {
        next: `give one of them a path: --reporter ${reporter}=<path>`,
      });
    }
    taken.set(key, reporter);
  }
  return outputs;
}

/** @throws UserError if a report would take the place of the configuration, or of what is beside it. */
export function refuseKept(outputs: readonly Output[], config: string): void {
  for (const { to } of outputs) if (to !== null && to !== STDOUT) refuseUsed(to, keptBeside(config));
}

/** Whatever else is wrong with a path is told when it is written, when all other reports are there already. */
function refuseUsed(file: string, kept: readonly Kept[]): void {
  try {
    refusePlace(file, kept);
  } catch (error) {
    if (error instanceof UserError) throw error;
  }
}

function parseReporter(value: string): Output {
  const at = value.indexOf('=');
  const name = at === -1 ? value : value.slice(0, at);
  const reporter = REPORTERS.find((each) => each === name);
  if (reporter === undefined) {
    throw usage(`--reporter ${value}: there is no reporter ${name === '' ? 'without a name' : name}`, {
      why: `there are ${oneOf(REPORTERS)}${didYouMean(name, REPORTERS)}`,
    });
  }
  if (at === -1) return { reporter, to: null };
  const path = value.slice(at + 1);
  if (path === '') throw usage(`--reporter ${value}: no path after =`, { next: `--reporter ${reporter}=<path>` });
  if (path === STDOUT) return { reporter, to: STDOUT };
  const file = namedFile(`--reporter ${reporter}`, path);
  // A report on stdout takes the place of the table, under whatever name.
  if (isStdout(file)) return { reporter, to: STDOUT };
  refuseUsed(file, []);
  return { reporter, to: file };
}

function isStdout(file: string): boolean {
  try {
    return placeOf(file).descriptor === 1;
  } catch {
    return false;
  }
}

/** Two names of one place have the same. */
function keyOf(to: string): string {
  try {
    return placeKey(to === STDOUT ? null : to);
  } catch {
    return to;
  }
}

function usage(what: string, parts: { why?: string; next?: string }): UserError {
  return new UserError({ what, ...parts, kind: 'usage' });
}
