import type { Artifact } from '../artifact/artifact.js';
import type { Check } from '../base/finding.js';
import type { KernelRow, Plan } from '../config/plan.js';
import type { SourceFormat } from '../config/row.js';
import type { DebianMirrors } from '../host/apt.js';
import type { HostNeed } from '../host/setup.js';
import type { LocalFile } from './local-file.js';
import type { ResolvedKernel } from './resolved-kernel.js';

/** What resolving a kernel may use. */
export interface ResolveContext {
  /** The verified files of {@link KernelSource.artifacts}, in that order; undefined if none were fetched. */
  files: readonly LocalFile[] | undefined;
  mirrors: DebianMirrors;
  onProgress: (message: string) => void;
  signal: AbortSignal;
}

/** What a run's journal says was found for a row. */
export type FoundKernel = Pick<ResolvedKernel, 'package' | 'version' | 'sha256'>;

/** A row with what was found for it fixed, and why that cannot have been found for this row. */
export interface PinnedRow<Row> {
  row: Row;
  problems: string[];
}

/**
 * Where a kernel comes from: all that this program knows of one `source:` of kernels.yaml. A new one is a file with such an object
 * and a line in index.ts.
 */
export interface KernelSource<Row extends KernelRow = KernelRow> extends SourceFormat<Row> {
  /** Host programs that extracting its kernels needs, beside those of the embedded guest. */
  readonly needs: readonly HostNeed[];
  /** Files to fetch and verify before the kernel can be resolved; the first holds the kernel. */
  artifacts(row: Row, plan: Pick<Plan, 'signing_keys'>): Artifact[];
  /** Finds, verifies and extracts the kernel for the embedded guest. @throws UserError */
  resolve(row: Row, context: ResolveContext): Promise<ResolvedKernel>;
  /** Fixes a row to what was found for it, for a run that is resumed; left out where the row itself fixes its kernel. */
  pin?(row: Row, found: FoundKernel): PinnedRow<Row>;
  /** Which kernel a row means, in one line. @param extracted it is not installed in the guest. */
  describe(row: Row, extracted: boolean): string;
  /** What doctor looks at: whether the kernels can be obtained. @param rows those of this source; there may be none. */
  checks(rows: readonly Row[], plan: Plan): Check[];
}
