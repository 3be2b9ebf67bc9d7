import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { UserError } from './user-error.js';

/**
 * The home folder of this user: $HOME, and where that is empty, not set or no absolute path (`os.homedir` takes an empty one as
 * it is, so that files would be made wherever the program runs) what the host's list of users has.
 * @throws UserError if neither tells.
 */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const home = env['HOME'] ?? '';
  if (isAbsolute(home)) return home;
  const listed = listedHome();
  if (isAbsolute(listed)) return listed;
  throw new UserError({
    what: 'nothing tells where the home folder is',
    why: `HOME is ${env['HOME'] === undefined ? 'not set' : JSON.stringify(home)}, and this user (${process.getuid?.()}) is in no list of users`,
    next: 'set HOME to an absolute path; KERNEL_MATRIX_CACHE says where downloads and images go',
    kind: 'host',
  });
}

function listedHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // A number that /etc/passwd does not have, as in containers.
    return '';
  }
}
