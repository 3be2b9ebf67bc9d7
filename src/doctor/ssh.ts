import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import type { SshMachineConfig } from '../config/plan.js';
import { UserError } from '../host/user-error.js';
import { hostKeysOf } from '../machine/ssh/known-hosts.js';
import { bad, good, type Finding } from './finding.js';

/** Milliseconds a host may take to greet. */
const GREETING_MS = 10_000;

/** Whether an existing host's SSH server answers and the key is there. Nobody logs in: that could change something. */
export async function existingHost(machine: SshMachineConfig): Promise<Finding[]> {
  const where = `${machine.host}:${machine.port}`;
  const key =
    machine.key === undefined || existsSync(machine.key)
      ? good('SSH key', machine.key ?? 'the first of ~/.ssh/id_ed25519, id_ecdsa, id_rsa')
      : bad('SSH key', `${machine.key} is not there`, 'correct key: under machine: in kernels.yaml');
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
    const [greeting] = (await once(socket, 'data')) as [Buffer];
    const line = greeting.toString('latin1').split('\n')[0]!.trim();
    return [
      key,
      known,
      line.startsWith('SSH-') ? good('host', `${where} answers: ${line}`) : bad('host', `${where} is no SSH server`),
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
