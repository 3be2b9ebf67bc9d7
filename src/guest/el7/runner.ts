import { lastWords, type GuestShell, type Recorded } from '../../remote/guest-shell.js';
import type { Step } from './steps.js';

/** A step's end is not there although all it does was done. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  constructor(
    readonly machine: string,
    readonly step: Step,
    readonly result: Recorded,
  ) {
    const said = lastWords(result);
    super(`${machine}: ${step.name}: ${step.otherwise}${said ? `\n${said}` : ''}`);
  }
}

/** What became of a step. */
export interface StepDone {
  name: string;
  /** False if its end was there already. */
  acted: boolean;
}

/**
 * Carries out steps in order: checks, acts only if needed, checks again. Every command is in the journal before its result is
 * used. Stopped at any moment, it goes on from there when it is called again.
 * @param timeout deadline in seconds of each act.
 * @param onStep told of a step before it is checked.
 * @throws StepFailed, GuestCommandFailed or what the session throws.
 */
export async function runSteps(
  shell: GuestShell,
  steps: Step[],
  timeout: number,
  onStep: (message: string) => void = () => undefined,
): Promise<StepDone[]> {
  const done: StepDone[] = [];
  for (const step of steps) {
    onStep(step.name);
    const before = await shell.run(step.check);
    if (before.code === 0) {
      done.push({ name: step.name, acted: false });
      continue;
    }
    for (const { command, inputFile } of step.act) {
      await shell.must(command, { timeout, ...(inputFile === undefined ? {} : { inputFile }) });
    }
    const after = await shell.run(step.check);
    if (after.code !== 0) throw new StepFailed(shell.machine, step, after);
    done.push({ name: step.name, acted: true });
  }
  return done;
}
