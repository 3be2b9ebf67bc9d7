import { pathToFileURL } from 'node:url';
import type { KernelRow, Plan, VagrantMachineConfig } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { UserError } from '../host/user-error.js';
import type { BootTarget } from '../guest/boot.js';
import { entryOfRelease } from '../guest/el7/boot-loader.js';
import { el7Guest } from '../guest/el7/el7.js';
import { wantedKernel } from '../guest/el7/recipe.js';
import type { El7Artifacts } from '../guest/el7/steps.js';
import type { MachineProvider } from '../provider/machine.js';
import { NoKernel } from '../kernel/no-kernel.js';
import { sshProvider } from '../provider/ssh/provider.js';
import { vagrantProvider } from '../provider/vagrant/provider.js';
import type { Backend } from './backend-interface.js';
import type { RunObserver } from './observer.js';
import type { PlanFile, PlanFiles } from './plan-files.js';

/**
 * Machines of Vagrant, or a host that exists, with CentOS 7 in them.
 * @throws UserError if nothing can be run at all; NoKernel if no row's kernel can be had.
 */
export function el7Backend(
  input: { plan: Plan; run: string },
  files: PlanFiles,
  journal: JournalWriter,
  observer: RunObserver,
): Backend {
  const { plan } = input;
  const targets = new Map<string, BootTarget>();
  const missing = new Map(files.missing);
  const artifacts = artifactsFrom(files);
  for (const row of plan.kernels) {
    const own = files.kernels.get(row.name)?.[0];
    const kernel = wantedKernel(row, artifacts);
    if (!own || !kernel) {
      if (!missing.has(row.name)) missing.set(row.name, notAnRpm(row, plan));
      continue;
    }
    targets.set(row.name, { kernel: row.name, entry: entryOfRelease(kernel.release), release: kernel.release });
    journal.append({ kind: 'artifact.resolved', ...resolved(row, kernel.release, own) });
  }
  if (targets.size === 0) throw NoKernel.of(missing);
  return {
    provider: providerOf(input, files, observer),
    guest: el7Guest(plan, artifacts, plan.machine.provider === 'ssh'),
    targets,
    missing,
    accelerator: null,
  };
}

function artifactsFrom(files: PlanFiles): El7Artifacts {
  return {
    docker: [...files.of('docker'), ...files.of('dependency')],
    tools: files.of('program'),
    kernels: files.kernels,
    image: files.of('image')[0] ?? null,
  };
}

function notAnRpm(row: KernelRow, plan: Plan): UserError {
  return new UserError({
    what: `kernel ${row.name} is from source ${row.source}; CentOS 7 installs kernels from RPMs`,
    where: plan.file,
    next: 'set source: rpm, or run this row in a profile of the embedded provider',
  });
}

function resolved(row: KernelRow, release: string, rpm: PlanFile) {
  return {
    kernel: row.name,
    source: row.source,
    release,
    package: rpm.name,
    version: null,
    origin: rpm.place,
    sha256: rpm.sha256,
    files: [{ name: rpm.name, sha256: rpm.sha256 }],
  };
}

/** The box that was fetched and verified stands for its URLs: Vagrant reads it from the cache. */
function withBox(machine: VagrantMachineConfig, box: PlanFile | undefined): VagrantMachineConfig {
  return box === undefined ? machine : { ...machine, box_urls: [pathToFileURL(box.path).href], box_sha256: box.sha256 };
}

function providerOf(
  { plan, run }: { plan: Plan; run: string },
  files: PlanFiles,
  observer: RunObserver,
): MachineProvider {
  const { machine, timeouts } = plan;
  const say = (message: string) => observer.progress({ kernel: null, phase: 'machine', message });
  switch (machine.provider) {
    case 'vagrant':
      return vagrantProvider({
        run,
        config: withBox(machine, files.of('box')[0]),
        bootTimeout: timeouts.boot,
        onProgress: say,
      });
    case 'ssh':
      return sshProvider({ config: machine, timeouts, onNote: say });
    case 'qemu':
      throw new UserError({ what: 'CentOS 7 does not run on the embedded provider', where: plan.file, kind: 'config' });
  }
}
