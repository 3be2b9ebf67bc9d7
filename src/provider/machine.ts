import type { ConsoleLog, ConsoleWatch, OnFinding } from '../console/console.js';
import type { Session } from '../remote/session.js';

/** What a machine is, for the journal. */
export interface MachineFacts {
  provider: string;
  /** `kvm`, `tcg`; null where the provider does not tell. */
  accelerator: string | null;
  acceleratorReason: string | null;
  cpus: number;
  memoryMib: number;
  /** host:port of its SSH server. */
  address: string;
}

/** One running machine. Whoever started it must destroy it. */
export interface Machine {
  readonly name: string;
  readonly facts: MachineFacts;
  /** Null where a provider has none. */
  readonly console: ConsoleLog | null;
  /** Null where there is no console. */
  readonly watch: ConsoleWatch | null;
  /** Aborts, with the reason, when the machine dies: a panic, a boot loader error, the end of its process. */
  readonly failure: AbortSignal;
  /**
   * Opens the session as soon as SSH answers.
   * @param deadline seconds.
   * @throws ConnectTimeout, KeysRefused, or the machine's failure, or the signal's reason.
   */
  connect(deadline: number, signal: AbortSignal): Promise<Session>;
  /** Its state as the hypervisor reports it (`QEMU says: paused`); null if it cannot be asked. Never fails. */
  status(): Promise<string | null>;
  /** Stops it, whatever state it is in, and removes what it left. Idempotent. */
  destroy(): Promise<void>;
  /** Leaves it running after this program ends; returns the words that tell how to reach and remove it. */
  keep(): string;
}

/** A machine that was saved with a row's kernel up and Docker answering, so that a later run need not boot it. */
export interface SavedBoot {
  /** The hash of everything it was made of. */
  key: string;
  /** Of the base image. */
  image: string;
  /** The run that saved it. */
  run: string;
  /** When; ISO 8601. */
  at: string;
  release: string;
  entry: string;
  /** /proc/sys/kernel/random/boot_id of the boot that was saved, and so of every machine started from it. */
  bootId: string;
}

/** Makes machines of one kind. */
export interface MachineProvider {
  /** What was saved of a row's kernel; null if nothing was. Left out by providers that save nothing. */
  saved?(row: string): SavedBoot | null;
  /** Starts a machine from what was saved. */
  restore?(
    name: string,
    folder: string,
    saved: SavedBoot,
    signal: AbortSignal,
    onFinding?: OnFinding,
  ): Promise<Machine>;
  /** Removes what was saved: it did not start, so it is of no use to a later run either. */
  forget?(saved: SavedBoot): void;
  /** Saves a machine as it is; it goes on where it was. @returns what was saved; null if there is no room or it is saved already. */
  save?(
    machine: Machine,
    row: string,
    boot: Pick<SavedBoot, 'release' | 'entry' | 'bootId'>,
  ): Promise<SavedBoot | null>;
  /**
   * Starts a machine; its disk is fresh. The folder receives its console.
   * @param onFinding called from the first console byte on.
   */
  start(name: string, folder: string, signal: AbortSignal, onFinding?: OnFinding): Promise<Machine>;
}

/** A machine died; `tail` is the end of its console. */
export class MachineFailure extends Error {
  override readonly name = 'MachineFailure';
  constructor(
    readonly machine: string,
    readonly detail: string,
    readonly tail: string[],
  ) {
    super(`${machine}: ${detail}`);
  }
}

/** Signs of life other than SSH: `console: no new line for 118 s; QEMU says: running`; '' if there are none. */
export async function signsOfLife(machine: Pick<Machine, 'watch' | 'status'>): Promise<string> {
  const silent = machine.watch?.silentFor();
  const status = await machine.status();
  return [
    ...(silent === undefined ? [] : [`console: no new line for ${Math.round(silent)} s`]),
    ...(status ? [status] : []),
  ].join('; ');
}
