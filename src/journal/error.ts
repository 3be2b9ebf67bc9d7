/** A journal that cannot be trusted, with the file, the line and what to do. */
export class JournalError extends Error {
  constructor(
    readonly file: string,
    /** Line number, counted from 1; equal to `seq` in a healthy journal. */
    readonly line: number,
    readonly problem: string,
    /** What to do. */
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`${file}:${line}: ${problem}; ${advice}`, options);
    this.name = 'JournalError';
  }
}

/** What to do about a journal that is damaged. */
export const RESTORE = 'restore the file from a copy, or start a new run';
