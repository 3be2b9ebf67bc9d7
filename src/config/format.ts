import { configSchema } from './schema.js';
import type { Tables } from './tables.js';

/** The format of kernels.yaml, with all that the tables add to it. */
export interface Format extends Tables {
  schema: ReturnType<typeof configSchema>;
}

/** Makes the format of kernels.yaml of the tables. */
export function formatOf(tables: Tables): Format {
  return { ...tables, schema: configSchema(tables) };
}
