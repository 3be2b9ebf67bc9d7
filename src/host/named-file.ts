/** Files that a user named: which are allowed, where links lead, and how they are written. */
import { constants, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kindOf, writeWhole } from './write-file.js';
import { UserError } from './user-error.js';

/** The target of a name. */
export interface Place {
  /** Absolute; the part that exists is without links. */
  path: string;
  /** An open file descriptor of this process, if the name means one: 1 for /dev/stdout. */
  descriptor: number | null;
}

/** Number of links that Linux follows (MAXSYMLINKS, path_resolution(7)). */
const LINKS = 40;

/**
 * The absolute path of a file that an option names.
 * @throws UserError for an empty name and for the name of a folder.
 */
export function namedFile(option: string, name: string): string {
  const refuse = (what: string, next: string) => new UserError({ what: `${option}: ${what}`, next, kind: 'usage' });
  if (name === '') throw refuse('the file name is empty', `${option} <file>`);
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
    // Any other problem is reported when the file is written.
    return false;
  }
}

/** Follows the links of a name to the place where it would be written. @throws the error of node:fs; ELOOP for a cycle of links. */
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

/** The path of a folder without links; components that do not exist yet are kept. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    // For a dangling link, realpath also reports ENOENT; mkdir then reports the problem.
    return join(realFolder(dirname(folder)), basename(folder));
  }
}

/**
 * Writes a file that a user named. A regular file is replaced atomically; a link is followed and kept. A device or a FIFO, for example
 * /dev/stdout, is written to. Missing folders are created.
 * @throws UserError for a folder, a disk, a socket, and a FIFO without a reader; otherwise the error of node:fs.
 */
export async function writeNamed(file: string, content: string): Promise<void> {
  const { path, descriptor } = placeOf(file);
  if (descriptor !== null) return writeDescriptor(descriptor, content);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFIFO() || found?.isCharacterDevice()) return writeInPlace(path, content);
  if (found !== undefined && !found.isFile()) {
    throw new UserError({
      what: `${file} is ${kindOf(found)}; reports are not written to it`,
      where: path,
      next: 'name a file, a FIFO or -',
      kind: 'usage',
    });
  }
  await mkdir(dirname(path), { recursive: true });
  writeWhole(path, content);
}

/** Writes to a descriptor; stdout and stderr through their streams, to keep the order. */
async function writeDescriptor(descriptor: number, content: string): Promise<void> {
  const stream = descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : null;
  // The stream remembers a failure, which is reported at the end (standard-streams.ts).
  if (stream !== null) return new Promise((done) => stream.write(content, () => done()));
  return writeInPlace(`/proc/self/fd/${descriptor}`, content);
}

/** Seconds to wait for the reader of a FIFO. */
const READER_SECONDS = 60;
/** Milliseconds between two attempts on a FIFO that is full or has no reader; Node has no event for it. */
const LOOK_MS = 10;

async function writeInPlace(path: string, content: string): Promise<void> {
  const handle = await whenRead(path);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) {
      try {
        at += (await handle.write(bytes, at)).bytesWritten;
      } catch (error) {
        // A reader may be slow; if it is gone, the error is EPIPE.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw Object.assign(error as Error, { path });
        await sleep(LOOK_MS);
      }
    }
  } finally {
    await handle.close();
  }
}

/** Opens a FIFO when it has a reader. Waiting in open(2) could not be cancelled. */
async function whenRead(path: string): Promise<Awaited<ReturnType<typeof open>>> {
  const until = performance.now() + READER_SECONDS * 1000;
  for (;;) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || !statSync(path).isFIFO()) throw error;
      if (performance.now() > until) {
        throw new UserError({
          what: `${path} had no reader for ${READER_SECONDS} s`,
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
