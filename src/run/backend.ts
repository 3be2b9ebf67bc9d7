import type { RunJournal } from '../run-events/events.js';
import type { Plan, KernelRow } from '../config/plan.js';
import type { BootTarget } from '../guest/boot.js';
import { debianGuest } from '../guest/debian/debian.js';
import { entryOfRelease } from '../guest/el7/boot-loader.js';
import { el7Guest } from '../guest/el7/el7.js';
import { wantedKernel } from '../guest/el7/recipe.js';
import type { El7Artifacts } from '../guest/el7/steps.js';
import { UserError } from '../host/user-error.js';
import { NoKernel } from '../kernel/no-kernel.js';
import type { BuiltGuest } from '../provider/provider.js';
import { providerOf } from '../provider/table.js';
import type { Backend } from './backend-interface.js';
import type { RunObserver } from './observer.js';
import { fetchPlanFiles, type PlanFile, type PlanFiles } from './plan-files.js';

/** What a guest adds to the provider. */
type InGuest = Pick<Backend, 'guest' | 'targets' | 'missing'>;

/**
 * Makes the plan's provider and guest ready: files are fetched and verified; where the provider builds the guest, kernels, userland
 * and image follow.
 * @param fetch another one serves for tests.
 * @throws UserError if nothing can be run at all; NoKernel if no row's kernel can be obtained.
 */
export async function prepareBackend(
  input: { plan: Plan; run: string; keepable: boolean },
  journal: RunJournal,
  observer: RunObserver,
  signal: AbortSignal,
  fetch: typeof fetchPlanFiles = fetchPlanFiles,
): Promise<Backend> {
  const { plan } = input;
  const provider = providerOf(plan.machine);
  const files = await fetch(plan, journal, observer, signal);
  const { machines, accelerator, built } = await provider.prepare(
    { ...input, files },
    (phase, message) => observer.progress({ kernel: null, phase, message }),
    signal,
  );
  const inGuest =
    built === null
      ? installedGuest(plan, files, provider.existing !== undefined, journal)
      : builtGuest(plan, built, journal);
  return { provider: machines, accelerator, ...inGuest };
}

/** Debian, with every kernel in it already. */
function builtGuest(plan: Plan, built: BuiltGuest, journal: RunJournal): InGuest {
  const targets = new Map<string, BootTarget>();
  for (const [name, kernel] of built.kernels) {
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
    targets.set(name, { kernel: name, entry: kernel.entry, release: kernel.release });
  }
  const { hash, built: isNew, seconds } = built.image;
  journal.append({ kind: 'image.ready', image: hash, built: isNew, seconds, docker: built.docker });
  return { guest: debianGuest(plan), targets, missing: built.missing };
}

/** CentOS 7, in which the kernels are installed. */
function installedGuest(plan: Plan, files: PlanFiles, oneShot: boolean, journal: RunJournal): InGuest {
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
  return { guest: el7Guest(plan, artifacts, oneShot), targets, missing };
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
