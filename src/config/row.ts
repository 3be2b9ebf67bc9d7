import type { z } from 'zod';
import type { Breach, Loose } from './breach.js';
import { DEFAULTS } from './defaults.js';
import * as field from './fields.js';
import { list, strict, word } from './fields.js';
import type { Path } from './tree.js';

/** Fields of every row, whatever the source of its kernel. */
export const rowFields = {
  name: field.kernelName.describe('The name of the row, unique in its profile; used with --kernels and in file names.'),
  release: field.release.optional().describe('What uname -r must answer, at most 64 characters.'),
  cgroup: word(['v1', 'v2'])
    .default(DEFAULTS.cgroup)
    .describe(
      "The hierarchy the memory controller is used through; v1 if left out. Debian's kernels from 6.12 on have v2 only.",
    ),
  expect: word(['clean', 'reclaimable', 'leaks'])
    .optional()
    .describe('The verdict expected; without it the row is only reported and cannot fail the run.'),
  cmdline: list('a list of kernel command line words', field.commandLineWord)
    .default([])
    .describe('Words added to the kernel command line.'),
  known_failure: strict('a map with reason and until', {
    reason: field.sentence.describe('Why it fails, for those who read the reports: an issue, a commit.'),
    until: field.date.describe('The last day (UTC) on which it may fail; from the next day on it fails the run.'),
  })
    .optional()
    .describe(
      'A verdict other than expected, or worse than the baseline, is known: it is shown and does not fail the run, until the day given.',
    ),
};

/** One row of the matrix. Its source alone knows what else is in it. */
export type KernelRow = z.output<z.ZodObject<typeof rowFields>> & { source: string };

/** A row of one source, by the fields that source adds. */
export type RowOf<Id extends string, Fields extends z.ZodRawShape> = KernelRow & { source: Id } & z.output<
    z.ZodObject<Fields>
  >;

/** What a rule may know beside the row. */
interface RuleContext {
  /** The guest's system, as far as kernels.yaml says it. */
  os: unknown;
  /** The names `signed_by` may have. */
  keys: readonly string[];
}

/**
 * What kernels.yaml needs to know of a kernel source. The sources are in src/kernel, where downloads and archives are dealt with;
 * this folder does neither, so it names none of them: the table is given to `formatOf`, in one place (src/cli/kernels-yaml.ts).
 */
export interface SourceFormat<Row extends KernelRow = KernelRow> {
  /** The word in kernels.yaml. */
  readonly id: Row['source'];
  /** The fields that it adds to a row, with their defaults. A row that has passed them passes them again unchanged. */
  readonly schema: z.ZodRawShape;
  /** Those of them that are paths: they start at the directory of kernels.yaml, and are absolute in a plan. */
  readonly paths: readonly string[];
  /** Its kernels can be installed, as a CentOS 7 guest does with all its kernels. */
  readonly installable: boolean;
  /** Fills in what follows from other fields; of a complete row nothing changes. */
  complete?(row: Row): Row;
  /** What is wrong between fields of a row as it was written; a value of the wrong type is passed over. */
  rules?(row: Loose, at: Path, context: RuleContext): Breach[];
}
