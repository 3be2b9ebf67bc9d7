import { z } from 'zod';
import { FORMAT } from '../src/cli/kernels-yaml.js';
import { NAME_PATTERN } from '../src/config/fields.js';

/** Keys whose value people write as `5.10`: editors see a number there, and load.ts takes its text. */
const MAY_LOOK_LIKE_A_NUMBER = new Set(['name', 'release', 'version', 'limit']);

/**
 * The JSON Schema of kernels.yaml as it is written, for editors (the first line of kernels.yaml points at it). Rules
 * between fields are not in it: the program checks those.
 */
export function jsonSchemaText(): string {
  const schema = z.toJSONSchema(FORMAT.schema, {
    io: 'input',
    override: ({ jsonSchema, path }) => {
      if (jsonSchema.type === 'string' && MAY_LOOK_LIKE_A_NUMBER.has(String(path.at(-1)))) {
        (jsonSchema as { type: unknown }).type = ['string', 'number'];
      }
      if (jsonSchema.propertyNames && path.at(-1) === 'profiles')
        jsonSchema.propertyNames = { pattern: NAME_PATTERN.source, maxLength: 64 };
    },
  });
  return `${JSON.stringify({ title: 'kernels.yaml of kernel-matrix', ...schema }, null, 2)}\n`;
}
