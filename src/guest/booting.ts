import { excerpt } from '../base/text/excerpt.js';
import { signsOfLife, type Machine } from '../provider/machine.js';
import { ConnectTimeout } from '../remote/ssh.js';
import type { Session } from '../remote/session.js';

/** A boot may take this many times its deadline while the console shows progress. */
export const BOOT_PATIENCE = 4;
/** Number of starts of a kernel, or of a machine without kernel output, that counts as a boot loop. */
const LOOP_STARTS = 3;
/** Seconds of connection attempts between two checks of the deadline. */
const SLICE = 30;
/** Milliseconds between two checks for a boot loop. */
const LOOK = 500;

/** There was no SSH answer, or the machine is in a boot loop. */
export class BootFailed extends Error {
  override readonly name = 'BootFailed';
}

/**
 * The deadline of a boot. It passes when the console, if there is one, has printed nothing new for `deadline` seconds: a guest with
 * new output is slow, not dead. It passes after `BOOT_PATIENCE` deadlines in any case, because a guest that repeats itself also
 * prints new lines. Starts when it is constructed.
 */
export class BootDeadline {
  private readonly begun: number;
  private readonly startsBefore: number;

  /**
   * @param deadline seconds.
   * @param startsBefore kernel starts before this boot was requested; default: those until now.
   */
  constructor(
    private readonly machine: Machine,
    readonly deadline: number,
    startsBefore?: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.begun = now();
    this.startsBefore = startsBefore ?? machine.watch?.starts() ?? 0;
  }

  elapsed(): number {
    return (this.now() - this.begun) / 1000;
  }

  /** Seconds left if the console stays silent; 0 when the deadline has passed. */
  left(): number {
    const elapsed = this.elapsed();
    const silent = Math.min(elapsed, this.machine.watch?.silentFor() ?? elapsed);
    return Math.max(0, Math.min(this.deadline - silent, BOOT_PATIENCE * this.deadline - elapsed));
  }

  /** The error for the third start of the machine, with or without kernel output; null before that. */
  loop(): BootFailed | null {
    const { watch, name } = this.machine;
    if (!watch) return null;
    const starts = watch.starts() - this.startsBefore;
    const silent = watch.silentStarts();
    if (silent >= LOOP_STARTS) {
      const complaint = watch.complaint();
      const why = complaint === null ? '' : ` (before it: ${excerpt(complaint)})`;
      return new BootFailed(`${name}: boot loop: the machine started ${silent} times without kernel output${why}`);
    }
    if (starts < LOOP_STARTS) return null;
    const words = watch.wordsBeforeStart();
    const last = words === null ? '' : `; its last output: ${excerpt(words)}`;
    return new BootFailed(`${name}: boot loop: the kernel started ${starts} times without an answer${last}`);
  }

  /** The error when the deadline has passed. @param last how the last attempt ended. */
  async passed(last: string | undefined): Promise<BootFailed> {
    const { watch, name } = this.machine;
    const silent = watch?.silentFor() ?? null;
    const seconds = Math.round(Math.max(this.deadline, this.elapsed()));
    const how =
      silent === null
        ? ''
        : silent < this.deadline
          ? ': still booting, but too slow (raise boot: in kernels.yaml)'
          : `: silent for ${Math.round(silent)} s, so the guest is probably dead`;
    const life = await signsOfLife(this.machine);
    const complaint = watch?.complaint() ?? null;
    const details = [
      life,
      ...(complaint === null ? [] : [`the console printed: ${excerpt(complaint)}`]),
      ...(last === undefined ? [] : [`last attempt: ${last}`]),
    ].filter((each) => each !== '');
    return new BootFailed(
      `${name}: no SSH answer within ${seconds} s${how}${details.length > 0 ? ` (${details.join('; ')})` : ''}`,
    );
  }
}

/**
 * Opens the session as soon as SSH answers.
 * @throws BootFailed after the deadline or in a boot loop; the machine's failure; the signal's reason.
 */
export async function connectBooting(machine: Machine, deadline: BootDeadline, signal: AbortSignal): Promise<Session> {
  const looped = new AbortController();
  const look = () => {
    const loop = deadline.loop();
    if (loop) looped.abort(loop);
  };
  const timer = setInterval(look, LOOK);
  try {
    for (;;) {
      look();
      looped.signal.throwIfAborted();
      try {
        const seconds = Math.max(1, Math.min(deadline.left(), SLICE));
        return await machine.connect(seconds, AbortSignal.any([signal, looped.signal]));
      } catch (error) {
        if (!(error instanceof ConnectTimeout)) throw error;
        look();
        looped.signal.throwIfAborted();
        if (deadline.left() === 0) throw await deadline.passed(error.attempts.at(-1));
      }
    }
  } finally {
    clearInterval(timer);
  }
}
