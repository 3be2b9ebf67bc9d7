import { Command, CommanderError, Option } from 'commander';
import { EXIT, EXIT_HELP } from './exit-codes.js';
import type { BaselineOptions } from './command/baseline.js';
import type { CleanOptions } from './command/clean.js';
import type { CompareOptions } from './command/compare.js';
import type { DoctorOptions } from './command/doctor.js';
import type { HistoryOptions } from './command/history.js';

import type { MergeCommandOptions } from './command/merge.js';
import type { ReportCommandOptions } from './command/report.js';
import type { SetupOptions } from './command/setup.js';
import { errorOptions, takeOutput } from './output.js';
import type { MatrixOptions } from './work.js';
import { DEFAULT_CONFIG, RUNS } from './paths.js';
import { printError } from './print-error.js';
import { REPORTER_HELP } from './reporters.js';
import { tool } from './tool.js';

const CONFIG = new Option('--config <file>', 'the list of kernels and profiles').default(DEFAULT_CONFIG);
const RUNS_DIR = new Option('--runs-dir <folder>', 'where runs are kept').default(RUNS);

const REPORTER = new Option('--reporter <name>', 'a report, or <name>=<path>; may be given several times (see below)')
  .argParser((value: string, earlier: string[]) => [...earlier, value])
  .default([], 'every file into the run’s folder, the table on stdout');

/**
 * Reads the command line, does what it says and returns the exit code. A command is loaded when it is asked for: what makes
 * machines is most of the program, and a report needs none of it.
 */
