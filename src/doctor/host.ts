import { cpus } from 'node:os';
import type { Plan } from '../config/plan.js';
import { cacheFolder, cacheRoot, freeDiskMib } from '../host/cache.js';
import { missingNeeds } from '../host/setup.js';
import { UserError } from '../host/user-error.js';
import { listMachines } from '../provider/qemu/registry.js';
import { knownAccelerator } from '../provider/qemu/accelerator.js';
import { listVagrantMachines } from '../provider/vagrant/registry.js';
import { affordableJobs, availableMemoryMib, fitToHost, hostSize } from '../run/host-limits.js';
import { bad, good, type Finding } from './finding.js';
import { needsOf } from './needs.js';

/** Disk space for a first run. Embedded: userland, image, overlays. Vagrant: the box as download, unpacked and as a volume. */
const DISK_MIB = { qemu: 6000, vagrant: 12_000, ssh: 500 } as const;

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
  const available = availableMemoryMib();
  if (plan.machine.provider === 'ssh') return good('memory', `${available} MiB available; the machine is another host`);
  try {
    const host = { ...hostSize(), availableMib: available };
    const { plan: fit, changes } = fitToHost(plan, host);
    const { jobs, reduced } = affordableJobs(fit, fit.kernels.length, host);
    const each = fit.machine.provider === 'ssh' ? 0 : fit.machine.memory_mib;
    const enough = `${available} MiB available, enough for ${jobs} machine${jobs === 1 ? '' : 's'} of ${each} MiB`;
    return good('memory', [reduced ?? enough, ...changes].join('; '));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad('memory', error.parts.what, error.parts.next);
  }
}

function disk({ machine, profile }: Plan): Finding {
  const free = freeDiskMib(cacheFolder());
  const wanted = DISK_MIB[machine.provider];
  const detail = `${free} MiB free in ${cacheRoot()}, ${wanted} MiB needed`;
  return free >= wanted
    ? good('disk', detail)
    : bad('disk', detail, `KERNEL_MATRIX_CACHE=/a/larger/disk npm run matrix -- --profile ${profile}`);
}

/** The accelerator of the embedded machines. */
export async function accelerator({ machine }: Plan): Promise<Finding[]> {
  if (machine.provider !== 'qemu') return [];
  if (missingNeeds().length > 0) return [good('accelerator', 'not checked: QEMU is missing')];
  return [good('accelerator', await knownAccelerator(machine.accelerator))];
}

/** The machines that exist now. */
export function machines(): Finding[] {
  const ids = [...listMachines(), ...listVagrantMachines()].map((record) => record.id);
  return [good('machines', ids.length === 0 ? 'none running' : ids.join(', '))];
}
