import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { alive, identify, isProcessId, type ProcessId } from '../host/process.js';
import { UserError } from '../host/user-error.js';

/** In a run's folder while a program writes its journal. */
const OWNER = 'owner.json';

interface Owner {
  process: ProcessId;
  host: string;
}

/**
 * Makes this process the one that writes a run's journal: two would number their events alike. What a killed owner has left
 * is taken over.
 * @param folder of the run; must exist.
 * @returns gives the run back.
 * @throws UserError if another process has it, here or on another host that shares the folder.
 */
export function ownRun(folder: string): () => void {
  const file = join(folder, OWNER);
  const own: Owner = { process: identify(process.pid)!, host: hostname() };
  for (let attempt = 1; ; attempt++) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, `${JSON.stringify(own)}\n`);
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const other = readOwner(file);
    if (attempt === 3 || (other !== null && (other.host !== own.host || alive(other.process)))) {
      throw new UserError({
        what: `run ${basename(folder)} is under way${other === null ? '' : `: process ${other.process.pid} on ${other.host}`}`,
        where: file,
        why: 'two programs that write one journal would spoil it',
        next:
          other === null || other.host === own.host
            ? 'wait for it, or stop it (Ctrl-C there), then --resume'
            : `wait for it; if it has ended on ${other.host}, remove that file, then --resume`,
        exitCode: 2,
      });
    }
    rmSync(file, { force: true });
  }
}

/** Null if nothing of use is in it: its writer was killed in between. */
function readOwner(file: string): Owner | null {
  try {
    const { process: owner, host } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Owner>;
    return isProcessId(owner) && typeof host === 'string' ? { process: owner, host } : null;
  } catch {
    return null;
  }
}
