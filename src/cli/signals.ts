import { EXIT } from './exit-codes.js';

/** Signals after which a long command cleans up. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const CODES: Record<StopSignal, number> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hungUp,
};

/** The abort reason after a signal: the user's wish, not an error. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(readonly by: StopSignal) {
    super(`stopped by ${by}`);
    this.exitCode = CODES[by];
  }
}

export interface SignalOptions {
  /** What cleaning up does, for the message: `destroying the machines`. */
  doing: string;
  /** Prints one line, through the live display if there is one. */
  print(line: string): void;
  /** Kills what would outlive a forced exit. Must not wait. */
  killChildren(): void;
  /** Seconds for cleaning up after the first signal; then the program ends as after a second one. */
  budget: number;
  /** Clock in milliseconds; `performance.now` by default. */
  now?: () => number;
  /** Called last on a forced exit; `process.exit` by default. */
  exit?: (code: number) => void;
}

export interface SignalWatch {
  /** Aborted by the first signal, with an `Interrupted` as its reason. */
  signal: AbortSignal;
  /** Restores the default handling of the signals. */
  close(): void;
}

/**
 * Time in which signals count as one. In a terminal Ctrl-C reaches the whole process group and npm forwards it too, so that it
 * arrives twice; systemd sends SIGHUP right after SIGTERM.
 */
const ONE_SIGNAL_MS = 1000;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, which leaves time to clean up, but no more than the budget. A second signal, more
 * than a second later, ends the program at once, after `killChildren`.
 */
export function watchSignals(options: SignalOptions): SignalWatch {
  const now = options.now ?? (() => performance.now());
  // Not `options.exit ?? process.exit`: the caller's may be a method.
  const exit = (code: number) => (options.exit ? options.exit(code) : process.exit(code));
  const controller = new AbortController();
  let first: number | null = null;
  let budget: NodeJS.Timeout | undefined;

  const force = (why: string, code: number) => {
    try {
      options.print(`${why}: ending at once`);
      options.killChildren();
    } finally {
      exit(code);
    }
  };

  const listener = (by: NodeJS.Signals) => {
    const reason = new Interrupted(by as StopSignal);
    if (first === null) {
      first = now();
      options.print(`${by}: stopping: ${options.doing} (again to force)`);
      controller.abort(reason);
      budget = setTimeout(() => force(`not ended after ${options.budget} s`, reason.exitCode), options.budget * 1000);
      return;
    }
    if (now() - first < ONE_SIGNAL_MS) return;
    force(`${by} again`, reason.exitCode);
  };

  const signals = Object.keys(CODES) as StopSignal[];
  for (const each of signals) process.on(each, listener);
  // The program must not die with machines running because a reader or a terminal is gone.
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  return {
    signal: controller.signal,
    close() {
      clearTimeout(budget);
      for (const each of signals) process.off(each, listener);
      process.stdout.off('error', ignore);
      process.stderr.off('error', ignore);
    },
  };
}

function ignore(): void {}
