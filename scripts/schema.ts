/** `npm run schema`: writes kernels.schema.json, from which editors complete and check kernels.yaml. */
import { writeFileSync } from 'node:fs';
import { jsonSchemaText } from './json-schema.js';

writeFileSync(new URL('../kernels.schema.json', import.meta.url), jsonSchemaText());
