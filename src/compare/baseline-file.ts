/**
 * The baseline file: for each profile the run that later ones are compared with. Made for version control: keys are sorted, a
 * run without a change gives the same bytes, and a profile's entry is touched by its own promotions only.
 */
import { z } from 'zod';
import { UserError } from '../host/user-error.js';
import { SUMMARY_VERSION, type RunSummary } from '../journal/run-summary.js';

/** Raised when a reader of an older version would misread the file. */
export const BASELINE_VERSION = 1;
const FORMAT = 'kernel-matrix/baseline';

export interface BaselineFile {
  format: typeof FORMAT;
  version: typeof BASELINE_VERSION;
  /** By the profile's name. */
  profiles: Record<string, RunSummary>;
}

const figures = z.array(z.number());
const text = z.string().nullable();
const host = { cpus: z.number(), memoryMib: z.number() };

const summarySchema: z.ZodType<RunSummary> = z.object({
  format: z.literal('kernel-matrix/summary'),
  version: z.literal(SUMMARY_VERSION),
  run: z.string(),
  profile: z.string(),
  startedAt: z.string(),
  tool: z.string(),
  host: z.object({ os: z.string(), ...host }),
  sequence: z.object({ cycles: z.number(), limit: z.string() }),
  jobs: z.number(),
  machine: z.object({ provider: z.string(), accelerator: text, ...host }).nullable(),
  docker: text,
  kernels: z.array(
    z.object({
      kernel: z.string(),
      release: text,
      verdict: z.string(),
      expected: text,
      knownFailure: z.object({ reason: z.string(), until: z.string() }).nullable(),
      exhaustionErrno: text,
      aftermath: text,
      cases: z.array(
        z.object({
          case: z.union([z.literal(2), z.literal(3)]),
          verdict: z.string(),
          completed: z.number().nullable(),
          refusedAtCycle: z.number().nullable(),
          errno: text,
          samples: z.object({ lostPerCycle: figures, secondsPerCycle: figures }),
        }),
      ),
      samples: z.object({ capacity: figures, bytesPerCgroup: figures, bootSeconds: figures }),
    }),
  ),
});
const profilesSchema = z.record(z.string(), summarySchema);

/** A file with no profile yet. */
export function emptyBaseline(): BaselineFile {
  return { format: FORMAT, version: BASELINE_VERSION, profiles: {} };
}

/**
 * Reads a baseline file's text.
 * @param file name used in errors.
 * @throws UserError if it is no baseline, is damaged, or is of a version this program does not read.
 */
export function parseBaseline(content: string, file: string): BaselineFile {
  const refuse = (what: string, why: string, next: string, cause?: unknown) =>
    new UserError({ what: `${file} ${what}`, why, next, exitCode: 2, cause });
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
    const got = typeof format === 'string' ? `its format is ${format}` : 'it says no format';
    throw refuse('is no baseline', `${got}, not ${FORMAT}`, 'name a run, or a file that npm run baseline has written');
  }
  const versions = [version, ...summaryVersions(profiles)];
  const newer = versions.find((each) => typeof each === 'number' && each > BASELINE_VERSION);
  if (newer !== undefined) {
    const why = `it is of version ${JSON.stringify(newer)}, this program reads ${BASELINE_VERSION}`;
    throw refuse('is from a newer kernel-matrix', why, 'use that version or a newer one');
  }
  const parsed = profilesSchema.safeParse(profiles);
  if (version !== BASELINE_VERSION || !parsed.success) {
    const issue = parsed.error?.issues[0];
    const why = issue === undefined ? 'it says no version' : `profiles.${issue.path.join('.')}: ${issue.message}`;
    throw refuse('is damaged', why, 'restore it from version control, or remove it and promote a run again');
  }
  return { format: FORMAT, version: BASELINE_VERSION, profiles: parsed.data };
}

function summaryVersions(profiles: unknown): unknown[] {
  if (typeof profiles !== 'object' || profiles === null) return [];
  return Object.values(profiles).map((summary: unknown) => (summary as { version?: unknown } | null)?.version);
}

/** The file's text. */
export function baselineText(baseline: BaselineFile): string {
  return `${JSON.stringify(sorted(baseline), null, 2)}\n`;
}

/** Keys in order of their characters, lists as they are. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
