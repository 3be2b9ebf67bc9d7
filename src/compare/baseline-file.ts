/**
 * The baseline file: for each profile, the run that later ones are compared with. It is made for version control: keys are sorted, an
 * unchanged run gives the same bytes, and promoting a run changes only the entry of its profile.
 */
import { jsonText } from '../base/text/json.js';
import { UserError } from '../host/user-error.js';
import { z } from 'zod';
import { misfitOf } from '../journal/fields.js';
import { runSummary, type RunSummary } from '../run-events/run-summary.js';

/** Incremented when an older reader would misread the file. */
export const BASELINE_VERSION = 2;
const FORMAT = 'kernel-matrix/baseline';

export interface BaselineFile {
  format: typeof FORMAT;
  version: typeof BASELINE_VERSION;
  /** By the profile's name. */
  profiles: Record<string, RunSummary>;
}

const profilesShape = z.record(z.string(), runSummary, { error: 'an object' });

/** A file without profiles. */
export function emptyBaseline(): BaselineFile {
  return { format: FORMAT, version: BASELINE_VERSION, profiles: {} };
}

/**
 * Reads a baseline file's text.
 * @param file name used in errors.
 * @throws UserError if it is not a baseline, is damaged, or has a version that this program does not read.
 */
export function parseBaseline(content: string, file: string): BaselineFile {
  const refuse = (what: string, why: string, next: string, cause?: unknown) =>
    new UserError({ what: `${file} ${what}`, why, next, kind: 'input', cause });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw refuse('is not JSON', (cause as Error).message, 'restore it from version control, or name a run', cause);
  }
  const { format, version, profiles } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (format !== FORMAT) {
    const got = typeof format === 'string' ? `its format is ${format}` : 'it has no format';
    throw refuse('is not a baseline', `${got}, not ${FORMAT}`, 'name a run, or a file written by npm run baseline');
  }
  const versions = [version, ...summaryVersions(profiles)];
  const newer = versions.find((each) => typeof each === 'number' && each > BASELINE_VERSION);
  if (newer !== undefined) {
    const why = `it has version ${JSON.stringify(newer)}, this program reads ${BASELINE_VERSION}`;
    throw refuse('is from a newer kernel-matrix', why, 'use that version or a newer one');
  }
  const older = versions.find((each) => typeof each === 'number' && each < BASELINE_VERSION);
  if (older !== undefined) {
    const why = `it is of version ${JSON.stringify(older)}, this program reads ${BASELINE_VERSION}`;
    throw refuse('is from a version that was never released', why, 'remove it and promote a run again');
  }
  const checked = profilesShape.safeParse(profiles);
  const misfit = checked.success ? null : misfitOf(checked.error, profiles);
  if (version !== BASELINE_VERSION || misfit !== null) {
    const why =
      misfit === null
        ? 'it has no version'
        : `profiles${misfit.path === '' ? '' : `.${misfit.path}`}: expected ${misfit.expected}, got ${misfit.got}`;
    throw refuse('is damaged', why, 'restore it from version control, or remove it and promote a run again');
  }
  return { format: FORMAT, version: BASELINE_VERSION, profiles: checked.data! };
}

function summaryVersions(profiles: unknown): unknown[] {
  if (typeof profiles !== 'object' || profiles === null) return [];
  return Object.values(profiles).map((summary: unknown) => (summary as { version?: unknown } | null)?.version);
}

/** The file's text. */
export function baselineText(baseline: BaselineFile): string {
  return jsonText(sorted(baseline));
}

/** Sorts the keys of objects by code unit; lists keep their order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
