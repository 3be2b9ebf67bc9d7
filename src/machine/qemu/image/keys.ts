import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../host/cache.js';
import { withLock } from '../../../host/lock.js';
import { runTool } from '../../../host/tool.js';

/** Key pairs of the embedded guests of this user: one to log in with, one that the guest's sshd shows. */
export interface GuestKeys {
  /** Path of the private key to log in with. */
  client: string;
  clientPublic: string;
  /** Path of the guest's host key. */
  host: string;
  /** The host key's public part in base64, to check the server against. */
  hostPublicBase64: string;
  hostPublic: string;
}

/** Makes the keys once per cache. They open nothing but guests that listen on 127.0.0.1 of this host. */
export async function ensureKeys(signal: AbortSignal): Promise<GuestKeys> {
  const folder = cacheFolder('ssh');
  const client = join(folder, 'login_ed25519');
  const host = join(folder, 'host_ed25519');
  await withLock(join(folder, 'keys'), { signal }, async () => {
    for (const [file, comment] of [
      [client, 'kernel-matrix login'],
      [host, 'kernel-matrix guest'],
    ] as const) {
      if (existsSync(file) && existsSync(`${file}.pub`)) continue;
      await runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file], {
        timeout: 30,
        purpose: 'making a key for the guests',
        input: 'y\n',
        signal,
      });
    }
  });
  const hostPublic = readFileSync(`${host}.pub`, 'utf8');
  return {
    client,
    clientPublic: readFileSync(`${client}.pub`, 'utf8'),
    host,
    hostPublic,
    hostPublicBase64: hostPublic.split(' ')[1] ?? '',
  };
}
