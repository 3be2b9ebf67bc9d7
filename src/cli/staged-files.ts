/** Files of a folder that are written piece by piece and appear together, each whole, once all of them are made. */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { partName, sweepParts } from '../host/part-file.js';
import { moveInside, placeInside, writeAll } from '../host/write-file.js';

/** What is held before it is written: of one file, and of all that are open. */
const PIECE = 2 ** 16;
const MOST_HELD = 2 ** 22;

interface OpenFile {
  pieces: string[];
  /** Characters in `pieces`. */
  held: number;
}

export class StagedFiles {
  private readonly stage: string;
  /** Files begun, each with its name in the stage: a number, so that no folder is made there. */
  private readonly made = new Map<string, string>();
  private readonly open = new Map<string, OpenFile>();
  private held = 0;

  /** @throws the error of node:fs if nothing can be made in the folder. */
  constructor(private readonly folder: string) {
    // What a killed process has left; the name tells whose it is.
    sweepParts(folder);
    this.stage = join(folder, partName('reports'));
    mkdirSync(this.stage);
  }

  /** Writes a file whole. @param name relative to the folder, with `/`. */
  write(name: string, pieces: Iterable<string>): void {
    for (const piece of pieces) this.append(name, piece);
    this.finish(name);
  }

  /** Adds to a file. Any number may be open: what they hold together is bounded. */
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

  /** Nothing more is added to a file. */
  finish(name: string): void {
    const file = this.open.get(name) ?? { pieces: [], held: 0 };
    if (file.held > 0 || !this.made.has(name)) this.flush(name, file);
    this.open.delete(name);
  }

  /**
   * Puts every file in its place; none if one cannot be.
   * @throws UserError for a link, or for anything else but a regular file, where a file is to be; the error of node:fs.
   */
  commit(): void {
    for (const name of this.open.keys()) this.finish(name);
    for (const name of this.made.keys()) placeInside(this.folder, name);
    for (const [name, staged] of this.made) moveInside(this.folder, name, join(this.stage, staged));
    this.discard();
  }

  /** Removes what was not put in its place. */
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
