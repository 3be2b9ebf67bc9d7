import type { Plan } from '../config/plan.js';
import type { JournalWriter } from '../journal/writer.js';
import { UserError } from '../host/user-error.js';
import type { BootTarget } from '../guest/boot.js';
import { debianGuest } from '../guest/debian/debian.js';
import { entryId } from '../provider/qemu/image/menu.js';
import { dockerLabel, prepareQemu } from '../provider/qemu/provider.js';
import type { Backend } from './backend-interface.js';
import { el7Backend } from './el7-backend.js';
import type { RunObserver } from './observer.js';
import { fetchPlanFiles } from './plan-files.js';

export type { Backend };

/** @throws UserError if there is no way to run the plan's provider with its guest; before anything is started. */
export function refuseUnsupported(plan: Plan): void {
  if ((plan.machine.provider === 'qemu') === (plan.guest.os === 'debian')) return;
  throw new UserError({
    what: `profile ${plan.profile} cannot run: its provider is ${plan.machine.provider}, its guest ${plan.guest.os}`,
    where: plan.file,
    why: 'Debian guests are built by the embedded provider only; Vagrant and an existing host take CentOS 7',
    next: 'npm run matrix -- --profile embedded',
    kind: 'config',
  });
}

/**
 * Makes the plan's provider ready: files are fetched and verified; for the embedded provider kernels, userland, image and
 * accelerator follow.
 * @param fetch another one serves for tests.
 * @throws UserError if nothing can be run at all.
 */
export async function prepareBackend(
  input: { plan: Plan; run: string; keepable: boolean },
  journal: JournalWriter,
  observer: RunObserver,
  signal: AbortSignal,
  fetch: typeof fetchPlanFiles = fetchPlanFiles,
): Promise<Backend> {
  const { plan } = input;
  refuseUnsupported(plan);
  const files = await fetch(plan, journal, observer, signal);
  if (plan.guest.os === 'el7') return el7Backend(input, files, journal, observer);
  const docker = files.of('docker')[0] ?? null;
  const prepared = await prepareQemu(
    {
      ...input,
      files: { kernels: files.kernels, missing: files.missing, docker },
    },
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
      ...(kernel.note === undefined ? {} : { note: kernel.note }),
    });
    targets.set(name, { kernel: name, entry: entryId(name), release: kernel.release });
  }
  journal.append({
    kind: 'image.ready',
    image: prepared.image.hash,
    built: prepared.image.built,
    seconds: prepared.image.seconds,
    docker: dockerLabel(plan.docker, docker),
  });
  return {
    provider: prepared.provider,
    guest: debianGuest(plan.docker, plan.timeouts),
    targets,
    missing: prepared.missing,
    accelerator: prepared.choice.accelerator,
  };
}
