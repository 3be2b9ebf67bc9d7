import { lastLines, type GuestShell, type Recorded } from '../../remote/guest-shell.js';
import type { Step } from './steps.js';

/** The check of a step still fails after its actions. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  constructor(
    readonly machine: string,
    readonly step: Step,
    readonly result: Recorded,
  ) {
    const said = lastLines(result);
    super(`${machine}: ${step.name}: ${step.otherwise}${said ? `\n${said}` : ''}`);
  }
}

/** The result of a step. */
export interface StepDone {
  name: string;
  /** False if its check succeeded at once. */
  acted: boolean;
}

/**
 * Runs steps in order: checks, acts only if needed, checks again. Every command is in the journal before its result is used. After an
 * interruption, a second call continues at the same step.
 * @param timeout deadline of each action, in seconds.
 * @param onStep called with the name of each step before its check.
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
