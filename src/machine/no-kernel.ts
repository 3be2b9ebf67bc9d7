import { UserError } from '../host/user-error.js';

/** No row's kernel can be had, so there is nothing a machine could be started for. Its words are those of the first row's reason. */
export class NoKernel extends UserError {
  private constructor(
    first: UserError,
    /** Why each row's kernel cannot be had, by the row's name. */
    readonly missing: ReadonlyMap<string, Error>,
  ) {
    super({ ...first.parts, cause: first });
  }

  /** The error to throw: this one, or the first reason itself where it is a bug of this program, to be shown as one. */
  static of(missing: ReadonlyMap<string, Error>): Error {
    const reasons = [...missing.values()];
    const bug = reasons.find((each) => !(each instanceof UserError));
    return bug ?? new NoKernel((reasons[0] as UserError) ?? new UserError({ what: 'no kernel is asked for' }), missing);
  }
}
