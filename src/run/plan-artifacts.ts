import { basename } from 'node:path';
import { dockerFile } from '../config/defaults.js';
import type { Plan, RpmSource } from '../config/plan.js';
import { fileNameOf, type Artifact } from '../artifact/artifact.js';
import { rpmArtifact } from '../artifact/rpm.js';
import { sourceOf } from '../kernel/table.js';
import { providerOf } from '../provider/table.js';

/** The purpose of an artifact. Without a kernel's artifact its row cannot run; without any other the whole run cannot. */
export type Use =
  /** The file that holds the kernel first. */
  | { kind: 'kernel'; row: string }
  /** Docker's RPM or static archive, then the RPMs of its dependencies. */
  | { kind: 'docker' }
  | { kind: 'dependency' }
  /** An RPM of a program that the sequence needs in the guest. */
  | { kind: 'program' }
  /** A `docker save` archive of the container image. */
  | { kind: 'image' }
  /** What the provider makes its machines of. */
  | { kind: 'machine'; what: string };

export interface PlannedArtifact {
  use: Use;
  artifact: Artifact;
  /** Absolute path of the user's own file; it is used from there, and neither cached nor recorded. */
  ownFile?: string;
}

/**
 * Every file that a plan needs to download, in the order of fetching: small ones first, so that a run that cannot start ends before the
 * large downloads. Debian packages are not included; apt's signed index verifies them (src/host/apt.ts).
 */
export function artifactsOf(plan: Plan): PlannedArtifact[] {
  const { guest, kernels } = plan;
  const rpm = (use: Use, source: RpmSource): PlannedArtifact => ({
    use,
    artifact: rpmArtifact(source, plan.signing_keys),
  });
  return [
    ...docker(plan),
    ...plan.docker.dependencies.map((each) => rpm({ kind: 'dependency' }, each)),
    ...(guest.os === 'el7' ? guest.rpms.map((each) => rpm({ kind: 'program' }, each)) : []),
    ...image(plan),
    ...kernels.flatMap((row) =>
      sourceOf(row)
        .artifacts(row, plan)
        .map((artifact): PlannedArtifact => ({ use: { kind: 'kernel', row: row.name }, artifact })),
    ),
    ...(providerOf(plan.machine).artifacts?.(plan.machine) ?? []).map(({ what, artifact }): PlannedArtifact => ({
      use: { kind: 'machine', what },
      artifact,
    })),
  ];
}

/** The name of a use in messages. */
export function describeUse(use: Use): string {
  switch (use.kind) {
    case 'kernel':
      return `kernel ${use.row}`;
    case 'docker':
      return 'Docker';
    case 'dependency':
      return 'dependency of Docker';
    case 'program':
      return 'program for the guest';
    case 'image':
      return 'container image';
    case 'machine':
      return use.what;
  }
}

function docker(plan: Plan): PlannedArtifact[] {
  const { docker: config } = plan;
  const name = dockerFile(config);
  if (name === undefined) return [];
  const { urls, sha256, signed_by } = config;
  const artifact =
    config.source === 'rpm'
      ? rpmArtifact({ rpm: name, urls, signed_by, ...hash(sha256) }, plan.signing_keys)
      : { name, urls, ...hash(sha256) };
  return [{ use: { kind: 'docker' }, artifact }];
}

function image({ docker: config }: Plan): PlannedArtifact[] {
  const { image_archive: path, image_urls: urls, image_sha256 } = config;
  const use: Use = { kind: 'image' };
  if (path !== undefined)
    return [{ use, artifact: { name: basename(path), urls: [], ...hash(image_sha256) }, ownFile: path }];
  const [first] = urls;
  return first === undefined ? [] : [{ use, artifact: { name: fileNameOf(first), urls, ...hash(image_sha256) } }];
}

function hash(sha256: string | undefined): { sha256?: string } {
  return sha256 === undefined ? {} : { sha256 };
}
