import { largest } from '../../base/lists.js';
import { readFileSync } from 'node:fs';
import { excerpt, REASON } from '../../base/text/excerpt.js';
import type { CapacitySample, Errno } from './events.js';
import type { GuestShell, Recorded } from '../../remote/guest-shell.js';
import { CommandTimeout } from '../../remote/session.js';
import { shell as sh } from '../../remote/quote.js';
import { ScenarioError } from '../scenario.js';
import type { SlotsContext } from './context.js';

/** The bulk tool's place in the guest; /run is fresh at each boot. */
const TOOL = '/run/kernel-matrix/cgroups.pl';

/** Slots a probe takes at most: far more than the sequence ever leaves free. */
const PROBE_CAP = 64;

/** Copies the bulk tool into the guest. */
export async function installBulkTool(shell: GuestShell): Promise<void> {
  const text = readFileSync(new URL('./in-guest/cgroups.pl', import.meta.url), 'utf8');
  await shell.must(sh`mkdir -p /run/kernel-matrix && cat > ${TOOL}`, { input: text });
}

/** What making directories until refused came to. */
export interface Filled {
  made: number;
  errno: Errno | null;
  seconds: number;
  seq: number;
}

/**
 * Runs bulk work that tells how far it is. A guest that says nothing for as long as one ordinary command may take is dead; one
 * that still does has the whole deadline of the work.
 * @throws CommandTimeout of a silent one; ScenarioError of one that works, but slower than the deadline.
 */
async function bulk(context: SlotsContext, command: string, what: string, total?: number): Promise<Recorded> {
  const { shell } = context;
  const { timeouts } = context.plan;
  let done = 0;
  const onLine = (line: string) => {
    const count = /^progress (\d+)$/.exec(line)?.[1];
    if (count === undefined) return;
    done = Number(count);
    context.progress(what, done, total);
    context.reached(`${done} ${what}`);
  };
  try {
    return await shell.must(command, { timeout: timeouts.exhaust, quietFor: timeouts.command, onLine });
  } catch (error) {
    if (!(error instanceof CommandTimeout) || error.silentFor !== null) throw error;
    throw new ScenarioError(
      `${shell.machine}: still working, ${done} ${what}, but slower than the deadline of ${timeouts.exhaust} s ` +
        '(exhaust: in kernels.yaml)',
      { cause: error },
    );
  }
}

/** Makes test-`from` … test-`max` in the test directory until refused. */
export async function fill(context: SlotsContext, from: number, max: number): Promise<Filled> {
  const command = sh`perl ${TOOL} fill ${context.hierarchy.test} ${from} ${max}`;
  const result = await bulk(context, command, 'directories made', 65535);
  return { made: number(result, 'made'), errno: errnoOf(result.stdout), seconds: result.seconds, seq: result.seq };
}

/**
 * Measures the slots that are free: makes directories until refused and removes them again, polling until `want` could
 * be made or the settle time is over, because ids come back late.
 * @param liveBefore directories there were when `want` slots were free; those that have come since explain as many.
 */
export async function probe(context: SlotsContext, want: number, liveBefore?: number): Promise<CapacitySample> {
  const { hierarchy, settings, plan } = context;
  const result = await context.shell.must(
    sh`perl ${TOOL} probe ${hierarchy.root} ${hierarchy.test} ${PROBE_CAP} ${want} ${settings.settle} ${liveBefore === undefined ? [] : [String(liveBefore)]}`,
    { timeout: plan.timeouts.command + settings.settle },
  );
  const polls = [...result.stdout.matchAll(/^poll (\d+)$/gm)].map((match) => Number(match[1]));
  if (polls.length === 0) throw new ScenarioError(`the capacity probe said nothing: ${saidBy(result)}`);
  return {
    capacity: largest(polls),
    liveDirectories: number(result, 'live'),
    errno: errnoOf(result.stdout),
    polls,
    waitedSeconds: result.seconds,
    from: [result.seq],
  };
}

/** Removes `count` directories from the test directory. @throws ScenarioError if fewer could be removed. */
export async function take(context: SlotsContext, count: number): Promise<Recorded> {
  const result = await context.shell.must(sh`perl ${TOOL} take ${context.hierarchy.test} ${count}`);
  if (number(result, 'removed') !== count)
    throw new ScenarioError(`${count} directories should go, but: ${saidBy(result)}`);
  return result;
}

/** Counts the directories of the hierarchy, its root included. */
export async function liveDirectories(context: SlotsContext): Promise<{ count: number; seq: number }> {
  const result = await context.shell.must(sh`perl ${TOOL} live ${context.hierarchy.root}`);
  return { count: number(result, 'live'), seq: result.seq };
}

/** Counts test-N in the test directory. */
export async function countDirectories(context: SlotsContext): Promise<{ count: number; seq: number }> {
  const result = await context.shell.must(sh`perl ${TOOL} count ${context.hierarchy.test}`);
  return { count: number(result, 'directories'), seq: result.seq };
}

/** Removes the test directory and all below it. */
export async function clear(context: SlotsContext): Promise<{ removed: number; seq: number }> {
  const result = await bulk(context, sh`perl ${TOOL} clear ${context.hierarchy.test}`, 'directories removed');
  return { removed: number(result, 'removed'), seq: result.seq };
}

/** errno numbers of Linux on x86_64 (asm-generic/errno-base.h, errno.h) that a mkdir of a cgroup has been seen to give. */
const ERRNO_NAMES: Record<number, string> = {
  1: 'EPERM',
  2: 'ENOENT',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  16: 'EBUSY',
  17: 'EEXIST',
  28: 'ENOSPC',
  30: 'EROFS',
};

/** The last refusal in the tool's output. */
export function errnoOf(output: string): Errno | null {
  const last = [...output.matchAll(/^errno (\d+) (.*)$/gm)].at(-1);
  if (!last) return null;
  const code = Number(last[1]);
  return { number: code, name: ERRNO_NAMES[code] ?? `errno ${code}`, text: last[2] ?? '' };
}

function number(result: Recorded, key: string): number {
  const found = new RegExp(`^${key} (\\d+)$`, 'm').exec(result.stdout);
  if (!found) throw new ScenarioError(`no line "${key} N" from the bulk tool: ${saidBy(result)}`);
  return Number(found[1]);
}

function saidBy({ stdout, stderr, seq }: Recorded): string {
  return excerpt((stdout + stderr).trim(), REASON, `complete in journal ${seq}`);
}
