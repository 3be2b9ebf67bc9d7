import { Argument } from 'commander';
import { findRun } from '../paths.js';
import { parseReporters, REPORTER_HELP } from '../reporters.js';
import { report } from '../reports.js';
import type { CliCommand } from '../command.js';
import { REPORTER, RUNS_DIR } from '../options.js';

export interface ReportCommandOptions {
  runsDir: string;
  reporter: string[];
}

export const command: CliCommand = {
  arguments: [new Argument('[run]', 'id, folder, or latest').default('latest')],
  options: [REPORTER, RUNS_DIR],
  help: `
${REPORTER_HELP}

Examples:
  npm run report -- latest --reporter junit=out/junit.xml --reporter summary="$GITHUB_STEP_SUMMARY"
  npm run --silent report -- latest --reporter json=- | jq .exitCode
`,
  run: reportCommand,
};

/** `kernel-matrix report [run]`: rebuilds every report of a run from its journal and exits as the run did. */
export async function reportCommand(run: string, options: ReportCommandOptions): Promise<number> {
  return report(findRun(run, options.runsDir), {
    outputs: parseReporters(options.reporter),
    print: (text) => process.stdout.write(text),
    note: (line) => process.stderr.write(`${line}\n`),
  });
}
