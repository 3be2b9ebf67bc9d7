import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a file is served; by default as a good server does: 200, or 206 for a range. */
export interface Served {
  body: Buffer;
  /** Strong by default: a hash of the body. null: none is sent. */
  etag?: string | null;
  /** Ignores Range: always 200 with the whole. */
  ignoresRange?: boolean;
  /** Closes the connection after so many bytes of the answer's body. */
  breaksAfter?: number;
  /** Sends so many bytes of the body, then nothing more, and keeps the connection. */
  stallsAfter?: number;
  /** Tells this length, whatever it sends. */
  claims?: number;
  /** Sends the body again and again, without a length and without an end. */
  endless?: boolean;
  /** Sends a byte each so many milliseconds. */
  drips?: number;
  /** Takes the request and never answers. */
  silent?: boolean;
  /** Answers with this and no file. */
  status?: number;
  headers?: Record<string, string>;
}

/** One request, and how many bytes of body were sent for it. */
export interface Seen {
  path: string;
  range: string | undefined;
  ifRange: string | undefined;
  sent: number;
}

/** A real HTTP server on 127.0.0.1 whose files misbehave as told. */
export class Mirror {
  readonly files = new Map<string, Served>();
  readonly seen: Seen[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Mirror> {
    const server = createServer();
    const mirror = new Mirror(server);
    server.on('request', (request, response) => mirror.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return mirror;
  }

  url(name: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${name}`;
  }

  /** Serves a file and returns its URL. */
  serve(name: string, served: Served | Buffer): string {
    this.files.set(`/${name}`, Buffer.isBuffer(served) ? { body: served } : served);
    return this.url(name);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    const range = request.headers.range;
    const ifRange = request.headers['if-range'] as string | undefined;
    const seen: Seen = { path, range, ifRange, sent: 0 };
    this.seen.push(seen);
    const file = this.files.get(path);
    if (file?.silent) return;
    if (!file || file.status !== undefined) {
      response.writeHead(file?.status ?? 404, file?.headers).end(file?.body);
      return;
    }
    const { body } = file;
    if (file.claims !== undefined || file.endless || file.drips !== undefined) {
      misbehave(response, file, seen);
      return;
    }
    const etag = file.etag === undefined ? `"${sha256(body).slice(0, 16)}"` : file.etag;
    const headers = { ...(etag === null ? {} : { etag }), ...file.headers };
    const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    const ranged = range !== undefined && !file.ignoresRange && (ifRange === undefined || ifRange === etag);
    if (ranged && from >= body.length) {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const last = Number(/^bytes=\d+-(\d+)$/.exec(range ?? '')?.[1] ?? body.length - 1);
    const content = ranged ? body.subarray(from, last + 1) : body;
    response.writeHead(ranged ? 206 : 200, {
      ...headers,
      'content-length': content.length,
      ...(ranged ? { 'content-range': `bytes ${from}-${last}/${body.length}` } : {}),
    });
    const cut = file.breaksAfter ?? file.stallsAfter;
    const sent = cut === undefined ? content : content.subarray(0, cut);
    seen.sent = sent.length;
    if (cut === undefined) response.end(sent);
    else response.write(sent, () => file.breaksAfter !== undefined && response.destroy());
  }
}

function misbehave(response: ServerResponse, { body, claims, endless, drips }: Served, seen: Seen): void {
  response.writeHead(200, claims === undefined ? {} : { 'content-length': claims });
  const send = (part: Buffer) => {
    seen.sent += part.length;
    return response.write(part);
  };
  if (drips !== undefined) {
    let at = 0;
    const timer = setInterval(() => send(body.subarray(at, ++at)), drips);
    response.on('close', () => clearInterval(timer));
  } else if (endless) {
    const pump = () => {
      while (!response.destroyed && send(body));
    };
    response.on('drain', pump);
    pump();
  } else send(body);
}

/** The URL of a server that is not there: a port that was free a moment ago. */
export async function deadUrl(name: string): Promise<string> {
  const mirror = await Mirror.start();
  const url = mirror.url(name);
  await mirror.stop();
  return url;
}

/** 64 hex digits. Contents are compared by it: a failed toEqual of large buffers computes its diff for minutes. */
export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** So many bytes, different from place to place, so that parts joined wrongly show. */
export function bytes(count: number, seed = 'a'): Buffer {
  const block = 32;
  return Buffer.concat(
    Array.from({ length: Math.ceil(count / block) }, (_, index) =>
      createHash('sha256').update(`${seed}${index}`).digest(),
    ),
  ).subarray(0, count);
}
