import type { Plan, RpmSource } from '../config/plan.js';
import type { Artifact } from './artifact.js';
import { signingKey } from './keys.js';

/** The artifact that an RPM of kernels.yaml is. @param keys the file's own signing keys. */
export function rpmArtifact({ rpm, urls, sha256, signed_by }: RpmSource, keys: Plan['signing_keys']): Artifact {
  const key = signingKey(signed_by, keys);
  return {
    name: rpm,
    urls,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(key === null ? {} : { signature: 'rpm', key }),
  };
}
