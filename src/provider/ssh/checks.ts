import { connect, type Socket } from 'node:net';
import { plain } from '../../base/text/plain.js';
import type { SshMachineConfig } from './config.js';
import { UserError } from '../../host/user-error.js';
import { hostKeysOf } from './known-hosts.js';
import { loginKeysOf } from './provider.js';
import { LoginKeys } from '../../remote/login-keys.js';
import { bad, good, type Finding } from '../../base/finding.js';

/** Milliseconds that a host may take to send its SSH greeting. */
const GREETING_MS = 10_000;

/** Whether an existing host's SSH server answers and the keys exist. Does not log in, because that could change something. */
export async function existingHost(machine: SshMachineConfig): Promise<Finding[]> {
  const where = `${machine.host}:${machine.port}`;
  const key = await loginKey(machine);
  const known = await hostKeysOf(machine).then(
    (keys) => good('host key', keys.map(({ type }) => type).join(', ')),
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return bad('host key', error.parts.what, error.parts.next);
    },
  );
  const socket = connect({ host: machine.host, port: machine.port });
  socket.setTimeout(GREETING_MS, () => socket.destroy(new Error(`no greeting within ${GREETING_MS / 1000} s`)));
  try {
    const line = await greetingOf(socket);
    return [
      key,
      known,
      line !== null ? good('host', `${where} answers: ${plain(line)}`) : bad('host', `${where} is not an SSH server`),
    ];
  } catch (error) {
    return [
      key,
      known,
      bad('host', `${where}: ${(error as Error).message}`, `ssh -p ${machine.port} ${machine.user}@${machine.host}`),
    ];
  } finally {
    socket.destroy();
  }
}

/** Whether there is a key for the login. No key is offered. */
async function loginKey(machine: SshMachineConfig): Promise<Finding> {
  try {
    const files = loginKeysOf(machine);
    const { left } = await LoginKeys.read(machine.host, files);
    return good('SSH key', left === files.length ? files.join(', ') : `${left} of ${files.join(', ')}`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { what, why, next } = error.parts;
    return bad('SSH key', [what, why].filter(Boolean).join('\n'), next);
  }
}

/** Limit in bytes for lines before the greeting, which a server is allowed to send (RFC 4253, section 4.2). */
const GREETING_BYTES = 64 * 1024;

/** The line with the server's version; null if the server sends only other lines. */
async function greetingOf(socket: Socket): Promise<string | null> {
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1');
    const line = text.split('\n').find((each) => each.startsWith('SSH-'));
    if (line !== undefined && (text.endsWith('\n') || text.length > GREETING_BYTES)) return line.trim();
    if (text.length > GREETING_BYTES) return null;
  }
  return null;
}