async function main(argv: string[]): Promise<number> {
  let code: number = EXIT.expected;
  const program = new Command('kernel-matrix')
    .description(
      'Which Linux kernels leak memory cgroups under Docker, and how do they differ? Boots each one for real and measures.',
    )
    .version(tool().version)
    .option('--debug', 'show stacks of errors')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${EXIT_HELP.replace(/^/gm, '  ')}\n`);

  program
    .command('matrix')
    .description('run the sequence on every kernel of a profile and print the comparison')
    .addOption(CONFIG)
    .option(
      '--profile <name>',
      'profile of the configuration (default: the first of default_profile that can run here)',
    )
    .option('--kernels <names>', 'only these rows, separated by commas: --kernels 5.10,6.12')
    .option('--cycles <n>', 'containers created and deleted in each churn case')
    .option('--jobs <n>', 'machines at the same time')
    .option(
      '--keep',
      'leave the machines running at the end (npm run shell reaches them, clean -- --kept ends them)',
      false,
    )
    .option(
      '--fresh',
      'boot every kernel for real; without it a machine that an earlier run saved with that kernel up serves, and reports say so',
      false,
    )
    .option('--shard <part>', 'only the rows of one part, to be merged later: 2/5, or auto for what the CI says')
    .option('--dry-run', 'print the plan and do nothing', false)
    .option(
      '--yes',
      'an existing host (provider ssh) may be changed: what will be is printed first; with --resume: the run’s folder is trusted',
      false,
    )
    .option(
      '--resume [run]',
      'go on with a run that was stopped: its id, or the latest; with the --config it was started with',
    )
    .option(
      '--baseline [run|file]',
      'compare with a run or a baseline file, and exit with 4 if anything is worse (alone: the file that npm run baseline writes)',
    )
    .option('--no-live', 'plain progress lines also on a terminal')
    .addOption(REPORTER)
    .addOption(RUNS_DIR)
    .addHelpText(
      'after',
      `
What happens, for each kernel: its menu entry is made the default and read back, the machine reboots, and boot_id,
uname -r and the entry prove what runs. Then memory cgroups are made until the kernel refuses (about 65 thousand),
containers are churned with and without a memory limit, and after each cycle the slots that are free are counted.
A slot is lost when capacity fell and no living directory explains it.

A run is gone on with by the plan in its folder. Where that plan has a host, file, package or setting that the file of --config
does not have, it is told and nothing is done without --yes. Consent to change a host is never taken from a run's folder.

Everything is written to ${RUNS}/<run>/: journal.jsonl (each command and answer, as it happened), matrix.html, .md, .csv, .json,
summary.md, junit.xml, kernels/<name>/transcript.txt and console.log.

${REPORTER_HELP}

Examples:
  npm run matrix                                 the first of default_profile that can run here
  npm run matrix -- --profile centos7 --dry-run  every command, beside the line of the original procedure
  npm run matrix -- --kernels 6.1 --cycles 10    one kernel, more cycles
  npm run matrix -- --resume                     go on after Ctrl-C
  npm run matrix -- --baseline                   what has changed since the baseline (npm run baseline -- <run>)
  npm run matrix -- --kernels 6.1 --keep && npm run shell
  npm run matrix -- --shard 2/5                  the second of five machines; npm run merge makes one run of all
  npm run matrix -- --reporter junit=out/junit.xml --reporter summary="$GITHUB_STEP_SUMMARY"

Exit codes:
${EXIT_HELP.replace(/^/gm, '  ')}
`,
    )
    .action(async (options: MatrixOptions) => {
      const { matrix } = await import('./command/matrix.js');
      code = await matrix(options);
    });

  program
    .command('report')
    .description('rebuild every report of a run from its journal and print the table')
    .argument('[run]', 'id, folder, or latest', 'latest')
    .addOption(REPORTER)
    .addOption(RUNS_DIR)
    .addHelpText(
      'after',
      `
${REPORTER_HELP}

Examples:
  npm run report -- latest --reporter junit=out/junit.xml --reporter summary="$GITHUB_STEP_SUMMARY"
  npm run --silent report -- latest --reporter json=- | jq .exitCode
`,
    )
    .action(async (run: string, options: ReportCommandOptions) => {
      const { reportCommand } = await import('./command/report.js');
      code = await reportCommand(run, options);
    });

  program
    .command('history')
    .description('write one page over many runs: how each kernel changed')
    .addOption(RUNS_DIR)
    .option('--out <file>', 'where to write it (default: history.html in the folder of runs)')
    .option('--last <n>', 'only the newest n runs')
    .action(async (options: HistoryOptions) => {
      const { history } = await import('./command/history.js');
      code = await history(options);
    });

  program
    .command('compare')
    .description('compare runs with an earlier one: verdicts, errnos, slots, memory, times')
    .argument('<base>', 'the earlier run: id, folder, latest, or a baseline file')
    .argument('<run...>', 'the later runs; each is compared with the first')
    .addOption(
      new Option('--format <format>', 'how to show it').choices(['terminal', 'markdown', 'json']).default('terminal'),
    )
    .option('--config <file>', 'take the thresholds (compare:) from this file instead of from the later run')
    .addOption(RUNS_DIR)
    .addHelpText(
      'after',
      `
A regression is a verdict for the worse (clean, reclaimable, leaks) of a kernel or a case, a refusal at an earlier cycle, or a
figure worse beyond the thresholds of compare: in kernels.yaml. A kernel that is new, gone, inconclusive or not measured is
named as such and is never a pass. Times are compared only where host, machines, cycles and tool are the same.

Exits with 4 if anything is worse, with 3 if a kernel was not measured or is inconclusive in one of the runs or none is in both, else
with 0. A known failure of the later run that was in force when it started does not count.

Examples:
  npm run compare -- 20270101-010000 latest
  npm run compare -- kernels.baseline.json latest --format markdown
`,
    )
    .action(async (base: string, runs: string[], options: CompareOptions) => {
      const { compareCommand } = await import('./command/compare.js');
      code = await compareCommand(base, runs, options);
    });

  program
    .command('baseline')
    .description('make a run the baseline of its profile, in a file for version control, and say what that changes')
    .argument('[run]', 'id, folder, or latest', 'latest')
    .option('--file <file>', 'where the baseline is kept (default: kernels.baseline.json beside the configuration)')
    .option('--allow-incomplete', 'also of a run that did not finish or in which a kernel was not measured', false)
    .addOption(CONFIG)
    .addOption(RUNS_DIR)
    .action(async (run: string, options: BaselineOptions) => {
      const { baselineCommand } = await import('./command/baseline.js');
      code = await baselineCommand(run, options);
    });

  program
    .command('merge')
    .description('make one run of the runs of matrix --shard, with every report, and print the table')
    .argument('<run...>', 'one of every shard: ids, or folders')
    .option('--into <id>', 'name of the merged run (default: the time, and -merged)')
    .option('--baseline [run|file]', 'compare the whole with a run or a baseline file, as matrix --baseline does')
    .addOption(CONFIG)
    .option('--allow-missing', 'merge what there is: rows of a missing shard were then not measured', false)
    .addOption(REPORTER)
    .addOption(RUNS_DIR)
    .addHelpText(
      'after',
      `
The rows are those of the whole plan, in its order. No row is taken twice: where one run of a shard finished it and another
did not, the finished one counts. Plans that differ are refused, naming the first difference; a shard that is missing,
unfinished, there twice or damaged is named. Hosts and clocks of the shards are recorded in the merged journal and in
matrix.md. A merged run can be neither gone on with nor merged again. Exits as the whole run would have; --config only tells
where the baseline is.

Example:
  npm run matrix -- --shard 1/2   on one host
  npm run matrix -- --shard 2/2   on another
  npm run merge -- runs/*-1of2 runs/*-2of2

${REPORTER_HELP}
`,
    )
    .action(async (runs: string[], options: MergeCommandOptions) => {
      const { merge } = await import('./command/merge.js');
      code = await merge(runs, options);
    });

  program
    .command('doctor')
    .description('tell what this host has and lacks, and the one command that mends it')
    .addHelpText(
      'after',
      `
For each file that a profile needs from elsewhere it tells which URL answers, whether it is cached, and what is missing; for each row
from Debian which kernel it is by the index of today, and which of its packages have been withdrawn. No file is downloaded. Exits
with 0 if a profile will run here, with 3 if none will.
`,
    )
    .addOption(CONFIG)
    .option('--profile <name>', 'profile to check for (default: each of default_profile)')
    .option('--kernels <suite>', 'list the kernels that a Debian suite offers, and what is left of each; nothing else')
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./command/doctor.js');
      code = await doctor(options);
    });

  program
    .command('setup')
    .description('install the host packages that are missing (Debian), with sudo only if needed')
    .addOption(CONFIG)
    .option('--profile <name>', 'profile to install for (default: the last of default_profile)')
    .option('--tests', 'what npm test needs too')
    .action(async (options: SetupOptions) => {
      const { setup } = await import('./command/setup.js');
      code = await setup(options);
    });

  program
    .command('shell')
    .description('log in to a machine that --keep left running')
    .argument('[command...]', 'run this instead of a login shell')
    .allowUnknownOption()
    .option('--machine <id>', 'which one; not needed if there is one only')
    .action(async (command: string[], options: { machine?: string }) => {
      const { shell } = await import('./command/shell.js');
      code = await shell(options.machine, command);
    });

  program
    .command('clean')
    .description('end and remove what a killed run left')
    .option('--kept', 'also machines left running with --keep', false)
    .option('--cache', 'also downloads and images', false)
    .option('--runs', 'also every run and its reports', false)
    .option('--keep-last <n>', 'also the oldest runs, all but the last n')
    .option('--profile <name>', 'with --keep-last: only runs of this profile are counted and removed')
    .option('--unfinished', 'with --keep-last: unfinished runs too, which stay otherwise to be gone on with', false)
    .option('--dry-run', 'with --keep-last: say which runs would be removed, and do nothing', false)
    .addOption(RUNS_DIR)
    .addHelpText(
      'after',
      `
A run that is under way, on this host, in a container or on another host that shares the folder, is never removed, nor one whose
machines are kept, nor anything that is no run. Every run counts, a shard and a merged run too, but for one that began in the
future: the clock of its host was wrong.
`,
    )
    .action(async (options: CleanOptions) => {
      const { clean } = await import('./command/clean.js');
      code = await clean(options);
    });

  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    // Commander has printed its own message already; help and version end here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.expected : EXIT.usage;
    return printError(error, errorOptions(program.opts<{ debug?: boolean }>().debug));
  }
}

// An explicit end: the pipes of a machine that was kept would hold this process.
const output = takeOutput();
process.on(
  'uncaughtException',
  (error) => void output.end(printError(error, errorOptions())).then((code) => process.exit(code)),
);
process.exit(await output.end(await main(process.argv)));
