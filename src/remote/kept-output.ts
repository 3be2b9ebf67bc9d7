/** Bytes kept of each output of one command: a guest may print without end until the deadline. */
export const KEPT_BYTES = 4 * 2 ** 20;
/** Longest line that is passed on in one piece while a command runs. */
const LINE_BYTES = 64 * 1024;

/** One output of a command: its beginning, and the size of the rest. */
export class KeptOutput {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private dropped = 0;

  constructor(private readonly limit = KEPT_BYTES) {}

  add(chunk: Buffer): void {
    const room = this.limit - this.kept;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    // Copied, because a view would keep the whole packet in memory.
    if (part.length > 0) this.chunks.push(part.length === chunk.length ? part : Buffer.from(part));
    this.kept += part.length;
    this.dropped += chunk.length - part.length;
  }

  text(): string {
    const text = Buffer.concat(this.chunks).toString('utf8');
    return this.dropped === 0 ? text : `${text}\n[kernel-matrix: truncated, ${this.dropped} more bytes were dropped]\n`;
  }
}

/** Splits arbitrary chunks into lines and passes each on; a line longer than `longest` is passed on in pieces. */
export function splitLines(onLine: (line: string) => void, longest = LINE_BYTES): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    while (rest.length > longest) {
      onLine(rest.slice(0, longest));
      rest = rest.slice(longest);
    }
  };
}
