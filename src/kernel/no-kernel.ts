import { explainErrno } from '../host/errno.js';
import { UserError } from '../host/user-error.js';

/** No row's kernel can be obtained, so there is nothing a machine could be started for. Its words are those of the first row's reason. */
export class NoKernel extends UserError {
  private constructor(
    first: UserError,
    /** Why each row's kernel cannot be obtained, by the row's name. */
    readonly missing: ReadonlyMap<string, Error>,
  ) {
    super({ ...first.parts, cause: first });
  }

  /** The error for rows of which none can be run. @param missing why, by the row's name. */
  static of(missing: ReadonlyMap<string, Error>): NoKernel {
    const [first] = missing.values();
    if (first === undefined) return new NoKernel(new UserError({ what: 'no kernel is asked for' }), missing);
    const told = first instanceof UserError ? first : new UserError({ what: first.message, cause: first });
    return new NoKernel(told, missing);
  }
}

/** An error as one that costs a row: what the file system or a damaged file makes of a kernel is for the user to mend. */
export function asUserError(what: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const told = explainErrno(error);
  if (told !== null) return new UserError({ ...told.parts, what: `${what}: ${told.parts.what}` });
  return new UserError({
    what,
    why: error instanceof Error ? error.message : String(error),
    next: 'see that the disk of the cache has room and can be written; npm run doctor tells whether the kernel can be obtained',
    cause: error,
  });
}
