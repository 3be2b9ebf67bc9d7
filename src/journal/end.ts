import { closeSync, readSync } from 'node:fs';
import { openRegular } from '../host/regular-file.js';
import type { Catalogue } from './event.js';
import { CHUNK, JournalParser, type JournalEnd } from './read.js';

/**
 * How a journal on disk ends, and how many events it has: read piece by piece, so that one of any length can be continued.
 * @throws JournalError as `readJournal` throws it; UserError if the file is no regular one; the error of node:fs if it cannot be read.
 */
export function endOfJournal(file: string, catalogue: Catalogue): JournalEnd & { events: number } {
  const parser = new JournalParser(file, catalogue);
  const descriptor = openRegular(file);
  let events = 0;
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const length = readSync(descriptor, chunk);
      if (length === 0) return { ...parser.end(), events };
      for (const _event of parser.feed(chunk.subarray(0, length))) events += 1;
    }
  } finally {
    closeSync(descriptor);
  }
}
