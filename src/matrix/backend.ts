import type { KernelRow, Plan } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { UserError } from '../host/user-error.js';
import type { BootTarget } from '../guest/boot.js';
import { debianGuest } from '../guest/debian/debian.js';
import type { El7Artifacts } from '../guest/el7/steps.js';
import { entryId } from '../machine/qemu/image/menu.js';
import { dockerLabel, prepareQemu } from '../machine/qemu/provider.js';
import type { Backend } from './backend-interface.js';
import { el7Backend } from './el7-backend.js';
import type { RunObserver } from './observer.js';

export type { Backend };

/**
 * @param artifacts the files CentOS 7 is made of; null as long as nothing has fetched them.
 * @throws UserError if this version has no way to run the plan's provider and guest; before anything is started.
 */
export function refuseUnsupported(plan: Plan, artifacts: El7Artifacts | null): void {
  const embedded = plan.machine.provider === 'qemu';
  if (embedded === (plan.guest.os === 'debian')) {
    if (embedded || artifacts !== null) return;
    throw new UserError({
      what: `profile ${plan.profile} cannot run yet: nothing fetches and verifies its RPMs`,
      where: plan.file,
      why: 'downloads come next; machines, recipe and boot selection for CentOS 7 are there',
      next: 'npm run matrix -- --profile centos7 --dry-run shows every command; npm run matrix -- --profile embedded runs',
      exitCode: 2,
    });
  }
  throw new UserError({
    what: `profile ${plan.profile} cannot run yet: its provider is ${plan.machine.provider}, its guest ${plan.guest.os}`,
    where: plan.file,
    why: 'Debian guests are built by the embedded provider only; Vagrant and an existing host take CentOS 7',
    next: 'npm run matrix -- --profile embedded',
    exitCode: 2,
  });
}

/**
 * Makes the plan's provider ready: for the embedded one that is kernels, userland, image and accelerator.
 * @param input `artifacts` are the files CentOS 7 is made of.
 * @throws UserError if nothing can be run at all.
 */
export async function prepareBackend(
  input: { plan: Plan; run: string; keepable: boolean; artifacts?: El7Artifacts },
  journal: JournalWriter,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<Backend> {
  const { plan } = input;
  refuseUnsupported(plan, input.artifacts ?? null);
  if (plan.guest.os === 'el7' && input.artifacts) return el7Backend(input, input.artifacts, journal, observer);
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
