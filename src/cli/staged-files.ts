/** Writes files of a folder piece by piece and puts all of them in place when all are complete. */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { partName, sweepParts } from '../host/part-file.js';
import { moveInside, placeInside, writeAll } from '../host/write-file.js';

/** Most characters held in memory: of one file, and of all open files. */
const PIECE = 2 ** 16;
const MOST_HELD = 2 ** 22;

interface OpenFile {
  pieces: string[];
  /** Characters in `pieces`. */
  held: number;
}

export class StagedFiles {
  private readonly stage: string;
  /** Name of each file in the stage: a number, so that the stage needs no folders. */
  private readonly made = new Map<string, string>();
  private readonly open = new Map<string, OpenFile>();
  private held = 0;

  /** @throws the error of node:fs if nothing can be made in the folder. */
  constructor(private readonly folder: string) {
    // Left by killed processes; the name has the process id.
    sweepParts(folder);
    this.stage = join(folder, partName('reports'));
    mkdirSync(this.stage);
  }

  /** Writes a file whole. @param name relative to the folder, with `/`. */
  write(name: string, pieces: Iterable<string>): void {
    for (const piece of pieces) this.append(name, piece);
    this.finish(name);
  }

  /** Appends to a file. Any number of files may be open; the memory of all is bounded. */
  append(name: string, text: string): void {
    let file = this.open.get(name);
    if (file === undefined) {
      file = { pieces: [], held: 0 };
      this.open.set(name, file);
    }
    file.pieces.push(text);
    file.held += text.length;
    this.held += text.length;
    if (file.held >= PIECE) this.flush(name, file);
    else if (this.held > MOST_HELD) for (const [each, other] of this.open) this.flush(each, other);
  }

  /** Closes a file. */
  finish(name: string): void {
    const file = this.open.get(name) ?? { pieces: [], held: 0 };
    if (file.held > 0 || !this.made.has(name)) this.flush(name, file);
    this.open.delete(name);
  }

  /**
   * Puts all files in place, or none.
   * @throws UserError if a link, or anything else but a regular file, is in the place of one; the error of node:fs.
   */
  commit(): void {
    for (const name of this.open.keys()) this.finish(name);
    for (const name of this.made.keys()) placeInside(this.folder, name);
    for (const [name, staged] of this.made) moveInside(this.folder, name, join(this.stage, staged));
    this.discard();
  }

  /** Removes what was not put in place. */
  discard(): void {
    rmSync(this.stage, { recursive: true, force: true });
  }

  private flush(name: string, file: OpenFile): void {
    const text = file.pieces.join('');
    const staged = this.made.get(name) ?? String(this.made.size);
    const descriptor = openSync(join(this.stage, staged), this.made.has(name) ? 'a' : 'wx');
    this.made.set(name, staged);
    this.held -= file.held;
    file.pieces = [];
    file.held = 0;
    try {
      writeAll(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  }
}
