/** Files whose names a user gave: what they may be, where they lead, and how they are written. */
import { constants, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kindOf, writeWhole } from './write-file.js';
import { UserError } from './user-error.js';

/** Where a name leads. */
export interface Place {
  /** Absolute, without links as far as it exists. */
  path: string;
  /** An open file of this process, where the name means one: 1 for /dev/stdout. */
  descriptor: number | null;
}

/** As many as Linux follows (MAXSYMLINKS, path_resolution(7)). */
const LINKS = 40;

/**
 * The absolute path of a file that an option names.
 * @throws UserError for no name at all and for the name of a folder.
 */
export function namedFile(option: string, name: string): string {
  const refuse = (what: string, next: string) => new UserError({ what: `${option}: ${what}`, next, kind: 'usage' });
  if (name === '') throw refuse('no file is named', `${option} <file>`);
  const inside = (folder: string) => `name a file in it: ${join(folder, '<file>')}`;
  if (/(?:^|\/)\.{0,2}$/.test(name)) throw refuse(`${name} is a folder`, inside(name));
  const file = resolve(name);
  if (isFolder(file)) throw refuse(`${name} is a folder`, inside(name));
  return file;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Whatever else is wrong with it is told when it is written.
    return false;
  }
}

/** Follows the links of a name to where it would be written. @throws the error of node:fs, ELOOP for links in a circle. */
export function placeOf(file: string): Place {
  let path = resolve(file);
  for (let followed = 0; followed < LINKS; followed++) {
    path = join(realFolder(dirname(path)), basename(path));
    const [, process_, descriptor] = /^\/proc\/(\d+)\/fd\/(\d+)$/.exec(path) ?? [];
    if (process_ === String(process.pid)) return { path, descriptor: Number(descriptor) };
    if (path.startsWith('/proc/')) return { path, descriptor: null };
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return { path, descriptor: null };
    path = resolve(dirname(path), readlinkSync(path));
  }
  const error = new Error(`ELOOP: too many symbolic links encountered, open '${file}'`);
  throw Object.assign(error, { code: 'ELOOP', syscall: 'open', path: file });
}

/** A folder without links; what of it is not there yet has none. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    // Of a link that leads nowhere realpath says ENOENT too; mkdir then tells what is wrong.
    return join(realFolder(dirname(folder)), basename(folder));
  }
}

/**
 * Writes a file that a user named. A regular file is replaced whole or not at all; where the name is a link, the file it leads to is
 * written and the link stays. A device or a FIFO, /dev/stdout say, is written to. Missing folders are made.
 * @throws UserError for a folder, a disk, a socket, and a FIFO that nobody opens; else the error of node:fs.
 */
export async function writeNamed(file: string, content: string): Promise<void> {
  const { path, descriptor } = placeOf(file);
  if (descriptor !== null) return writeDescriptor(descriptor, content);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFIFO() || found?.isCharacterDevice()) return writeInPlace(path, content);
  if (found !== undefined && !found.isFile()) {
    throw new UserError({
      what: `${file} is ${kindOf(found)}, and no report is written to it`,
      where: path,
      next: 'name a file, a FIFO or -',
      kind: 'usage',
    });
  }
  await mkdir(dirname(path), { recursive: true });
  writeWhole(path, content);
}

/** stdout and stderr have writers of their own, whose order must hold. */
async function writeDescriptor(descriptor: number, content: string): Promise<void> {
  const stream = descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : null;
  // What fails is remembered by the stream and told at the end (standard-streams.ts).
  if (stream !== null) return new Promise((done) => stream.write(content, () => done()));
  return writeInPlace(`/proc/self/fd/${descriptor}`, content);
}

/** Seconds that a FIFO may wait for its reader. */
const READER_SECONDS = 60;
/** Milliseconds between two looks at a FIFO that is full or has no reader: there is nothing to wait for in Node. */
const LOOK_MS = 10;

async function writeInPlace(path: string, content: string): Promise<void> {
  const handle = await whenRead(path);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) {
      try {
        at += (await handle.write(bytes, at)).bytesWritten;
      } catch (error) {
        // A reader may be as slow as it likes; one that goes is EPIPE.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw Object.assign(error as Error, { path });
        await sleep(LOOK_MS);
      }
    }
  } finally {
    await handle.close();
  }
}

/** A FIFO is opened when somebody reads it; waiting for that in open(2) could not be given up. */
async function whenRead(path: string): Promise<Awaited<ReturnType<typeof open>>> {
  const until = performance.now() + READER_SECONDS * 1000;
  for (;;) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || !statSync(path).isFIFO()) throw error;
      if (performance.now() > until) {
        throw new UserError({
          what: `nobody has read ${path} for ${READER_SECONDS} s`,
          where: path,
          next: 'start its reader first, or name a file',
          kind: 'usage',
          cause: error,
        });
      }
      await sleep(LOOK_MS);
    }
  }
}
