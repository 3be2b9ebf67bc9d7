import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { UserError } from './user-error.js';

/**
 * The home folder of this user: $HOME, or the entry in the user database if $HOME is empty, unset or not absolute. (`os.homedir` returns
 * an empty $HOME as it is, and files would be created in the current folder.)
 * @throws UserError if both are missing.
 */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const home = env['HOME'] ?? '';
  if (isAbsolute(home)) return home;
  const listed = listedHome();
  if (isAbsolute(listed)) return listed;
  throw new UserError({
    what: 'the home folder is unknown',
    why: `HOME is ${env['HOME'] === undefined ? 'not set' : JSON.stringify(home)}, and user ${process.getuid?.()} is not in the user database`,
    next: 'set HOME to an absolute path, or KERNEL_MATRIX_CACHE to the folder for downloads and images',
    kind: 'host',
  });
}

function listedHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // A uid that is not in /etc/passwd, as in containers.
    return '';
  }
}
