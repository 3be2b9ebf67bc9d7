/** stdout and stderr of this process: what is written has arrived before the program ends, or it is known why not. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { writeAll } from './write-file.js';

/** A stream of this process that remembers its first failure. */
export interface GuardedStream {
  /** Waits until all that was written has been taken, however slowly; a reader that goes ends it. @returns the first failure. */
  flush(): Promise<NodeJS.ErrnoException | null>;
}

type Done = (error?: Error | null) => void;

/**
 * Takes over the errors of stdout or stderr. Node would end the process at the first one, or, where process.exit comes sooner,
 * say nothing; and where the stream is a file it would leave out what a nearly full disk has not taken of a piece.
 */
export function guardStream(stream: NodeJS.WriteStream & { fd: number }): GuardedStream {
  let failure: NodeJS.ErrnoException | null = null;
  const fail = (error: Error) => (failure ??= error);
  stream.on('error', fail);
  const write = stream.write.bind(stream) as (chunk: string | Uint8Array, done: Done) => boolean;
  const direct = isFileLike(stream.fd);
  const put = (chunk: string | Uint8Array, done: Done): boolean => {
    if (!direct) return write(chunk, done);
    try {
      if (failure === null) writeAll(stream.fd, chunk);
    } catch (error) {
      fail(error as Error);
    }
    process.nextTick(done, failure);
    return true;
  };
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8';
    const done = rest.find((each) => typeof each === 'function') as Done | undefined;
    return put(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, (error) => {
      if (error) fail(error);
      done?.(error);
    });
  };
  return {
    flush: () => new Promise((resolve) => put(Buffer.alloc(0), (error) => resolve(failure ?? error ?? null))),
  };
}

/** Writes to a file or a device are done when the call returns; pipes, sockets and terminals are Node's. */
function isFileLike(descriptor: number): boolean {
  try {
    const found = fstatSync(descriptor);
    return found.isFile() || found.isBlockDevice() || (found.isCharacterDevice() && !isatty(descriptor));
  } catch {
    return false;
  }
}

/** True if nobody reads any more: the other end of a pipe or socket, or a terminal, has gone. */
export function readerGone(error: NodeJS.ErrnoException, stream: { fd: number }): boolean {
  if (error.code === 'EPIPE' || error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_DESTROYED') return true;
  return error.code === 'EIO' && isatty(stream.fd);
}
