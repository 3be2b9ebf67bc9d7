import type { z } from 'zod';
import { defaultSigner } from './defaults.js';
import * as field from './fields.js';
import { list, strict } from './fields.js';

export const signedBy = field.keyName
  .optional()
  .describe(
    'The key it must be signed with: centos7, elrepo, docker-ce or one of signing_keys; by the file name if left out. none: only its sha256 counts.',
  );
/** What names an RPM in kernels.yaml: of a kernel, of its modules, of Docker, of a program. */
export const rpmFields = {
  rpm: field.rpmFile.describe('File name of the RPM.'),
  urls: list('a list of URLs', field.url).default([]).describe('Places to fetch it from, tried in order.'),
  sha256: field.sha256.optional(),
  signed_by: signedBy,
};
export const rpms = list('a list of RPMs', strict('an RPM', rpmFields).transform(withSigner));

/** An RPM: which, where it may be had, and the key it must be signed with (`none`: only its sha256 counts). */
export type RpmSource = z.output<typeof rpms>[number];

/** An RPM with the key it is signed with by its file name, unless one is named. */
export function withSigner<T extends { rpm: string; signed_by?: string | undefined }>(
  source: T,
): T & { signed_by: string } {
  return { ...source, signed_by: source.signed_by ?? defaultSigner(source.rpm) };
}
