import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Origin of a partial download, which decides whether it may be continued. */
export interface PartOrigin {
  url: string;
  /** Strong ETag, as the server wrote it. */
  etag?: string | undefined;
  /** Last-Modified, as the server wrote it. */
  modified?: string | undefined;
  /** Size of the file in bytes, if the server sent it. */
  total?: number | undefined;
}

/** A download in progress: `<file>` contains the bytes, `<file>.json` their origin. Both survive an interrupted run. */
export class Part {
  constructor(readonly file: string) {}

  /** Bytes received. */
  get size(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Origin of the bytes; undefined if it is unknown, so that the download cannot be continued. */
  origin(): PartOrigin | undefined {
    try {
      const { url, etag, modified, total } = JSON.parse(readFileSync(`${this.file}.json`, 'utf8')) as PartOrigin;
      return typeof url === 'string' ? { url, etag, modified, total } : undefined;
    } catch {
      return undefined;
    }
  }

  setOrigin(origin: PartOrigin): void {
    writeFileSync(`${this.file}.json`, JSON.stringify(origin));
  }

  discard(): void {
    for (const each of [this.file, `${this.file}.json`]) rmSync(each, { force: true });
  }
}
