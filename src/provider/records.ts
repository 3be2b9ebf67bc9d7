/** Records of machines on this host: a file in a folder for each machine, so that it can be found without its owner. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the file. */
export const RECORD = 'machine.json';

/**
 * The records in a folder. What is damaged is no record: a folder is removed, and processes are killed, for what stands in one.
 * @param isRecord whether a value is the record of the machine with this id.
 */
export function readRecords<R>(root: string, isRecord: (value: unknown, id: string) => value is R): R[] {
  return readdirSync(root).flatMap((id) => {
    const file = join(root, id, RECORD);
    if (!existsSync(file)) return [];
    try {
      const record: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return isRecord(record, id) ? [record] : [];
    } catch {
      return [];
    }
  });
}
