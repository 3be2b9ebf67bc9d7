/** `matrix`: from the options to the reports of a run. */
import { createJournal, resumeJournal } from '../scenario/journal.js';
import type { RunJournal } from '../run-events/events.js';
import { existsSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../config/plan.js';
import { needsOf } from '../doctor/needs.js';
import { sweepScratch } from '../host/cache.js';
import { missingNeeds } from '../host/setup.js';
import { killTools } from '../host/tool.js';
import { UserError } from '../host/user-error.js';
import { refuseLinksInside } from '../host/write-file.js';
import { killMachines, providerOf, sweepMachines } from '../provider/table.js';
import { quote } from '../remote/quote.js';
import { kernelFolders } from '../report/paths.js';
import { runMatrix } from '../run/run.js';
import { pastOf } from './foresee.js';
import { chooseDisplay } from './live/choose.js';
import type { Display } from './live/display.js';
import { DEFAULT_CONFIG, JOURNAL } from './paths.js';
import { describeShard, newRun, resumedRun, withFolder, type MatrixOptions, type Run } from './planned-run.js';
import type { Output } from './reporters.js';
import { report, type ReportOptions } from './reports.js';
import { ownRun } from './run-owner.js';
import { watchSignals, type Interrupted } from './signals.js';
import { tool } from './tool.js';

/**
 * Performs a new run, or the rest of one that was stopped, and writes its reports.
 * @returns the exit code of its verdicts.
 * @throws UserError if it cannot start; Interrupted after a signal, when the reports of what was measured are written.
 */
export async function performRun(options: MatrixOptions, outputs: Output[]): Promise<number> {
  const reporting: ReportOptions = {
    outputs,
    print: (text) => process.stdout.write(text),
    note: (line) => process.stderr.write(`${line}\n`),
  };
  const planned = options.resume ? await resumedRun(options) : await newRun(options);
  if (planned.rows.length === 0) return withoutRows(withFolder(planned, options.runsDir), reporting);
  const plan = withConsent(planned.plan, options.yes ?? false);
  refuseMissingTools(plan);
  const run = withFolder({ ...planned, plan }, options.runsDir);
  const interrupted = await measure(run, options);
  const code = await report(run.folder, reporting);
  if (interrupted === null) return code;
  // The plan of a resumed run is compared with the file that --config names.
  const config = options.config === DEFAULT_CONFIG ? '' : ` --config ${quote(options.config)}`;
  process.stderr.write(`\nnpm run matrix -- --resume ${run.run}${config} continues with what is left\n`);
  throw interrupted;
}

/**
 * Measures the rows of a run and records it in its journal.
 * @returns the reason of the signal that stopped it, else null.
 */
async function measure(run: Run, options: MatrixOptions): Promise<Error | null> {
  // Links in a folder from elsewhere could lead the journal, consoles and logs to any file.
  if (run.resumed !== null) refuseLinksInside(run.folder);
  const disown = ownRun(run.folder);
  process.stderr.write(firstLine(run));
  const display = chooseDisplay({ kernels: run.rows.map((row) => row.name), live: options.live });
  const signals = watchSignals({
    doing: 'ending the machines; what was measured is kept',
    budget: providerOf(run.plan.machine).cleanupSeconds,
    print: (line) => display.note(line),
    killChildren: () => {
      killTools();
      killMachines();
    },
  });
  const file = join(run.folder, JOURNAL);
  const listener = display.event.bind(display);
  const journal = run.resumed ? resumeJournal(file, listener) : createJournal(file, listener);
  try {
    begin(run, journal);
    await sweepLeftovers(display);
    const consoles = kernelFolders(run.plan.kernels.map(({ name }) => name));
    const { run: id, folder, plan, rows } = run;
    const { keep, fresh } = options;
    const past = await pastOf(plan, options.runsDir);
    const consoleFile = (kernel: string) => `${consoles.get(kernel)!}/console.log`;
    const work = { run: id, folder, plan, rows, past, keep, fresh, consoleFile };
    const { kept } = await runMatrix(work, journal, display, signals.signal);
    for (const line of kept) display.note(line);
    return null;
  } catch (error) {
    if (!signals.signal.aborted) throw error;
    const interrupted = signals.signal.reason as Interrupted;
    journal.append({ kind: 'run.interrupted', signal: interrupted.by });
    return interrupted;
  } finally {
    display.close();
    journal.close();
    signals.close();
    disown();
  }
}

function firstLine({ plan, shard, profileReason, run, folder }: Run): string {
  const part = shard === null ? '' : `${describeShard(shard, plan)}; `;
  return `${part}profile ${plan.profile}: ${profileReason}; run ${run} in ${folder}\n`;
}

/** Records a shard without rows, so that merging can tell it from a missing one. */
async function withoutRows(run: Run, reporting: ReportOptions): Promise<number> {
  process.stderr.write(firstLine(run));
  const journal = createJournal(join(run.folder, JOURNAL));
  begin(run, journal);
  journal.append({ kind: 'run.finished', seconds: 0 });
  journal.close();
  return report(run.folder, reporting);
}

function begin(run: Run, journal: RunJournal): void {
  if (run.resumed !== null) {
    journal.append({ kind: 'run.resumed', run: run.run, tool: tool() });
    return;
  }
  journal.append({
    kind: 'run.started',
    run: run.run,
    profile: run.plan.profile,
    profileReason: run.profileReason,
    tool: tool(),
    host: { os: `${type()} ${release()}`, cpus: cpus().length, memoryMib: Math.floor(totalmem() / 2 ** 20) },
    plan: run.plan,
    shard: run.shard,
    asked: run.asked,
  });
  if (run.baseline !== null) journal.append({ kind: 'baseline.taken', ...run.baseline });
}

/** Removes the machines and half-made files of runs that were killed. */
async function sweepLeftovers(display: Display): Promise<void> {
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
 * Prints what will be changed on an existing host.
 * @returns the plan with the consent in it.
 * @throws UserError without consent.
 */
function withConsent(plan: Plan, yes: boolean): Plan {
  const { machine } = plan;
  const { existing } = providerOf(machine);
  if (existing === undefined) return plan;
  process.stderr.write(existing.statement(plan));
  if (!yes && !existing.consented(machine)) throw existing.refusal(machine);
  return { ...plan, machine: existing.withConsent(machine, true) };
}

/** @throws UserError if host programs are missing. */
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
