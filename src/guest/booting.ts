import { signsOfLife, type Machine } from '../machine/machine.js';
import { ConnectTimeout } from '../remote/ssh.js';
import type { Session } from '../remote/session.js';

/** How many times its deadline a boot may take while the console shows that it goes on. */
export const BOOT_PATIENCE = 4;
/** Starts of a kernel without an answer after which it is taken to start for ever. */
export const LOOP_STARTS = 3;
/** Seconds of attempts between two looks at the console. */
const SLICE = 30;

/** Nothing answered, or the kernel starts again and again. */
export class BootFailed extends Error {
  override readonly name = 'BootFailed';
}

/**
 * How long a boot is waited for: until the console, if there is one, has been silent for the deadline, since a guest that says
 * something new is slow and not dead; but for no longer than `BOOT_PATIENCE` deadlines, since one that repeats itself says new
 * lines too. Begins when it is made.
 */
export class BootDeadline {
  private readonly begun: number;
  private readonly startsBefore: number;

  /**
   * @param deadline seconds.
   * @param startsBefore kernels that had started when this one was asked for; those so far if left out.
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

  /** Seconds left if the console says nothing more; 0 when it has passed. */
  left(): number {
    const elapsed = this.elapsed();
    const silent = Math.min(elapsed, this.machine.watch?.silentFor() ?? elapsed);
    return Math.max(0, Math.min(this.deadline - silent, BOOT_PATIENCE * this.deadline - elapsed));
  }

  /** @throws BootFailed if the kernel has started for the third time. */
  refuseLoop(): void {
    const { watch, name } = this.machine;
    const starts = (watch?.starts() ?? 0) - this.startsBefore;
    if (starts < LOOP_STARTS) return;
    const words = watch?.wordsBeforeStart() ?? null;
    throw new BootFailed(
      `${name}: boot loop: the kernel started ${starts} times without an answer${words === null ? '' : `, its last words: ${words}`}`,
    );
  }

  /** What to say once it has passed. @param last how the last attempt ended. */
  async passed(last: string | undefined): Promise<BootFailed> {
    const { watch, name } = this.machine;
    const silent = watch?.silentFor() ?? null;
    const seconds = Math.round(Math.max(this.deadline, this.elapsed()));
    const how =
      silent === null
        ? ''
        : silent < this.deadline
          ? ': still booting, but slower than any deadline allows (boot: in kernels.yaml)'
          : `: silent for ${Math.round(silent)} s, so the guest looks dead`;
    const life = await signsOfLife(this.machine);
    const details = [life, ...(last === undefined ? [] : [`last attempt: ${last}`])].filter((each) => each !== '');
    return new BootFailed(
      `${name}: no SSH answer within ${seconds} s${how}${details.length > 0 ? ` (${details.join('; ')})` : ''}`,
    );
  }
}

/**
 * Opens the session as soon as SSH answers.
 * @throws BootFailed when the deadline has passed or the kernel starts again and again; the machine's failure; the signal's
 * reason.
 */
export async function connectBooting(machine: Machine, deadline: BootDeadline, signal: AbortSignal): Promise<Session> {
  for (;;) {
    deadline.refuseLoop();
    try {
      return await machine.connect(Math.max(1, Math.min(deadline.left(), SLICE)), signal);
    } catch (error) {
      if (!(error instanceof ConnectTimeout)) throw error;
      deadline.refuseLoop();
      if (deadline.left() === 0) throw await deadline.passed(error.attempts.at(-1));
    }
  }
}
