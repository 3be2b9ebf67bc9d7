import type { RunJournal } from '../run-events/events.js';
import { statSync } from 'node:fs';
import { fetchArtifact, type FetchedArtifact } from '../artifact/fetch.js';
import { lockFileOf } from '../artifact/lock-file.js';
import { artifactsOf, describeUse, type PlannedArtifact, type Use } from './plan-artifacts.js';
import { WrongContent } from '../artifact/wrong-content.js';
import type { Plan } from '../config/plan.js';
import { sha256Of } from '../host/apt.js';
import { UserError } from '../host/user-error.js';
import { asUserError, NoKernel } from '../kernel/no-kernel.js';
import type { RunObserver } from './observer.js';

/** A verified file on this host. */
export interface PlanFile {
  name: string;
  path: string;
  /** 64 hex digits, lower case. */
  sha256: string;
  /** Where it was taken from: a URL or a path. */
  place: string;
}

/** The files a plan needs and this program does not make. */
export interface PlanFiles {
  /** By what each is for; a kind nothing is needed of has none. */
  of(kind: Exclude<Use['kind'], 'kernel'>): PlanFile[];
  /** By the row's name; the kernel's own RPM first, then those of its modules. */
  kernels: Map<string, PlanFile[]>;
  /** Rows whose kernel cannot be obtained, with the reason; the others go on without them. */
  missing: Map<string, Error>;
}

/**
 * Fetches and verifies every file of a plan, one after the other, each told in the journal.
 * @throws UserError if one is missing that every row needs; NoKernel if no row's kernel can be obtained.
 */
export async function fetchPlanFiles(
  plan: Plan,
  journal: RunJournal,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<PlanFiles> {
  const found: { use: Use; file: PlanFile }[] = [];
  const missing = new Map<string, Error>();
  for (const planned of artifactsOf(plan)) {
    const { use } = planned;
    // Of a kernel in several files each of the others is of no use once one is missing.
    if (use.kind === 'kernel' && missing.has(use.row)) continue;
    const started = performance.now();
    let fetched: Fetched;
    try {
      fetched = await fetchOne(planned, plan, observer, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (use.kind !== 'kernel') throw error;
      missing.set(use.row, asUserError(`${planned.artifact.name} cannot be obtained`, error));
      continue;
    }
    const { path, ...told } = fetched;
    journal.append({
      kind: 'artifact.fetched',
      use: describeUse(use),
      ...told,
      seconds: (performance.now() - started) / 1000,
    });
    found.push({ use, file: { name: told.name, path, sha256: told.sha256, place: told.place } });
  }
  if (missing.size > 0 && missing.size === plan.kernels.length) throw NoKernel.of(missing);
  const kernels = new Map<string, PlanFile[]>();
  for (const { use, file } of found) {
    if (use.kind !== 'kernel' || missing.has(use.row)) continue;
    kernels.set(use.row, [...(kernels.get(use.row) ?? []), file]);
  }
  return {
    of: (kind) => found.filter(({ use }) => use.kind === kind).map(({ file }) => file),
    kernels,
    missing,
  };
}

type Fetched = Omit<FetchedArtifact, 'from'> & { from: FetchedArtifact['from'] | 'own file' };

async function fetchOne(
  { use, artifact, ownFile }: PlannedArtifact,
  plan: Plan,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<Fetched> {
  const say = (message: string) => observer.progress({ kernel: null, phase: 'artifacts', message });
  say(`${describeUse(use)}: ${artifact.name}`);
  if (ownFile !== undefined) return takeOwn(ownFile, artifact.sha256);
  let shown = performance.now();
  return fetchArtifact(artifact, {
    lockFile: lockFileOf(plan.file),
    signal,
    onWait: () => say(`${artifact.name}: waiting for another run that fetches it`),
    onProgress: ({ name, bytes, total, url }) => {
      if (performance.now() - shown < SAY_EVERY_MS) return;
      shown = performance.now();
      const of = total === null ? '' : ` of ${megabytes(total)}`;
      say(`${name}: ${megabytes(bytes)}${of} MB from ${url}`);
    },
  });
}

/** How often the progress of a download is told. */
const SAY_EVERY_MS = 2000;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** A file of the user's own is taken where it lies; only a hash that kernels.yaml gives is held against it. */
async function takeOwn(path: string, wanted: string | undefined): Promise<Fetched> {
  const where = 'image_archive: under docker: in kernels.yaml';
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    throw new UserError({
      what: `${path} is ${stat ? 'no regular file' : 'not there'}`,
      where,
      next: 'docker save -o FILE IMAGE makes one',
      kind: 'config',
    });
  }
  const sha256 = await sha256Of(path);
  if (wanted !== undefined && wanted !== sha256) {
    throw new WrongContent({ what: `${path} has sha256 ${sha256}, wanted is ${wanted}`, where, kind: 'config' });
  }
  const verifiedBy = wanted === undefined ? 'a file of your own, taken as it is' : 'sha256 in the configuration';
  return {
    name: path.split('/').at(-1)!,
    path,
    sha256,
    size: stat.size,
    from: 'own file',
    place: path,
    verifiedBy,
    refused: [],
  };
}
