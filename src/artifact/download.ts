import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { requireSpace } from '../host/cache.js';
import { redact } from '../host/redact.js';
import { requireSize, WrongSize, type Limits } from './limits.js';
import type { Part, PartOrigin } from './part.js';
import { isFull } from './reason.js';
import { guardAgainstStall, type StallGuard } from './stall.js';

/** Progress of a transfer. */
export interface Progress {
  name: string;
  url: string;
  /** Bytes received, including those of an earlier run. */
  bytes: number;
  /** Size of the file in bytes; null if the server does not send it. */
  total: number | null;
}

export interface TransferOptions {
  /** Longest silence in seconds before a transfer is aborted. */
  stall: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  limits: Limits;
}

/** The result of a transfer: `resumed` if it includes bytes of an earlier run. */
export interface Transfer {
  resumed: boolean;
}

/**
 * Downloads a URL into a part file, complete but not verified. Bytes of an earlier run are continued with a Range request: from the
 * same URL only if the server confirms that it is the same file (If-Range with its ETag or date), and from any URL if the hash of the
 * content is known. Without ranges the download restarts at the first byte.
 * @param known whether the file will be checked against a known hash.
 * @throws Error with the reason if the URL does not answer, refuses, stalls, is too slow or ends early; the received bytes are kept for
 *   next time. WrongSize if it is too large, NoSpace if the disk has too little space for it, ENOSPC if it filled the disk: then the
 *   received bytes are removed. The signal's reason if it aborts.
 */
export async function download(
  name: string,
  url: string,
  part: Part,
  known: boolean,
  options: TransferOptions,
): Promise<Transfer> {
  const have = mayContinue(part, url, known) ? part.size : 0;
  if (have > 0) {
    const total = part.origin()?.total;
    if (have === total) return { resumed: true };
    const transfer = await request(name, url, part, have, options);
    if (transfer) return transfer;
    // The server has another file, or a shorter one, so the received bytes are useless.
  }
  part.discard();
  const transfer = await request(name, url, part, 0, options);
  if (transfer) return transfer;
  throw new Error('it answers a request for the whole file with a part');
}

function mayContinue(part: Part, url: string, known: boolean): boolean {
  const origin = part.origin();
  if (!origin || (origin.total !== undefined && part.size > origin.total)) return false;
  return known || (origin.url === redact(url) && (origin.etag ?? origin.modified) !== undefined);
}

/** One request from byte `have` on; null if the answer does not continue the existing bytes. */
async function request(
  name: string,
  url: string,
  part: Part,
  have: number,
  options: TransferOptions,
): Promise<Transfer | null> {
  const guard = guardAgainstStall(options.stall, options.signal, options.limits.rate);
  const before = have > 0 ? part.origin() : undefined;
  try {
    const response = await ask(url, rangeHeaders(url, have, before), guard);
    const range = contentRange(response);
    try {
      if (response.status === 416 && have > 0) {
        // The file is complete: the last run ended between the last byte and the check.
        return range?.total === have ? { resumed: true } : null;
      }
      const partial = response.status === 206;
      if (!partial && response.status !== 200) throw new Error(statusLine(response));
      requireIdentity(response);
      const total = partial ? range?.total : contentLength(response);
      if (partial && range?.start !== have) return null;
      if (partial && before?.total !== undefined && total !== undefined && before.total !== total) return null;
      const start = partial ? have : 0;
      if (total !== undefined) requireSize(total, options.limits);
      if (total !== undefined) requireSpace(dirname(part.file), Math.ceil((total - start) / 2 ** 20), name);
      part.setOrigin(originOf(url, response, total));
      const most = total === undefined ? options.limits.untold : Math.min(total, options.limits.most);
      try {
        await receive(response, part, { start, total, most }, guard, (bytes) =>
          options.onProgress?.({ name, url, bytes, total: total ?? null }),
        );
      } catch (error) {
        // Data that fills the disk, or is not the file, is useless next time.
        if (error instanceof WrongSize || isFull(error)) part.discard();
        throw error;
      }
      return { resumed: start > 0 };
    } finally {
      // Cancel the rest of an answer that is not read to its end.
      if (!response.bodyUsed) await response.body?.cancel().catch(() => undefined);
    }
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw error;
  } finally {
    guard.end();
  }
}

/** Sends a GET request for an uncompressed answer, because bytes are counted and hashed as they are stored. */
export async function ask(url: string, headers: Record<string, string>, guard: StallGuard): Promise<Response> {
  const response = await fetch(url, {
    headers: { 'Accept-Encoding': 'identity', 'User-Agent': 'kernel-matrix', ...headers },
    signal: guard.signal,
  });
  guard.touch();
  return response;
}

function rangeHeaders(url: string, have: number, origin: PartOrigin | undefined): Record<string, string> {
  if (have === 0) return {};
  const validator = origin?.url === redact(url) ? (origin.etag ?? origin.modified) : undefined;
  return { Range: `bytes=${have}-`, ...(validator === undefined ? {} : { 'If-Range': validator }) };
}

async function receive(
  response: Response,
  part: Part,
  { start, total, most }: { start: number; total: number | undefined; most: number },
  guard: StallGuard,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = await open(part.file, start > 0 ? 'r+' : 'w');
  let bytes = start;
  const soFar = () => `after ${bytes} ${total === undefined ? '' : `of ${total} `}bytes`;
  try {
    onBytes(bytes);
    try {
      for await (const chunk of response.body ?? []) {
        const data = chunk as Uint8Array;
        if (bytes + data.length > most) throw new WrongSize(`it sends more than ${most} bytes`);
        for (let done = 0; done < data.length;) {
          done += (await file.write(data, done, data.length - done, bytes + done)).bytesWritten;
        }
        bytes += data.length;
        guard.touch(data.length);
        onBytes(bytes);
      }
    } catch (error) {
      if (error instanceof WrongSize || (error as NodeJS.ErrnoException).syscall === 'write') throw error;
      throw new Error(`the transfer ended ${soFar()}`, { cause: error });
    }
    if (total !== undefined && bytes !== total) throw new Error(`the transfer ended ${soFar()}`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function originOf(url: string, response: Response, total: number | undefined): PartOrigin {
  const etag = response.headers.get('etag') ?? undefined;
  return {
    url: redact(url),
    // A weak ETag does not promise the same bytes and is not allowed in If-Range (RFC 9110, 13.1.5).
    etag: etag?.startsWith('W/') ? undefined : etag,
    modified: response.headers.get('last-modified') ?? undefined,
    total,
  };
}

/** Refuses an encoded answer: fetch would decode it, and the bytes would not match the hash. */
function requireIdentity(response: Response): void {
  const encoding = response.headers.get('content-encoding');
  if (encoding && encoding !== 'identity') throw new Error(`it sends the file re-encoded (${encoding})`);
}

export function contentRange(response: Response): { start: number | undefined; total: number | undefined } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  if (!match) return undefined;
  const [, start, total] = match;
  return {
    start: start === undefined ? undefined : Number(start),
    total: total === '*' ? undefined : Number(total),
  };
}

export function contentLength(response: Response): number | undefined {
  const text = response.headers.get('content-length');
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function statusLine(response: Response): string {
  return `HTTP ${response.status} ${response.statusText}`.trimEnd();
}
