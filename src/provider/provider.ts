import type { Artifact } from '../artifact/artifact.js';
import type { Check } from '../base/finding.js';
import type { MachineConfig, MachineFormat } from '../config/machine.js';
import type { KernelRow, Plan } from '../config/plan.js';
import type { HostNeed } from '../host/setup.js';
import type { UserError } from '../host/user-error.js';
import type { LocalFile } from '../kernel/local-file.js';
import type { ResolvedKernel } from '../kernel/resolved-kernel.js';
import type { HostSize } from './host-size.js';
import type { MachineProvider } from './machine.js';

/** A plan whose machines are of one provider. */
export type PlanOf<M extends MachineConfig> = Plan & { machine: M };

/**
 * Where machines come from: all that this program knows of one `provider:` of kernels.yaml. A new one is a folder with such an
 * object and a line in index.ts.
 */
export interface Provider<M extends MachineConfig = MachineConfig> extends MachineFormat<M> {
  /** Its machines in one line, for --dry-run. */
  describe(machine: M): string;
  /** What --dry-run lists beside the commands of the guest; left out where that is nothing. */
  commands?(machine: M): ProviderCommands;

  /** Host programs that it needs. @param kernels the rows of the plan. */
  needs(machine: M, kernels: readonly KernelRow[]): HostNeed[];
  /** What doctor looks at, the cheapest first. */
  checks(machine: M): Check[];
  /** Disk of this host that a first run takes, in MiB. */
  readonly diskMib: number;
  /** Memory of this host that the guest of one machine takes, in MiB; null if its machines are other hosts. */
  memoryMib(machine: M): number | null;
  /**
   * Makes machines no larger than this host; left out where they stay as they are.
   * @returns the plan, and what was changed in it, in words.
   * @throws UserError if they would be too small for the guest.
   */
  fit?(plan: PlanOf<M>, host: HostSize): { plan: PlanOf<M>; changes: string[] };
  /** Without --jobs and jobs: as many machines at a time as `mostJobs` and the host allow; else 1. */
  readonly automaticJobs: boolean;
  /** The accelerator a machine would get; null if it is not known without starting one. Left out where it cannot be known. */
  accelerator?(machine: M): Promise<string | null>;

  /** Files to fetch and verify before `prepare`; it finds them by the kind `machine`. */
  artifacts?(machine: M): MachineArtifact[];
  /**
   * Makes ready all that the machines are made of; starts none.
   * @throws UserError if none could be started, NoKernel if no row's kernel can be obtained.
   */
  prepare(input: PrepareInput<M>, progress: PrepareProgress, signal: AbortSignal): Promise<Prepared>;

  /** Machines of this user that left a record, whatever run they are of. */
  machines(): KnownMachine[];
  /**
   * Ends and removes the machines whose owner is gone, and with `kept` also those left running on purpose. Machines of a run that
   * is under way are never touched. Never fails: what cannot be removed is in the answer.
   */
  sweep(options: { kept: boolean }): Promise<Swept[]>;
  /** Kills the machines of this very process that would outlive it, for an exit that cannot wait. */
  killAll(): void;
  /** Seconds that ending the machines may take after Ctrl-C. */
  readonly cleanupSeconds: number;
  /** What of the cache folder is its own, by name. */
  readonly cached: readonly string[];
  /** Removes what it has put into the stores of other programs. Called when no machine is left. */
  emptyStores?(): Promise<Swept[]>;

  /** Set if its machines exist already. */
  readonly existing?: ExistingMachines<M>;
}

/** What kernels.yaml needs to know of a provider, apart from whether its machines exist already. */
export type ProviderFormat<M extends MachineConfig> = Omit<MachineFormat<M>, 'existing'>;

/** Machines that exist already: changed with consent only, never ended, and their own kernel stays the default. */
export interface ExistingMachines<M extends MachineConfig> {
  /** What a run changes on it, in words: printed before anything is touched. */
  statement(plan: PlanOf<M>): string;
  consented(machine: M): boolean;
  withConsent(machine: M, consent: boolean): M;
  /** The error for a machine without consent to change it. */
  refusal(machine: M): UserError;
  /** Program and arguments that log in to it; words of a command may follow. @throws UserError */
  login(machine: M): string[];
}

/** Lines of --dry-run. */
export interface ProviderCommands {
  /** On this host, to make a machine and reach it. */
  before: string[];
  /** In the guest, before all others. */
  first: string[];
  /** At the end. */
  last: string[];
}

/** A file that machines are made of. */
export interface MachineArtifact {
  /** What it is, in words. */
  what: string;
  artifact: Artifact;
}

export interface PrepareInput<M extends MachineConfig> {
  plan: PlanOf<M>;
  run: string;
  /** The machines may be left running at the end. */
  keepable: boolean;
  files: PreparedFiles;
}

/** Files of a plan that were fetched and verified. */
export interface PreparedFiles {
  of(kind: 'docker' | 'machine'): LocalFile[];
  /** By the row's name; the file that holds the kernel first. */
  kernels: Map<string, LocalFile[]>;
  /** Rows whose kernel cannot be obtained, with the reason. */
  missing: Map<string, Error>;
}

/** Receives how far the preparation is. */
export type PrepareProgress = (phase: 'artifacts' | 'image' | 'accelerator' | 'machine', message: string) => void;

/** A provider that is ready to start machines. */
export interface Prepared {
  machines: MachineProvider;
  /** Of the machines; null where it is not known before they run. */
  accelerator: string | null;
  /** The guest built into the machines; null where they start with a system of their own and kernels are installed. */
  built: BuiltGuest | null;
}

/** A guest that was built on this host, with every kernel in it. */
export interface BuiltGuest {
  kernels: Map<string, BuiltKernel>;
  /** Rows whose kernel is not in it, with the reason. */
  missing: Map<string, Error>;
  /** `seconds` is what building it took. */
  image: { hash: string; built: boolean; seconds: number };
  /** Where its Docker comes from. */
  docker: string;
}

/** A kernel of a built guest, by the name of its entry in the boot menu. */
export type BuiltKernel = ResolvedKernel & { entry: string };

/** A machine of this user, as its record has it. */
export interface KnownMachine {
  /** Unique among the machines of this user. */
  id: string;
  run: string;
  /** Unique in its run. */
  name: string;
  /** Left running on purpose. */
  kept: boolean;
  /** It can be logged in to, as far as is known without asking it. */
  running: boolean;
  /** Program and arguments that log in; words of a command may follow. @throws UserError if there is no way to it. */
  login(): Promise<string[]>;
}

/** What became of something that was left. */
export interface Swept {
  id: string;
  /** It was still running. */
  ran: boolean;
  /** Why it could not be removed; null if it is gone. */
  error: Error | null;
}
