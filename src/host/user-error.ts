import { BLOCK, excerpt } from '../base/text/excerpt.js';
import { redact } from './redact.js';

/**
 * Whose turn it is. The command line makes an exit code of it (src/cli/exit-codes.ts).
 *
 * - `usage`: the command line asks for something that cannot be.
 * - `config`: kernels.yaml, its lock file or a file it names is wrong.
 * - `input`: a run, file or place that was named cannot be used.
 * - `host`: this host lacks what is needed; nothing was started.
 * - `unavailable`: a host, download, machine or journal failed, or is not whole.
 * - `output`: a report or stdout could not be written.
 */
export type ErrorKind = 'usage' | 'config' | 'input' | 'host' | 'unavailable' | 'output';

/** The parts of an error a user can act on. */
export interface UserErrorParts {
  /** What went wrong, one line. */
  what: string;
  /** The file, machine, command or URL where it happened. */
  where?: string | undefined;
  /** The cause; verbatim if another program reported it. */
  why?: string | undefined;
  /** What to do next. */
  next?: string | undefined;
  /** `unavailable` if left out. */
  kind?: ErrorKind | undefined;
  cause?: unknown;
}

/** An error with an explanation, without secrets and of bounded length. Any other error that reaches the top is a bug of this program. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly parts: UserErrorParts;

  constructor(given: UserErrorParts) {
    const parts: UserErrorParts = { ...given, what: shown(given.what) };
    for (const key of ['where', 'why', 'next'] as const) if (given[key] !== undefined) parts[key] = shown(given[key]);
    super(
      [
        parts.what,
        parts.where && `  where: ${parts.where}`,
        parts.why && `  why: ${parts.why}`,
        parts.next && `  next: ${parts.next}`,
      ]
        .filter(Boolean)
        .join('\n'),
      parts.cause === undefined ? undefined : { cause: parts.cause },
    );
    this.parts = parts;
  }
}

/** Removes secrets and limits the length, because output of a tool or a guest may be of any length. */
function shown(text: string): string {
  return excerpt(redact(text), BLOCK);
}
