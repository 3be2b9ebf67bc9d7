import { statSync } from 'node:fs';
import { lockFileOf } from '../artifact/lock-file.js';
import { artifactsOf, describeUse, type PlannedArtifact } from '../run/plan-artifacts.js';
import { probeArtifact, type ArtifactProbe } from '../artifact/probe.js';
import type { Plan } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { bad, good, type Finding } from '../base/finding.js';

/** Seconds of silence after which a URL counts as dead. */
const SILENCE_SECONDS = 15;

/** For each file a plan needs: which URL answers, whether it is cached, what is missing. Nothing is fetched. */
export function artifacts(plan: Plan): Promise<Finding[]> {
  return Promise.all(artifactsOf(plan).map((planned) => artifactFinding(planned, lockFileOf(plan.file))));
}

async function artifactFinding({ use, artifact, ownFile }: PlannedArtifact, lockFile: string): Promise<Finding> {
  const topic = `${describeUse(use)}`;
  const mend = `put ${artifact.name} in a folder and set KERNEL_MATRIX_ARTIFACTS to it`;
  if (ownFile !== undefined) {
    const found = statSync(ownFile, { throwIfNoEntry: false });
    if (found?.isFile()) return good(topic, ownFile);
    return bad(topic, `${ownFile} ${found ? 'is not a regular file' : 'does not exist'}`, mend);
  }
  try {
    const probe = await probeArtifact(artifact, { lockFile, stall: SILENCE_SECONDS });
    const lines = [`${artifact.name}: ${headline(probe)}`, ...placesOf(probe).map((line) => `  ${line}`)];
    return probe.missing.length === 0 ? good(topic, lines.join('\n')) : bad(topic, lines.join('\n'), mend);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad(topic, [error.parts.what, error.parts.why].filter(Boolean).join(': '), error.parts.next);
  }
}

function headline(probe: ArtifactProbe): string {
  switch (probe.from) {
    case 'cache':
      return 'cached';
    case 'stand-in':
      return `in ${probe.standIn?.path}`;
    case 'url':
      return probe.missing.length === 0
        ? 'available'
        : `not usable: ${probe.missing.map(({ place, reason }) => `${place}: ${reason}`).join('; ')}`;
    case 'missing':
      return `missing${probe.urls.length === 0 ? ': no URL is given' : ''}`;
  }
}

/** Each place, including those of the key; none for a file that is already on this host. */
function placesOf(probe: ArtifactProbe): string[] {
  if (probe.from === 'cache' || probe.from === 'stand-in') return keyPlaces(probe);
  return [
    ...probe.urls.map(
      ({ url, answers, detail }) => `${answers ? 'answers' : 'dead   '} ${url}${answers ? '' : `: ${detail}`}`,
    ),
    ...keyPlaces(probe),
  ];
}

function keyPlaces({ key }: ArtifactProbe): string[] {
  if (!key || key.missing.length === 0) return [];
  return [
    `its key ${key.name} is missing: ${key.missing.map(({ place, reason }) => `${place}: ${reason}`).join('; ')}`,
  ];
}
