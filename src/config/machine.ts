import type { z } from 'zod';
import type { Breach, Loose } from './breach.js';
import { whole } from './fields.js';
import type { Path } from './tree.js';

/** The system of a guest, as `os:` has it. */
export type GuestOs = 'debian' | 'el7';

/** The machines of a plan. Their provider alone knows what else is in it. */
export interface MachineConfig {
  provider: string;
}

/** The machines of one provider, by the fields that it adds. What kernels.yaml has as `memory` is `memory_mib` in a plan. */
export type MachineOf<Id extends string, Fields extends z.ZodRawShape> = { provider: Id } & Omit<
  z.output<z.ZodObject<Fields>>,
  'memory'
> &
  (Fields extends { memory: unknown } ? { memory_mib: number } : unknown);

/** A field that providers of virtual machines share. */
export const cpus = whole(1, 256).describe('Virtual processors of each machine.');

/** What a rule may know beside the machine. */
export interface MachineContext {
  /** The guest's system, as far as kernels.yaml says it. */
  os: unknown;
  /** Machines that work at the same time, as kernels.yaml has it. */
  jobs: number;
}

/**
 * What kernels.yaml needs to know of a provider. Providers start programs and open connections, and so stand above this folder, which
 * names none of them: the table is given to `formatOf`, in one place (src/cli/kernels-yaml.ts).
 */
export interface MachineFormat<M extends MachineConfig = MachineConfig> {
  /** The word in kernels.yaml. */
  readonly id: M['provider'];
  /** The fields of its machines, with their defaults. */
  readonly schema: z.ZodRawShape;
  /** Those of them that are paths: they start at the directory of kernels.yaml, and are absolute in a plan. */
  readonly paths: readonly string[];
  /** Systems of the guests that it takes; the first is the default. */
  readonly guests: readonly [GuestOs, ...GuestOs[]];
  /** Its machines exist already: their guest has to be described, and its package sources stay. */
  readonly existing?: object;
  /** How many of its machines there may be at a time, and because of what. */
  mostJobs(machine: M): { most: number; why: string };
  /**
   * What is wrong between fields of a machine as it was written; a value of the wrong type is passed over.
   * @param at the profile
   */
  rules?(machine: Loose, at: Path, context: MachineContext): Breach[];
}

/** The guest's system where kernels.yaml names none; undefined for a machine that exists already, which does not say. */
export function defaultOs(format: MachineFormat | undefined, described: boolean): GuestOs | undefined {
  if (described) return 'debian';
  return format?.existing === undefined ? format?.guests[0] : undefined;
}
