import { existsSync } from 'node:fs';
import type { FileKernelSource, Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { bzImageRelease } from '../kernel/bz-image.js';
import { checkModules } from '../kernel/modules-folder.js';
import { bad, good, type Finding } from './finding.js';

/** Whether each of the user's own kernels can boot in the guest, and its modules belong to it. Nothing is copied. */
export function fileKernels({ kernels }: Plan): Promise<Finding[]> {
  return Promise.all(kernels.flatMap((row) => (row.source === 'file' ? [fileFinding(`kernel ${row.name}`, row)] : [])));
}

async function fileFinding(topic: string, { path, modules }: FileKernelSource): Promise<Finding> {
  try {
    const release = bzImageRelease(path);
    if (modules === undefined) return good(topic, `${release}, without modules`);
    if (!existsSync(modules))
      return bad(topic, `the modules directory ${modules} does not exist`, 'correct modules: of the row');
    await checkModules(modules, release);
    return good(topic, `${release}, with its modules`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad(topic, [error.parts.what, error.parts.why].filter(Boolean).join(': '), error.parts.next);
  }
}
