import type { MachineFormat } from './machine.js';
import type { SourceFormat } from './row.js';
import { configSchema } from './schema.js';

/** What the tables of other folders add to kernels.yaml. */
export interface Tables {
  /** What a row's kernel may come from. */
  sources: readonly SourceFormat[];
  /** What the machines may come from; the first is the default. */
  machines: readonly MachineFormat[];
}

/** The format of kernels.yaml, with all that the tables add to it. */
export interface Format extends Tables {
  schema: ReturnType<typeof configSchema>;
}

/** Makes the format of kernels.yaml of the tables. */
export function formatOf(tables: Tables): Format {
  return { ...tables, schema: configSchema(tables.sources, tables.machines) };
}
