/** Files of a folder that are written piece by piece and appear together, each whole, once all of them are made. */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What is held before it is written: of one file, and of all that are open. */
const PIECE = 2 ** 16;
const MOST_HELD = 2 ** 22;

/** The folder that files are made in. A process that is killed leaves one, and the next removes it. */
const STAGE = '.reports-';

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
    this.stage = join(folder, `${STAGE}${process.pid}`);
    for (const name of readdirSync(folder)) {
      if (isLeft(name)) rmSync(join(folder, name), { recursive: true, force: true });
    }
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

  /** Puts every file in its place. */
  commit(): void {
    for (const name of this.open.keys()) this.finish(name);
    for (const [name, staged] of this.made) {
      const target = join(this.folder, name);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(this.stage, staged), target);
    }
    this.discard();
  }

  /** Removes what was not put in its place. */
  discard(): void {
    rmSync(this.stage, { recursive: true, force: true });
  }

  private flush(name: string, file: OpenFile): void {
    const bytes = Buffer.from(file.pieces.join(''));
    const staged = this.made.get(name) ?? String(this.made.size);
    const descriptor = openSync(join(this.stage, staged), this.made.has(name) ? 'a' : 'wx');
    this.made.set(name, staged);
    this.held -= file.held;
    file.pieces = [];
    file.held = 0;
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(descriptor, rest));
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Whether it is what a process that is no more, or an earlier one of this number, has left. */
function isLeft(name: string): boolean {
  if (!name.startsWith(STAGE)) return false;
  const owner = Number(name.slice(STAGE.length));
  return owner === process.pid || !isRunning(owner);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
