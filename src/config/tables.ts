import type { MachineFormat } from './machine.js';
import type { SourceFormat } from './row.js';

/** What the tables of other folders add to kernels.yaml. */
export interface Tables {
  /** What a row's kernel may come from. */
  sources: readonly SourceFormat[];
  /** What the machines may come from; the first is the default. */
  machines: readonly MachineFormat[];
  /** What a kernel can be put through; the first is the default. */
  scenarios: readonly { id: string }[];
}
