import type { KernelRow, Plan } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { UserError } from '../host/user-error.js';
import type { BootTarget } from '../guest/boot.js';
import { debianGuest } from '../guest/debian/debian.js';
import type { Guest } from '../guest/guest.js';
import type { MachineProvider } from '../machine/machine.js';
import { entryId } from '../machine/qemu/image/menu.js';
import { dockerLabel, prepareQemu } from '../machine/qemu/provider.js';
import type { RunObserver } from './observer.js';

/** A provider and the guest in its machines, ready to take rows. */
export interface Backend {
  provider: MachineProvider;
  guest: Guest;
  /** What to boot for each row that can be had. */
  targets: Map<string, BootTarget>;
  /** Rows that cannot be had, with the reason. */
  missing: Map<string, Error>;
}

/** @throws UserError if this version has no way to run the plan's provider and guest; before anything is started. */
export function refuseUnsupported(plan: Plan): void {
  if (plan.machine.provider !== 'qemu' || plan.guest.os !== 'debian') {
    throw new UserError({
      what: `profile ${plan.profile} cannot run yet: its provider is ${plan.machine.provider}, its guest ${plan.guest.os}`,
      where: plan.file,
      why: 'this version runs profiles of provider qemu with a Debian guest; centos7 is declared so that the file keeps its shape',
      next: 'npm run matrix -- --profile embedded',
      exitCode: 2,
    });
  }
}

/**
 * Makes the plan's provider ready: for the embedded one that is kernels, userland, image and accelerator.
 * @throws UserError if nothing can be run at all.
 */
export async function prepareBackend(
  input: { plan: Plan; run: string; keepable: boolean },
  journal: JournalWriter,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<Backend> {
  const { plan } = input;
  refuseUnsupported(plan);
  const prepared = await prepareQemu(
    input,
    {
      artifacts: (kernel, message) =>
        observer.progress({ kernel: null, phase: 'artifacts', message: `${kernel}: ${message}` }),
      image: (message) => observer.progress({ kernel: null, phase: 'image', message }),
      accelerator: (message) => observer.progress({ kernel: null, phase: 'accelerator', message }),
    },
    signal,
  );
  const targets = new Map<string, BootTarget>();
  for (const [name, kernel] of prepared.kernels) {
    journal.append({
      kind: 'artifact.resolved',
      kernel: name,
      source: kernel.source,
      release: kernel.release,
      package: kernel.package,
      version: kernel.version,
      origin: kernel.origin,
      sha256: kernel.sha256,
      files: kernel.files,
    });
    targets.set(name, { kernel: name, entry: entryId(name), release: kernel.release });
  }
  journal.append({
    kind: 'image.ready',
    image: prepared.image.hash,
    built: prepared.image.built,
    seconds: prepared.image.seconds,
    docker: dockerLabel(plan.docker),
  });
  return {
    provider: prepared.provider,
    guest: debianGuest(plan.docker, plan.timeouts),
    targets,
    missing: prepared.missing,
  };
}

/** Rows in the order they are started: those on v2 first, whose exhaustion takes several times as long. */
export function startOrder(rows: KernelRow[]): KernelRow[] {
  return [...rows].sort((a, b) => Number(b.cgroup === 'v2') - Number(a.cgroup === 'v2'));
}
