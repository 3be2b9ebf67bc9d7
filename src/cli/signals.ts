import { EXIT } from './exit-codes.js';

/** The signals a long command cleans up for. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const CODES: Record<StopSignal, number> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hungUp,
};

/** The reason of the abort signal after a signal: the user's wish, not an error of anything. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(readonly by: StopSignal) {
    super(`stopped by ${by}`);
    this.exitCode = CODES[by];
  }
}

export interface SignalOptions {
  /** What is being given up, for the message: `destroying the machines`. */
  doing: string;
  /** Shows one line to the user; through the display, where one is drawing. */
  print(line: string): void;
  /** Kills what would otherwise outlive a forced exit. Must not wait: the user has asked twice. */
  killChildren(): void;
  /** Seconds that cleaning up may take after the first signal; then the program ends as after a second one. */
  budget: number;
  /** A clock in milliseconds; the real one if left out. */
  now?: () => number;
  /** Called last of all on a forced exit; process.exit if left out. */
  exit?: (code: number) => void;
}

export interface SignalWatch {
  /** Aborted by the first signal, with an `Interrupted` as its reason. */
  signal: AbortSignal;
  /** Gives the signals back to Node's own behaviour. */
  close(): void;
}

/**
 * In a terminal Ctrl-C reaches the whole process group, and npm forwards the signal it got itself, so one press arrives
 * twice; systemd sends SIGHUP right after SIGTERM. A second signal this soon is the same wish, not impatience.
 */
const SAME_WISH_MS = 1000;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that cleaning up has its time, but no more than its budget. A second one
 * more than a second later ends the program at once, after `killChildren`.
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
    if (now() - first < SAME_WISH_MS) return;
    force(`${by} again`, reason.exitCode);
  };

  const signals = Object.keys(CODES) as StopSignal[];
  for (const each of signals) process.on(each, listener);
  // A reader or a terminal that has gone away is no reason to die with machines running.
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
