import { Option } from 'commander';
import { join } from 'node:path';
import { cpus, release, totalmem, type } from 'node:os';
import { existsSync } from 'node:fs';
import type { Plan } from '../../config/plan.js';
import type { Shard } from '../../journal/events.js';
import { JournalWriter } from '../../journal/writer.js';
import { sweepScratch } from '../../host/cache.js';
import { killTools } from '../../host/tool.js';
import { missingNeeds } from '../../host/setup.js';
import { needsOf } from '../../doctor/needs.js';
import { UserError } from '../../host/user-error.js';
import { refuseLinksInside } from '../../host/write-file.js';
import { killMachines, providerOf, sweepMachines } from '../../provider/table.js';
import { quote } from '../../remote/quote.js';
import { runMatrix } from '../../run/run.js';
import { shardName } from '../../run/shard.js';
import { kernelFolders } from '../../report/paths.js';
import { takeBaseline } from '../baseline.js';
import { describePlan } from '../describe-plan.js';
import { commandsOf } from '../dry-run/commands-of.js';
import { foreseen, pastOf } from '../foresee.js';
import { DEFAULT_CONFIG, JOURNAL, RUNS } from '../paths.js';
import { chooseDisplay } from '../live/choose.js';
import type { Display } from '../live/display.js';
import { ownRun } from '../run-owner.js';
import { parseReporters, REPORTER_HELP, refuseKept } from '../reporters.js';
import { report, type ReportOptions } from '../reports.js';
import { watchSignals } from '../signals.js';
import { tool } from '../tool.js';
import { fresh, planned, resumed, withFolder, type MatrixOptions, type Work } from '../work.js';
import type { CliCommand } from '../command.js';
import { EXIT_HELP } from '../exit-codes.js';
import { CONFIG, REPORTER, RUNS_DIR } from '../options.js';

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
      'go on with a run that was stopped: its id, or the latest; with the --config it was started with',
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
  run: matrix,
};

/** `kernel-matrix matrix`; returns the exit code. */
export async function matrix(options: MatrixOptions): Promise<number> {
  const print = (text: string) => process.stdout.write(text);
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const outputs = parseReporters(options.reporter);
  refuseKept(outputs, options.config);
  if (options.dryRun) {
    const { plan, reason, shard } = await planned(options);
    const { config, runsDir } = options;
    const taken = options.baseline
      ? await takeBaseline(options.baseline, { config, runsDir, profile: plan.profile })
      : null;
    if (shard) print(`${describeShard(shard, plan)}\n`);
    if (plan.kernels.length === 0) return 0;
    print(describePlan(plan, reason, await foreseen(plan, runsDir)));
    if (taken !== null) print(`compared with run ${taken.summary.run} (${taken.place})\n`);
    print(providerOf(plan.machine).existing?.statement(plan) ?? '');
    print(await commandsOf(plan));
    return 0;
  }
  const asked = options.resume ? await resumed(options) : await fresh(options);
  if (asked.rows.length === 0) return withoutWork(withFolder(asked, options.runsDir), { outputs, print, note });
  const plan = withConsent(asked.plan, options.yes ?? false);
  refuseMissingTools(plan);
  const work = withFolder({ ...asked, plan }, options.runsDir);
  // A folder that came from elsewhere could lead journal, consoles and logs to any file.
  if (work.resumed !== null) refuseLinksInside(work.folder);
  const disown = ownRun(work.folder);
  process.stderr.write(firstLine(work));
  const display = chooseDisplay({ kernels: work.rows.map((row) => row.name), live: options.live });
  const signals = watchSignals({
    doing: 'ending the machines; what was measured is kept',
    budget: providerOf(plan.machine).cleanupSeconds,
    print: (line) => display.note(line),
    killChildren: () => {
      killTools();
      killMachines();
    },
  });
  const file = join(work.folder, JOURNAL);
  const consoles = kernelFolders(work.plan.kernels.map(({ name }) => name));
  const listener = display.event.bind(display);
  const journal = work.resumed ? JournalWriter.resume(file, listener) : JournalWriter.create(file, listener);
  let interrupted: unknown = null;
  try {
    begin(work, journal);
    await cleanUpAfterOthers(display);
    const { kept } = await runMatrix(
      {
        run: work.run,
        folder: work.folder,
        plan: work.plan,
        rows: work.rows,
        past: await pastOf(work.plan, options.runsDir),
        keep: options.keep,
        fresh: options.fresh,
        consoleFile: (kernel) => `${consoles.get(kernel)!}/console.log`,
      },
      journal,
      display,
      signals.signal,
    );
    for (const line of kept) display.note(line);
  } catch (error) {
    if (!signals.signal.aborted) throw error;
    interrupted = signals.signal.reason;
    journal.append({ kind: 'run.interrupted', signal: (interrupted as { by?: string }).by ?? 'unknown' });
  } finally {
    display.close();
    journal.close();
    signals.close();
    disown();
  }
  const code = await report(work.folder, { outputs, print, note });
  if (interrupted === null) return code;
  // A resumed run is believed as far as the file says the same that is named then.
  const config = options.config === DEFAULT_CONFIG ? '' : ` --config ${quote(options.config)}`;
  process.stderr.write(`\nnpm run matrix -- --resume ${work.run}${config} goes on with what is left\n`);
  throw interrupted;
}

