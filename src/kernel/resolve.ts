import type { KernelRow } from '../config/plan.js';
import type { DebianMirrors } from '../host/apt.js';
import { UserError } from '../host/user-error.js';
import { asUserError } from './no-kernel.js';
import type { LocalFile } from './local-file.js';
import { resolveDebKernel } from './deb.js';
import { resolveFileKernel } from './file.js';
import { resolveRpmKernel } from './rpm.js';
import type { ResolvedKernel } from './resolved-kernel.js';

export { bzImageRelease } from './bz-image.js';
export { resolveDebKernel, resolveFileKernel, resolveRpmKernel };
export type { ResolvedKernel };

/**
 * The kernel of a row, wherever it comes from: extracted, never installed.
 * @param rpms the verified RPMs of a row with `source: rpm`, the kernel's own first.
 * @throws UserError if it cannot be had, for whatever reason, or is another than the row's `release` says.
 */
export async function resolveKernel(
  row: KernelRow,
  rpms: readonly LocalFile[] | undefined,
  mirrors: DebianMirrors,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<ResolvedKernel> {
  const resolved = await resolve(row, rpms, mirrors, options).catch((error: unknown) => {
    options.signal.throwIfAborted();
    throw asUserError(`the kernel of row ${row.name} cannot be made ready`, error);
  });
  if (row.release === undefined || row.release === resolved.release) return resolved;
  throw new UserError({
    what: `kernel ${row.name} is ${resolved.release}`,
    where: `${resolved.origin}; kernels.yaml says release: ${row.release}`,
    next:
      row.source === 'rpm'
        ? 'correct release:, or name the RPM of that release in rpm: and urls:'
        : 'correct release:, or leave it out: it is read from the kernel itself',
  });
}

function resolve(
  row: KernelRow,
  rpms: readonly LocalFile[] | undefined,
  mirrors: DebianMirrors,
  options: { onProgress: (message: string) => void; signal: AbortSignal },
): Promise<ResolvedKernel> {
  switch (row.source) {
    case 'deb':
      return resolveDebKernel(row, mirrors, options);
    case 'file':
      return resolveFileKernel(row);
    case 'rpm':
      return resolveRpmKernel(row, rpms, options);
  }
}
