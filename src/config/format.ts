import type { SourceFormat } from './row.js';
import { configSchema } from './schema.js';

/** The format of kernels.yaml, with all that the tables of other folders add to it. */
export interface Format {
  sources: readonly SourceFormat[];
  schema: ReturnType<typeof configSchema>;
}

/** Makes the format of kernels.yaml of the sources that a row's kernel may come from. */
export function formatOf(sources: readonly SourceFormat[]): Format {
  return { sources, schema: configSchema(sources) };
}
