/** What a run would do on this host and how long that would take, as earlier runs of the same folder tell. */
import { join } from 'node:path';
import type { Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { providerOf } from '../provider/table.js';
import { hostSize } from '../provider/host-size.js';
import { affordableJobs, fitToHost } from '../run/host-limits.js';
import { readPast, type PastRow } from '../run/schedule/past.js';
import { schedule, type Schedule } from '../run/schedule/schedule.js';
import { JOURNAL, listRuns } from './paths.js';

/** What rows took in the runs of a folder, newest first. */
export function pastOf(plan: Plan, runsDir: string): Promise<PastRow[]> {
  const journals = listRuns(runsDir).map((name) => join(runsDir, name, JOURNAL));
  return readPast(journals.reverse(), plan);
}

/** The order and the time of a run that is only looked at; boots nothing. */
export async function foreseen(plan: Plan, runsDir: string): Promise<Schedule> {
  const { machine, sequence, kernels } = plan;
  return schedule(kernels, {
    machines: machinesOf(plan),
    cycles: sequence.cycles,
    past: await pastOf(plan, runsDir),
    accelerator: (await providerOf(machine).accelerator?.(machine)) ?? null,
  });
}

/** Where this host cannot take the plan at all, the plan's own number: it is a larger host's that is looked at. */
function machinesOf(plan: Plan): number {
  const host = hostSize();
  try {
    return affordableJobs(fitToHost(plan, host).plan, plan.kernels.length, host).jobs;
  } catch (error) {
    if (error instanceof UserError) return plan.jobs;
    throw error;
  }
}
