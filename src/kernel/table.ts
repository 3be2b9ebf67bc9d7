import type { Check } from '../base/finding.js';
import type { KernelRow, Plan } from '../config/plan.js';
import type { HostNeed } from '../host/setup.js';
import { KERNEL_SOURCES } from './index.js';
import type { FoundKernel, KernelSource, PinnedRow } from './source.js';

/** The source of a row. @throws RangeError for an unknown one, which the schema refuses. */
export function sourceOf({ source }: Pick<KernelRow, 'source'>): KernelSource {
  const found = KERNEL_SOURCES.find(({ id }) => id === source);
  if (!found) throw new RangeError(`no kernel source ${source}`);
  return found;
}

/** Host programs that extracting the kernels of these rows needs. */
export function kernelNeeds(rows: readonly KernelRow[]): HostNeed[] {
  return [...new Set(rows.flatMap((row) => sourceOf(row).needs))];
}

/** The checks of every source. A source without a row is asked too: the guest's own first kernel comes from one. */
export function kernelChecks(plan: Plan): Check[] {
  return KERNEL_SOURCES.flatMap((source) =>
    source.checks(
      plan.kernels.filter((row) => row.source === source.id),
      plan,
    ),
  );
}

/** A row fixed to what was found for it; see {@link KernelSource.pin}. */
export function pinRow(row: KernelRow, found: FoundKernel): PinnedRow<KernelRow> {
  return sourceOf(row).pin?.(row, found) ?? { row, problems: [] };
}