function describeShard(shard: Shard, plan: Plan): string {
  const rows = plan.kernels.map((row) => row.name).join(', ');
  return `shard ${shardName(shard)}: ${rows === '' ? 'no row falls to it' : rows} (of ${shard.kernels.length} rows)`;
}

function firstLine({ plan, shard, profileReason, run, folder }: Work): string {
  const part = shard === null ? '' : `${describeShard(shard, plan)}; `;
  return `${part}profile ${plan.profile}: ${profileReason}; run ${run} in ${folder}\n`;
}

/** A part to which no row falls has a run too, so that merging can tell it from one that is missing. */
async function withoutWork(work: Work, options: ReportOptions): Promise<number> {
  process.stderr.write(firstLine(work));
  const journal = JournalWriter.create(join(work.folder, JOURNAL));
  begin(work, journal);
  journal.append({ kind: 'run.finished', seconds: 0 });
  journal.close();
  return report(work.folder, options);
}

function begin(work: Work, journal: JournalWriter): void {
  if (work.resumed !== null) {
    journal.append({ kind: 'run.resumed', run: work.run, tool: tool() });
    return;
  }
  journal.append({
    kind: 'run.started',
    run: work.run,
    profile: work.plan.profile,
    profileReason: work.profileReason,
    tool: tool(),
    host: { os: `${type()} ${release()}`, cpus: cpus().length, memoryMib: Math.floor(totalmem() / 2 ** 20) },
    plan: work.plan,
    shard: work.shard,
    asked: work.asked,
  });
  if (work.baseline !== null) journal.append({ kind: 'baseline.taken', ...work.baseline });
}

async function cleanUpAfterOthers(display: Display): Promise<void> {
  for (const { id, ran, error } of await sweepMachines({ kept: false })) {
    display.note(
      error === null
        ? `removed machine ${id}, left by a run that was killed${ran ? '; it was still running' : ''}`
        : `machine ${id}, left by a run that was killed, could not be removed: ${error.message}`,
    );
  }
  sweepScratch();
}

/**
 * Says what will be changed on a host that exists already. @returns the plan with the consent in it.
 * @throws UserError if nobody has given it: before anything is started.
 */
function withConsent(plan: Plan, yes: boolean): Plan {
  const { machine } = plan;
  const { existing } = providerOf(machine);
  if (existing === undefined) return plan;
  process.stderr.write(existing.statement(plan));
  if (!yes && !existing.consented(machine)) throw existing.refusal(machine);
  return { ...plan, machine: existing.withConsent(machine, true) };
}

/** @throws UserError if host programs are missing: before anything is started. */
function refuseMissingTools(plan: Plan): void {
  const missing = missingNeeds(needsOf(plan));
  if (missing.length === 0) return;
  throw new UserError({
    what: `missing on this host: ${missing.map((need) => need.provides).join(', ')}`,
    why: missing.map((need) => `${need.provides} ${need.why} (package ${need.package})`).join('\n'),
    next: existsSync('/etc/debian_version')
      ? `npm run setup -- --profile ${plan.profile} installs them`
      : 'install them; npm run doctor tells what is still missing',
    kind: 'host',
  });
}
