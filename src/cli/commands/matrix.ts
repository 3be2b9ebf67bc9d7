import { join } from 'node:path';
import { cpus, release, totalmem, type } from 'node:os';
import { existsSync } from 'node:fs';
import type { KernelRow, Plan } from '../../config/plan.js';
import type { EventBodies } from '../../journal/events.js';
import { JournalWriter } from '../../journal/writer.js';
import { sweepScratch } from '../../host/cache.js';
import { killTools } from '../../host/tool.js';
import { missingNeeds } from '../../host/setup.js';
import { needsOf } from '../../doctor/needs.js';
import { UserError } from '../../host/user-error.js';
import { killOwnMachines, sweep } from '../../machine/qemu/registry.js';
import { withoutConsent } from '../../machine/ssh/provider.js';
import { statementOf } from '../../machine/ssh/statement.js';
import { sweepVagrant } from '../../machine/vagrant/registry.js';
import { refuseUnsupported } from '../../matrix/backend.js';
import { runMatrix } from '../../matrix/run.js';
import { safeName } from '../../report/paths.js';
import { takeBaseline } from '../baseline.js';
import { choosePlan } from '../choose-profile.js';
import { describePlan } from '../describe-plan.js';
import { commandsOf } from '../dry-run/commands-of.js';
import { findRun, JOURNAL, newRunId } from '../paths.js';
import { chooseDisplay } from '../progress/choose.js';
import type { Display } from '../progress/display.js';
import { factsOf, report } from '../reports.js';
import { watchSignals } from '../signals.js';
import { tool } from '../tool.js';

export interface MatrixOptions {
  config: string;
  runsDir: string;
  profile?: string;
  kernels?: string;
  cycles?: string;
  jobs?: string;
  keep: boolean;
  dryRun: boolean;
  resume?: string | true;
  /** A run or a baseline file to compare with; true: the file beside kernels.yaml. */
  baseline?: string | true;
  /** An existing host may be changed. */
  yes?: boolean;
  live: boolean;
}

/** A run that is to be done or gone on with. */
interface Work {
  run: string;
  folder: string;
  plan: Plan;
  profileReason: string;
  rows: KernelRow[];
  /** What it is compared with; a resumed run has it in its journal. */
  baseline: EventBodies['baseline.taken'] | null;
  resumed: boolean;
}

/** `kernel-matrix matrix`; returns the exit code. */
export async function matrix(options: MatrixOptions): Promise<number> {
  const print = (text: string) => process.stdout.write(text);
  if (options.dryRun) {
    const { plan, reason } = await choosePlan(options.config, options);
    const { config, runsDir } = options;
    const taken = options.baseline
      ? await takeBaseline(options.baseline, { config, runsDir, profile: plan.profile })
      : null;
    print(describePlan(plan, reason));
    if (taken !== null) print(`compared with run ${taken.summary.run} (${taken.place})\n`);
    print(statementOf(plan));
    print(await commandsOf(plan));
    return 0;
  }
  const asked = options.resume ? await resumed(options) : await fresh(options);
  const work = { ...asked, plan: withConsent(asked.plan, options.yes ?? false) };
  refuseUnsupported(work.plan);
  refuseMissingTools(work.plan);
  process.stderr.write(`profile ${work.plan.profile}: ${work.profileReason}; run ${work.run} in ${work.folder}\n`);
  const display = chooseDisplay({ kernels: work.rows.map((row) => row.name), live: options.live });
  const signals = watchSignals({
    doing: 'ending the machines; what was measured is kept',
    print: (line) => display.note(line),
    killChildren: () => {
      killTools();
      killOwnMachines();
    },
  });
  const file = join(work.folder, JOURNAL);
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
        keep: options.keep,
        consoleFile: (kernel) => join(work.folder, 'kernels', safeName(kernel), 'console.log'),
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
  }
  const code = await report(work.folder, print);
  if (interrupted === null) return code;
  process.stderr.write(`\nnpm run matrix -- --resume ${work.run} goes on with what is left\n`);
  throw interrupted;
}

async function fresh(options: MatrixOptions): Promise<Work> {
  const { plan, reason } = await choosePlan(options.config, options);
  const { config, runsDir } = options;
  const baseline = options.baseline
    ? await takeBaseline(options.baseline, { config, runsDir, profile: plan.profile })
    : null;
  const run = newRunId(options.runsDir);
  return {
    run,
    folder: join(options.runsDir, run),
    plan,
    profileReason: reason,
    rows: plan.kernels,
    baseline,
    resumed: false,
  };
}

/** Takes plan and pins from the journal, so that a resumed run compares what it began to compare. */
async function resumed(options: MatrixOptions): Promise<Work> {
  const clashing = (['profile', 'kernels', 'cycles', 'baseline'] as const).filter((key) => options[key] !== undefined);
  if (clashing.length > 0) {
    throw new UserError({
      what: `--resume takes its plan from the run; ${clashing.map((key) => `--${key}`).join(' and ')} cannot change it`,
      next: 'leave them out, or start a new run',
      exitCode: 2,
    });
  }
  const folder = findRun(options.resume === true ? 'latest' : String(options.resume), options.runsDir);
  const facts = await factsOf(folder);
  const rows = facts.rows
    .filter((row) => row.outcome === null)
    .map(({ kernel, artifact }) =>
      kernel.source === 'deb' && artifact?.version
        ? { ...kernel, package: artifact.package ?? kernel.package, version: artifact.version, sha256: artifact.sha256 }
        : kernel,
    );
  if (rows.length === 0) {
    throw new UserError({
      what: `run ${facts.run} has nothing left to do`,
      next: `npm run report -- ${facts.run}`,
      exitCode: 2,
    });
  }
  return {
    run: facts.run,
    folder,
    plan: facts.plan,
    profileReason: facts.profileReason,
    rows,
    baseline: null,
    resumed: true,
  };
}

function begin(work: Work, journal: JournalWriter): void {
  if (work.resumed) {
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
  });
  if (work.baseline !== null) journal.append({ kind: 'baseline.taken', ...work.baseline });
}

async function cleanUpAfterOthers(display: Display): Promise<void> {
  for (const { record, error } of await sweepVagrant({ kept: false })) {
    display.note(
      error === null
        ? `removed machine ${record.id}, left by a run that was killed`
        : `machine ${record.id}, left by a run that was killed, could not be removed: ${error.message}`,
    );
  }
  for (const { record, killed } of sweep({ kept: false })) {
    display.note(
      `removed machine ${record.id}, left by a run that was killed${killed ? '; it was still running' : ''}`,
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
  if (machine.provider !== 'ssh') return plan;
  process.stderr.write(statementOf(plan));
  if (!yes && !machine.consent) throw withoutConsent(machine);
  return { ...plan, machine: { ...machine, consent: true } };
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
    exitCode: 2,
  });
}
