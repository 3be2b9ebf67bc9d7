import { redact } from '../host/redact.js';
import { UserError } from '../host/user-error.js';

/** One thing that is wrong with the configuration or with the options that select from it. */
export interface Problem {
  /** The file as the user named it; null for a command-line option. */
  file: string | null;
  /** Counted from 1; null where there is no position (an unreadable file, an option). */
  line: number | null;
  /** Counted from 1, in UTF-16 units. */
  column: number | null;
  /** Key path such as `profiles.embedded.kernels[1].release`, or the option; empty for the file as a whole. */
  path: string;
  /** What was expected and what was got. */
  message: string;
  /** The offending line of the file. */
  source: string | null;
}

/** Longest part of a source line that is shown. */
const WIDTH = 160;

/**
 * kernels.yaml, or an option that selects from it, is wrong. Carries every problem found, not only the first; the
 * message is all of them, each with its position, source line and caret.
 */
export class ConfigError extends UserError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    // Before anything is cut: half a URL no longer shows what in it is a password.
    const shown = problems.map((each) => ({
      ...each,
      message: redact(each.message),
      source: each.source === null ? null : redact(each.source),
    }));
    super({ what: shown.map(formatProblem).join('\n'), kind: 'config' });
    this.problems = shown;
  }
}

/** A problem as `file:line:column: path: message`, then the source line and a caret under the column. */
export function formatProblem(problem: Problem): string {
  const position = [problem.file, problem.line, problem.column].filter((each) => each !== null).join(':');
  const head = [position, problem.path, problem.message].filter((each) => each !== '').join(': ');
  if (!problem.source?.trim() || problem.column === null) return head;
  // A window, so that the caret of a very long line is still on the screen.
  const start = problem.column > WIDTH ? problem.column - Math.floor(WIDTH / 2) : 0;
  const shown = printable(problem.source.slice(start, start + WIDTH));
  const before = shown.slice(0, problem.column - 1 - start).padEnd(problem.column - 1 - start);
  return `${head}\n${shown.trimEnd()}\n${before.replaceAll(/[^\t]/g, ' ')}^`;
}

/** Text that cannot steer a terminal: control characters other than a tab become `?`, one for one. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '?');
}

/** A problem of a command-line option: no position in a file. */
export function optionProblem(option: string, message: string): Problem {
  return { file: null, line: null, column: null, path: option, message, source: null };
}
