import { findRun } from '../paths.js';
import { parseReporters } from '../reporters.js';
import { report } from '../reports.js';

export interface ReportCommandOptions {
  runsDir: string;
  reporter: string[];
}

/** `kernel-matrix report [run]`: rebuilds every report of a run from its journal and exits as the run did. */
export async function reportCommand(run: string, options: ReportCommandOptions): Promise<number> {
  return report(findRun(run, options.runsDir), {
    outputs: parseReporters(options.reporter),
    print: (text) => process.stdout.write(text),
    note: (line) => process.stderr.write(`${line}\n`),
  });
}
