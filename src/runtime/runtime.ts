/** A container runtime in a guest: what guests and scenarios ask of it. One more is a file and a line of `index.ts`. */
import type { z } from 'zod';
import { amount, flag, from, object, text, whole } from '../journal/fields.js';
import type { GuestShell } from '../remote/guest-shell.js';
import type { Refusal } from './refusal.js';

/** One attempt to create and start a container. */
export const containerRun = object({
  /** Null for a container without a memory limit, else the value of -m. */
  limit: text.nullable(),
  /** Exit code of the command that creates it. */
  code: whole,
  /** The id printed, also for a refused run, which leaves a container in state Created. */
  containerId: text.nullable(),
  /** Whether it was running a moment later; null if the run was refused. */
  running: flag.nullable(),
  /** stderr, verbatim; empty if there was none. */
  error: text,
  seconds: amount,
  from,
});
export type ContainerRun = z.infer<typeof containerRun>;

/** What the runtime says of itself. */
export interface RuntimeInfo {
  server: string;
  runc: string;
  storageDriver: string;
  cgroupDriver: string;
  /** `1` or `2`. */
  cgroupVersion: string;
}

/** The runtime does not answer, or is not what the row asks for. */
export class RuntimeNotReady extends Error {
  override readonly name = 'RuntimeNotReady';
}

/** All commands run through the shell, so each is in the journal; `from` lists their numbers. */
export interface Runtime {
  /**
   * Waits until it answers.
   * @param log command that prints the end of its log.
   * @throws RuntimeNotReady with the end of its log.
   */
  waitReady(shell: GuestShell, log: string): Promise<void>;
  /** Whether the image of the containers is in the guest. */
  imageReady(shell: GuestShell): Promise<boolean>;
  /** Creates and starts a container, and looks whether it is running. @param limit of its memory; null without one. */
  create(shell: GuestShell, limit: string | null): Promise<ContainerRun>;
  /** Removes a container; true if the runtime says it is gone. Adds the command to `run.from`. */
  remove(shell: GuestShell, run: ContainerRun): Promise<boolean>;
  /** Removes every container there is, and returns how many there were. */
  removeAll(shell: GuestShell): Promise<number>;
  info(shell: GuestShell): Promise<RuntimeInfo & { from: number[] }>;
  /** Whether an error of `create` is a refusal by the memory cgroup. Pure. */
  isRefusal(errorText: string): Refusal;
}

/** True if the runtime made the container. */
export function created(run: ContainerRun): boolean {
  return run.code === 0 && run.containerId !== null;
}
