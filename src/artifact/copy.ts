import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { requireSpace } from '../host/cache.js';
import { dirname } from 'node:path';
import { requireSize } from './limits.js';
import type { TransferOptions } from './download.js';

/**
 * Copies a local file, so that the verified content is used even if the original changes afterwards.
 * @throws Error with the reason if it is not a regular file, cannot be read, is too large, or changes its size while it is copied;
 *   NoSpace if the disk has too little space.
 */
export async function copyLocal(
  name: string,
  source: string,
  url: string,
  target: string,
  options: TransferOptions,
): Promise<void> {
  const stat = statSync(source);
  if (!stat.isFile()) throw new Error('it is not a regular file');
  requireSize(stat.size, options.limits);
  requireSpace(dirname(target), Math.ceil(stat.size / 2 ** 20), name);
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      options.onProgress?.({ name, url, bytes, total: stat.size });
      done(null, chunk);
    },
  });
  const signal = options.signal;
  try {
    // Reads at most one byte more than expected, because the file may grow without end.
    await pipeline(createReadStream(source, { end: stat.size }), count, createWriteStream(target, { flush: true }), {
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
  if (bytes !== stat.size) throw new Error(`it changed while it was read: ${bytes} bytes instead of ${stat.size}`);
}
