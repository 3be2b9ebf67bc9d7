/** stdout and stderr of this process: all output arrives before the program ends, or the failure is reported. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { writeAll } from './write-file.js';

/** A stream of this process that remembers its first failure. */
export interface GuardedStream {
  /** Waits until all output has been accepted, however slowly, or the reader is gone. @returns the first failure. */
  flush(): Promise<NodeJS.ErrnoException | null>;
}

type Done = (error?: Error | null) => void;

/**
 * Handles the errors of stdout or stderr. Node would end the process at the first error, or report nothing if process.exit comes first.
 * If the stream is a file, Node would also lose the rest of a partial write on a nearly full disk.
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

/** Whether writes are complete when the call returns: files and devices, but not pipes, sockets and terminals. */
function isFileLike(descriptor: number): boolean {
  try {
    const found = fstatSync(descriptor);
    return found.isFile() || found.isBlockDevice() || (found.isCharacterDevice() && !isatty(descriptor));
  } catch {
    return false;
  }
}

/** Whether the reader is gone: the other end of a pipe or socket, or a terminal. */
export function readerGone(error: NodeJS.ErrnoException, stream: { fd: number }): boolean {
  if (error.code === 'EPIPE' || error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_DESTROYED') return true;
  return error.code === 'EIO' && isatty(stream.fd);
}
