import { findRun } from '../paths.js';
import { report } from '../reports.js';

/** `kernel-matrix report [run]`: rebuilds every report of a run from its journal and exits as the run did. */
export async function reportCommand(run: string, options: { runsDir: string }): Promise<number> {
  return report(findRun(run, options.runsDir), (text) => process.stdout.write(text));
}
