import type { ErrorKind } from '../host/user-error.js';

/**
 * What the program's exit code says. 0, 1, 3 and 4 of a run come from the verdicts (`exitCode` of src/verdict/exit.ts);
 * the others are the program's own.
 */
export const EXIT = {
  /** Everything measured is as expected, or nothing was expected of it. */
  expected: 0,
  /** A verdict differs from what kernels.yaml expects. */
  differs: 1,
  /** The command line or kernels.yaml is wrong; nothing was started. */
  usage: 2,
  /** A kernel, or the whole run, could not be measured. */
  notMeasured: 3,
  /** Something is worse than the baseline, or than the earlier run that `compare` was given. Wins over 1, and 1 over 3. */
  regressed: 4,
  /** A bug of this program (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** What was to be written, on stdout or into a report, could not be: the disk is full or fails (EX_IOERR of sysexits.h). */
  output: 74,
  /** Stopped by SIGHUP. */
  hungUp: 129,
  /** Stopped by SIGINT, Ctrl-C. */
  interrupted: 130,
  /** The reader of stdout has gone (`| head`) and nothing else is to be told: what a shell says of a program ended by SIGPIPE. */
  readerGone: 141,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

/** Exit code of each kind of error. */
const OF_KIND: Record<ErrorKind, number> = {
  usage: EXIT.usage,
  config: EXIT.usage,
  input: EXIT.usage,
  host: EXIT.usage,
  unavailable: EXIT.notMeasured,
  output: EXIT.output,
};

/** The exit code of an error that ends the program. */
export function exitCodeOf(kind: ErrorKind = 'unavailable'): number {
  return OF_KIND[kind];
}

/** The table of exit codes for `--help`. */
export const EXIT_HELP = [
  `${EXIT.expected}    everything measured is as expected`,
  `${EXIT.differs}    a verdict differs from what is expected`,
  `${EXIT.usage}    the command line or kernels.yaml is wrong`,
  `${EXIT.notMeasured}    a kernel could not be measured (the table says which and why)`,
  `${EXIT.regressed}    a kernel is worse than in the baseline or the earlier run (wins over 1, and 1 over 3)`,
  `${EXIT.internal}   a bug in kernel-matrix`,
  `${EXIT.output}   the output could not be written: the disk is full or fails (instead of 0, 1, 3 and 4)`,
  `${EXIT.readerGone}  the reader of the output has gone, as with | head (instead of 0 only)`,
  `${EXIT.hungUp}, ${EXIT.interrupted}, ${EXIT.terminated}  stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM`,
].join('\n');
