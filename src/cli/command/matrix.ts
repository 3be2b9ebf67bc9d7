import { Option } from 'commander';
import type { CliCommand } from '../command.js';
import { EXIT_HELP } from '../exit-codes.js';
import { CONFIG, REPORTER, RUNS_DIR } from '../options.js';
import { RUNS } from '../paths.js';
import type { MatrixOptions } from '../planned-run.js';
import { parseReporters, REPORTER_HELP, refuseKept } from '../reporters.js';

/** `kernel-matrix matrix`: measures every kernel of a plan, or prints what that would do. */
export const command: CliCommand = {
  options: [
    CONFIG,
    new Option(
      '--profile <name>',
      'profile of the configuration (default: the first of default_profile that can run here)',
    ),
    new Option('--kernels <names>', 'only these rows, separated by commas: --kernels 5.10,6.12'),
    new Option('--cycles <n>', 'containers created and deleted in each churn case'),
    new Option('--jobs <n>', 'machines at the same time'),
    new Option(
      '--keep',
      'leave the machines running at the end (npm run shell reaches them, clean -- --kept ends them)',
    ).default(false),
    new Option(
      '--fresh',
      'boot every kernel for real; without it a machine that an earlier run saved with that kernel up serves, and reports say so',
    ).default(false),
    new Option('--shard <part>', 'only the rows of one part, to be merged later: 2/5, or auto for what the CI says'),
    new Option('--dry-run', 'print the plan and do nothing').default(false),
    new Option(
      '--yes',
      'an existing host (provider ssh) may be changed: what will be is printed first; with --resume: the run’s folder is trusted',
    ).default(false),
    new Option(
      '--resume [run]',
      'resume a run that was stopped, by its id or the latest, with the --config it was started with',
    ),
    new Option(
      '--baseline [run|file]',
      'compare with a run or a baseline file, and exit with 4 if anything is worse (alone: the file that npm run baseline writes)',
    ),
    new Option('--no-live', 'plain progress lines also on a terminal'),
    REPORTER,
    RUNS_DIR,
  ],
  help: `
What happens, for each kernel: its menu entry is made the default and read back, the machine reboots, and boot_id,
uname -r and the entry prove what runs. Then memory cgroups are made until the kernel refuses (about 65 thousand),
containers are churned with and without a memory limit, and after each cycle the slots that are free are counted.
A slot is lost when capacity fell and no living directory explains it.

A run is resumed with the plan in its folder. If that plan has a host, file, package or setting that the file of --config does not
have, the difference is printed and nothing is done without --yes. Consent to change a host is never taken from a run's folder.

Everything is written to ${RUNS}/<run>/: journal.jsonl (each command and answer, as it happened), matrix.html, .md, .csv, .json,
summary.md, junit.xml, kernels/<name>/transcript.txt and console.log.

${REPORTER_HELP}

Examples:
  npm run matrix                                 the first of default_profile that can run here
  npm run matrix -- --profile centos7 --dry-run  every command, beside the line of the original procedure
  npm run matrix -- --kernels 6.1 --cycles 10    one kernel, more cycles
  npm run matrix -- --resume                     continue after Ctrl-C
  npm run matrix -- --baseline                   what has changed since the baseline (npm run baseline -- <run>)
  npm run matrix -- --kernels 6.1 --keep && npm run shell
  npm run matrix -- --shard 2/5                  the second of five machines; npm run merge makes one run of all
  npm run matrix -- --reporter junit=out/junit.xml --reporter summary="$GITHUB_STEP_SUMMARY"

Exit codes:
${EXIT_HELP.replace(/^/gm, '  ')}
`,
  run: async (options: MatrixOptions) => {
    const outputs = parseReporters(options.reporter);
    refuseKept(outputs, options.config);
    // Each loads much that the other, and --help, does not need.
    if (options.dryRun) return (await import('../dry-run/dry-run.js')).dryRun(options);
    return (await import('../perform-run.js')).performRun(options, outputs);
  },
};
