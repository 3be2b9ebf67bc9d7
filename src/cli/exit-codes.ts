import type { ErrorKind } from '../host/user-error.js';

/** The program's exit codes. 0, 1, 3 and 4 of a run come from its verdicts (`exitCode` of src/verdict/exit.ts). */
export const EXIT = {
  /** Everything measured is as expected, or has no expectation. */
  expected: 0,
  /** A verdict differs from what kernels.yaml expects. */
  differs: 1,
  /** The command line or kernels.yaml is wrong; nothing was started. */
  usage: 2,
  /** A kernel, or the whole run, could not be measured. */
  notMeasured: 3,
  /** Something is worse than in the baseline or in the earlier run of `compare`. Wins over 1, and 1 over 3. */
  regressed: 4,
  /** A bug of this program (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Output to stdout or a report could not be written, as the disk is full or fails (EX_IOERR of sysexits.h). */
  output: 74,
  /** Stopped by SIGHUP. */
  hungUp: 129,
  /** Stopped by SIGINT, Ctrl-C. */
  interrupted: 130,
  /** The reader of stdout has closed it (`| head`), and all else went well. Shells report 141 for a program that SIGPIPE ended. */
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
