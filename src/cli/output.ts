/** Output at the end of the program: all of it has arrived, or the exit code says that it has not. */
import { explainErrno } from '../host/errno.js';
import { redactStream } from '../host/redact.js';
import { guardStream, readerGone } from '../host/standard-streams.js';
import { EXIT } from './exit-codes.js';
import { debugWanted, printError, type PrintErrorOptions } from './print-error.js';
import { wantsColor } from './live/choose.js';

/** Codes that come from the verdicts of a run. */
const VERDICTS: readonly number[] = [EXIT.expected, EXIT.differs, EXIT.notMeasured, EXIT.regressed];

/** How errors are printed to stderr. */
export function errorOptions(debug = false): PrintErrorOptions {
  return { debug: debug || debugWanted(), color: wantsColor(process.stderr, process.env) };
}

/** Keeps write errors of stdout and stderr, and redacts secrets on both. Call it once, before anything is printed. */
export function takeOutput(): { end(code: number): Promise<number> } {
  const out = guardStream(process.stdout);
  const err = guardStream(process.stderr);
  for (const stream of [process.stdout, process.stderr]) redactStream(stream);
  return {
    /**
     * Waits until all output has been written. Lost output takes precedence over a verdict, because a reader would take the part
     * for the whole. A reader that closed the pipe has seen what it wanted.
     * @returns the exit code.
     */
    async end(code) {
      let result = code;
      const lost = await out.flush();
      if (lost !== null && readerGone(lost, process.stdout)) {
        if (code === EXIT.expected) result = EXIT.readerGone;
      } else if (lost !== null) {
        printError(explainErrno(lost, { what: 'the output could not be written', where: 'stdout' }), errorOptions());
        if (VERDICTS.includes(code)) result = EXIT.output;
      }
      const lostErrors = await err.flush();
      if (lostErrors === null || readerGone(lostErrors, process.stderr) || result !== EXIT.expected) return result;
      return EXIT.output;
    },
  };
}
