import type { KernelRow } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { asUserError } from './no-kernel.js';
import type { ResolvedKernel } from './resolved-kernel.js';
import type { ResolveContext } from './source.js';
import { sourceOf } from './table.js';

/**
 * The kernel of a row, wherever it comes from: extracted, never installed.
 * @throws UserError if it cannot be obtained, for whatever reason, or is another than the row's `release` says.
 */
export async function resolveKernel(row: KernelRow, context: ResolveContext): Promise<ResolvedKernel> {
  const resolved = await sourceOf(row)
    .resolve(row, context)
    .catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw asUserError(`the kernel of row ${row.name} cannot be made ready`, error);
    });
  if (row.release === undefined || row.release === resolved.release) return resolved;
  throw new UserError({
    what: `kernel ${row.name} is ${resolved.release}`,
    where: `${resolved.origin}; kernels.yaml says release: ${row.release}`,
    next: 'correct release:, or name the kernel of that release in the row',
  });
}
