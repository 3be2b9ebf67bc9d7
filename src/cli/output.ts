/** The end of the program: what was printed has arrived, or the exit code says that it has not. */
import { explainErrno } from '../host/errno.js';
import { redactStream } from '../host/redact.js';
import { guardStream, readerGone } from '../host/standard-streams.js';
import { EXIT } from './exit-codes.js';
import { debugWanted, printError, type PrintErrorOptions } from './print-error.js';
import { wantsColor } from './live/choose.js';

/** Codes that a run's verdicts give. */
const VERDICTS: readonly number[] = [EXIT.expected, EXIT.differs, EXIT.notMeasured, EXIT.regressed];

/** How errors are shown here. */
export function errorOptions(debug = false): PrintErrorOptions {
  return { debug: debug || debugWanted(), color: wantsColor(process.stderr, process.env) };
}

/** Takes over stdout and stderr: errors of both are kept, secrets are left out. Once, before anything is printed. */
export function takeOutput(): { end(code: number): Promise<number> } {
  const out = guardStream(process.stdout);
  const err = guardStream(process.stderr);
  for (const stream of [process.stdout, process.stderr]) redactStream(stream);
  return {
    /**
     * Waits until everything that was written has arrived. Lost output weighs more than a verdict, for whoever reads it would take a
     * part for the whole; a reader that has gone has seen what it wanted.
     * @returns the code to exit with.
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
      const unsaid = await err.flush();
      if (unsaid === null || readerGone(unsaid, process.stderr) || result !== EXIT.expected) return result;
      return EXIT.output;
    },
  };
}
