/** Why a row failed: what happened, whether the guest still lives, and how far the row was. */
import { setTimeout as sleep } from 'node:timers/promises';
import { excerpt, REASON } from '../base/text/excerpt.js';
import { redact } from '../host/redact.js';
import { MachineFailure, signsOfLife, type Machine } from '../provider/machine.js';
import { CommandTimeout, ConnectionLost } from '../remote/session.js';
import { BOOT_PHASES } from '../run-events/events.js';
import type { Phases } from './phases.js';

export interface WhyFailed {
  /** With the place of the console's file, where there is one. */
  reason: string;
  /** The console's last lines; null where there is no console. */
  consoleTail: string[] | null;
}

/** Console lines that are kept with a failure. */
const TAIL = 40;

/**
 * A command that lost its connection because the machine died is reported as the machine's death.
 * @param machine of the row; null if it had none yet.
 */
export async function whyFailed(error: unknown, machine: Machine | null, phases: Phases): Promise<WhyFailed> {
  const death = machineFailureOf(error, machine);
  const message = death?.message ?? (error instanceof Error ? error.message : String(error));
  const what = `${excerpt(redact(message), REASON, 'its transcript has the whole text')}${await lifeWords(error, death, machine)}`;
  const lost = death === null && error instanceof ConnectionLost;
  const reason = withPlace(what, lost, phases);
  return {
    reason: machine?.console ? `${reason}\nconsole: ${machine.console.file}` : reason,
    consoleTail: death?.tail ?? machine?.console?.tail(TAIL) ?? null,
  };
}

/** Seconds between the end of a connection and the news of what ended it: QEMU's exit, or a panic on its way through the console. */
const NEWS_SECONDS = 1;

/** Waits for the news that a machine has died, as long as it may be on its way. */
export async function awaitNews({ failure }: Machine): Promise<void> {
  await sleep(NEWS_SECONDS * 1000, undefined, { signal: failure }).catch(() => undefined);
}

function machineFailureOf(error: unknown, machine: Machine | null): MachineFailure | null {
  if (error instanceof MachineFailure) return error;
  const reason: unknown = machine?.failure.aborted ? machine.failure.reason : null;
  return reason instanceof MachineFailure ? reason : null;
}

/** Of a machine that does not answer, and of which no death is known: what it still shows of life. */
async function lifeWords(error: unknown, death: MachineFailure | null, machine: Machine | null): Promise<string> {
  const unanswered = error instanceof ConnectionLost || error instanceof CommandTimeout;
  if (death !== null || machine === null || !unanswered) return '';
  const life = await signsOfLife(machine);
  return life === '' ? '' : ` (${life})`;
}

/** Where in a scenario it was. The phases before say so themselves. */
function withPlace(what: string, lost: boolean, { current, howFar }: Phases): string {
  if ((BOOT_PHASES as readonly string[]).includes(current)) return what;
  const where = `in ${current}${howFar === null ? '' : ` after ${howFar}`}; facts so far are kept`;
  return lost ? `the session was lost ${where}: ${what}` : `${what} (${where})`;
}
