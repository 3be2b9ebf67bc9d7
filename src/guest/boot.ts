import type { RunJournal } from '../run-events/events.js';
import { excerpt, REASON } from '../base/text/excerpt.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine, SavedBoot } from '../provider/machine.js';
import { ConnectionLost, type Session } from '../remote/session.js';
import { BootDeadline, connectBooting } from './booting.js';
import type { BootLoader } from './guest.js';
import { GuestShell } from '../remote/guest-shell.js';

/** The running kernel is not the requested one, or the boot loader did not accept the selection. */
export class BootNotProven extends Error {
  override readonly name = 'BootNotProven';
}

/** The kernel that a row requests. */
export interface BootTarget {
  kernel: string;
  /** The menu entry, as the command line of the booted kernel shows it (`BootLoader.entryOf`). */
  entry: string;
  /** What `uname -r` must answer. */
  release: string;
}

/**
 * Makes a menu entry the default and reads it back.
 * @throws BootNotProven if the menu does not have the entry, or what was read back differs.
 */
export async function selectKernel(
  shell: GuestShell,
  loader: BootLoader,
  target: BootTarget,
  journal: RunJournal,
): Promise<void> {
  const menu = await shell.must(loader.menu);
  const name = loader.find(menu.stdout, target.entry);
  if (name === null) {
    throw new BootNotProven(
      `${shell.machine}: the boot menu has no entry ${target.entry}; it has:\n${excerpt(menu.stdout.trim(), REASON, `complete in journal ${menu.seq}`)}`,
    );
  }
  const set = await shell.must(loader.select(name));
  const read = await shell.must(loader.readBack);
  const readBack = loader.selected(read.stdout);
  journal.append({
    kind: 'boot.selected',
    kernel: target.kernel,
    entry: name,
    readBack,
    from: [menu.seq, set.seq, read.seq],
  });
  if (readBack !== name) {
    throw new BootNotProven(
      `${shell.machine}: selected ${name}, but the boot loader's default reads ${readBack || '(nothing)'}`,
    );
  }
}

/**
 * Reboots and proves which kernel came up: a new boot_id, the requested release and the menu entry. An sshd of the old boot that
 * still answers is recognised by its boot_id.
 * @param deadline seconds from the reboot to the proof; more while the console shows progress (`BootDeadline`).
 * @returns the session to the new boot.
 * @throws BootNotProven, BootFailed or the machine's failure.
 */
export async function rebootAndProve(
  shell: GuestShell,
  loader: BootLoader,
  target: BootTarget,
  context: { machine: Machine; journal: RunJournal; deadline: number; commandTimeout: number; signal: AbortSignal },
): Promise<GuestShell> {
  const { machine, journal, deadline, signal } = context;
  const before = await shell.must('cat /proc/sys/kernel/random/boot_id');
  const bootIdBefore = before.stdout.trim();
  // Counted before the reboot, so that all later starts belong to this kernel.
  const startsBefore = machine.watch?.starts();
  machine.watch?.expectBoot();
  const started = performance.now();
  try {
    await shell.run(loader.reboot, { timeout: 60 });
  } catch (error) {
    // The reboot may close the connection before the command has answered.
    if (!(error instanceof ConnectionLost)) throw error;
  }
  const end = new BootDeadline(machine, deadline, startsBefore);
  const session = await sessionOfNewBoot(machine, shell.session, bootIdBefore, end, signal);
  const next = new GuestShell(session, journal, target.kernel, context.commandTimeout);
  next.phase = 'boot';
  const id = await next.must('cat /proc/sys/kernel/random/boot_id');
  const uname = await next.must('uname -r');
  const cmdline = await next.must('cat /proc/cmdline');
  const proof = {
    bootIdBefore,
    bootIdAfter: id.stdout.trim(),
    releaseExpected: target.release,
    release: uname.stdout.trim(),
    entryExpected: target.entry,
    entry: loader.entryOf(cmdline.stdout),
  };
  journal.append({
    kind: 'boot.proven',
    kernel: target.kernel,
    ...proof,
    seconds: (performance.now() - started) / 1000,
    from: [before.seq, id.seq, uname.seq, cmdline.seq],
  });
  machine.watch?.booted();
  if (proof.release !== target.release || proof.entry !== target.entry) {
    session.close();
    throw new BootNotProven(
      `${machine.name}: selected ${target.release} through ${target.entry}, ` +
        `but ${proof.release} came up through ${proof.entry || 'an unknown entry'}`,
    );
  }
  return next;
}

/**
 * Proves which kernel runs in a machine that was started from a snapshot: the boot that was saved, the requested release and its
 * menu entry. The clock stopped when the machine was saved, so it is set first.
 * @throws BootNotProven
 */
export async function proveSaved(
  shell: GuestShell,
  loader: BootLoader,
  target: BootTarget,
  saved: SavedBoot,
  context: { journal: RunJournal; setClock: (seconds: number) => string },
): Promise<void> {
  const started = performance.now();
  const clock = await shell.must(context.setClock(Math.floor(Date.now() / 1000)));
  const id = await shell.must('cat /proc/sys/kernel/random/boot_id');
  const uname = await shell.must('uname -r');
  const cmdline = await shell.must('cat /proc/cmdline');
  const proof = {
    bootIdBefore: saved.bootId,
    bootIdAfter: id.stdout.trim(),
    releaseExpected: target.release,
    release: uname.stdout.trim(),
    entryExpected: target.entry,
    entry: loader.entryOf(cmdline.stdout),
    saved: { key: saved.key, run: saved.run, at: saved.at },
  };
  context.journal.append({
    kind: 'boot.proven',
    kernel: target.kernel,
    ...proof,
    seconds: (performance.now() - started) / 1000,
    from: [clock.seq, id.seq, uname.seq, cmdline.seq],
  });
  if (proof.release === target.release && proof.entry === target.entry && proof.bootIdAfter === saved.bootId) return;
  throw new BootNotProven(
    `${shell.machine}: snapshot ${saved.key} should hold ${target.release} through ${target.entry}, boot ${saved.bootId}, ` +
      `but it runs ${proof.release} through ${proof.entry || 'an unknown entry'}, boot ${proof.bootIdAfter}; use --fresh for a real boot`,
  );
}

async function sessionOfNewBoot(
  machine: Machine,
  old: Session,
  bootIdBefore: string,
  end: BootDeadline,
  signal: AbortSignal,
): Promise<Session> {
  old.close();
  for (;;) {
    const session = await connectBooting(machine, end, signal);
    const left = Math.max(1, end.left());
    try {
      const { stdout } = await session.run('cat /proc/sys/kernel/random/boot_id', { timeout: Math.min(left, 30) });
      if (stdout.trim() !== bootIdBefore) return session;
    } catch (error) {
      // An sshd that is shutting down accepts a connection and drops it.
      if (signal.aborted || machine.failure.aborted || end.left() === 0) throw error;
    }
    session.close();
    if (end.left() === 0) {
      throw new BootNotProven(
        `${machine.name}: still the same boot (${bootIdBefore}) ${Math.max(end.deadline, Math.floor(end.elapsed()))} s after the reboot command`,
      );
    }
    await sleep(250);
  }
}
