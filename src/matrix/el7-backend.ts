import type { KernelRow, Plan } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { UserError } from '../host/user-error.js';
import type { BootTarget } from '../guest/boot.js';
import { entryOfRelease } from '../guest/el7/boot-loader.js';
import { el7Guest } from '../guest/el7/el7.js';
import { wantedKernel } from '../guest/el7/recipe.js';
import type { El7Artifacts, RpmFile } from '../guest/el7/steps.js';
import type { MachineProvider } from '../machine/machine.js';
import { sshProvider } from '../machine/ssh/provider.js';
import { vagrantProvider } from '../machine/vagrant/provider.js';
import type { Backend } from './backend-interface.js';
import type { RunObserver } from './observer.js';

/**
 * Machines of Vagrant, or a host that exists, with CentOS 7 in them.
 * @param artifacts verified files on this host; null while nothing fetches them.
 * @throws UserError if nothing can be run at all.
 */
export function el7Backend(
  input: { plan: Plan; run: string },
  artifacts: El7Artifacts,
  journal: JournalWriter,
  observer: RunObserver,
): Backend {
  const { plan } = input;
  const targets = new Map<string, BootTarget>();
  const missing = new Map<string, Error>();
  for (const row of plan.kernels) {
    const kernel = wantedKernel(row, artifacts);
    const [own] = kernel?.rpms ?? [];
    if (!kernel || !own) {
      missing.set(row.name, new UserError({ what: `kernel ${row.name} has no RPM`, where: plan.file }));
      continue;
    }
    targets.set(row.name, { kernel: row.name, entry: entryOfRelease(kernel.release), release: kernel.release });
    journal.append({ kind: 'artifact.resolved', ...resolved(row, kernel.release, own) });
  }
  if (targets.size === 0) throw [...missing.values()][0] ?? new UserError({ what: 'no kernel is asked for' });
  return {
    provider: providerOf(input, observer),
    guest: el7Guest(plan, artifacts, plan.machine.provider === 'ssh'),
    targets,
    missing,
  };
}

function resolved(row: KernelRow, release: string, rpm: RpmFile) {
  return {
    kernel: row.name,
    source: row.source,
    release,
    package: rpm.name,
    version: null,
    origin: rpm.path,
    sha256: rpm.sha256,
    files: [{ name: rpm.name, sha256: rpm.sha256 }],
  };
}

function providerOf({ plan, run }: { plan: Plan; run: string }, observer: RunObserver): MachineProvider {
  const { machine, timeouts } = plan;
  const say = (message: string) => observer.progress({ kernel: null, phase: 'machine', message });
  switch (machine.provider) {
    case 'vagrant':
      return vagrantProvider({ run, config: machine, bootTimeout: timeouts.boot, onProgress: say });
    case 'ssh':
      return sshProvider({ config: machine, timeouts, onNote: say });
    case 'qemu':
      throw new UserError({ what: 'CentOS 7 does not run on the embedded provider', where: plan.file, exitCode: 2 });
  }
}
