import { cpus } from 'node:os';
import type { Plan } from '../config/plan.js';
import { cacheFolder, cacheRoot, freeDiskMib } from '../host/cache.js';
import { missingNeeds } from '../host/setup.js';
import { UserError } from '../host/user-error.js';
import { knownMachines, providerOf } from '../provider/table.js';
import { hostSize } from '../provider/host-size.js';
import { affordableJobs, fitToHost } from '../run/host-limits.js';
import { bad, good, type Finding } from '../base/finding.js';
import { needsOf } from './needs.js';

/** Host programs of a profile. */
export function programs(plan: Plan): Finding[] {
  const needs = needsOf(plan);
  const missing = missingNeeds(needs);
  return needs.map((need) =>
    missing.includes(need)
      ? bad(
          need.provides,
          `missing: ${need.why} (package ${need.package})`,
          `npm run setup -- --profile ${plan.profile}`,
        )
      : good(need.provides, need.why),
  );
}

/** Memory, processors and disk of this host for the machines of a profile. */
export function resources(plan: Plan): Finding[] {
  return [memory(plan), good('processors', `${cpus().length}`), disk(plan)];
}

function memory(plan: Plan): Finding {
  const host = hostSize();
  const available = `${host.availableMib} MiB available`;
  const provider = providerOf(plan.machine);
  if (provider.memoryMib(plan.machine) === null) return good('memory', `${available}; the machine is another host`);
  try {
    const { plan: fit, changes } = fitToHost(plan, host);
    const { jobs, reduced } = affordableJobs(fit, fit.kernels.length, host);
    const enough = `${available}, enough for ${jobs} machine${jobs === 1 ? '' : 's'} of ${provider.memoryMib(fit.machine)} MiB`;
    return good('memory', [reduced ?? enough, ...changes].join('; '));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad('memory', error.parts.what, error.parts.next);
  }
}

function disk({ machine, profile }: Plan): Finding {
  const free = freeDiskMib(cacheFolder());
  const wanted = providerOf(machine).diskMib;
  const detail = `${free} MiB free in ${cacheRoot()}, ${wanted} MiB needed`;
  return free >= wanted
    ? good('disk', detail)
    : bad('disk', detail, `KERNEL_MATRIX_CACHE=/a/larger/disk npm run matrix -- --profile ${profile}`);
}

/** The machines that exist now. */
export function machines(): Finding[] {
  const ids = knownMachines().map(({ id }) => id);
  return [good('machines', ids.length === 0 ? 'none running' : ids.join(', '))];
}
