import { excerpt } from '../../base/text/excerpt.js';
import { plainLines } from '../../base/text/plain.js';
import { UserError } from '../../host/user-error.js';
import { expandTokens, readSection } from './ssh-config-file.js';

/** How to reach a machine, out of `vagrant ssh-config`. */
export interface SshConfig {
  host: string;
  port: number;
  user: string;
  /** Paths of private keys, in the order in which ssh offers them. Vagrant 2.4 names one a type of key. */
  keys: string[];
}

/** `vagrant ssh-config` printed something that names no way to a machine. */
export class BadSshConfig extends UserError {}

/**
 * The way to one machine, by the rules of ssh_config(5): the first value of a keyword counts, every IdentityFile does.
 * Algorithms (`PubkeyAcceptedKeyTypes`, `HostKeyAlgorithms`) and what concerns known hosts are passed over: the keys of the
 * guest are checked by this program, and any algorithm is offered.
 * @throws BadSshConfig
 */
export function parseSshConfig(text: string, machine: string): SshConfig {
  const values = readSection(text, machine);
  const first = (keyword: string) => values.get(keyword)?.[0];
  const user = first('user') ?? 'vagrant';
  const host = first('hostname')?.replaceAll('%h', machine);
  const port = Number(first('port') ?? 22);
  if (host === undefined || host === '') throw bad(text, machine, 'it has no HostName');
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw bad(text, machine, 'its Port is no port');
  for (const detour of ['proxycommand', 'proxyjump']) {
    if ((first(detour) ?? 'none').toLowerCase() !== 'none') {
      throw bad(text, machine, 'the machine is behind a proxy, which is not supported: use a hypervisor of this host');
    }
  }
  const named = (values.get('identityfile') ?? []).filter((each) => each.toLowerCase() !== 'none');
  const keys = [...new Set(named.map((each) => expandTokens(each, { host, port, user, machine })))];
  if (keys.length === 0) throw bad(text, machine, 'it has no IdentityFile');
  return { host, port, user, keys };
}

function bad(text: string, machine: string, why: string): BadSshConfig {
  return new BadSshConfig({
    what: `vagrant ssh-config names no way to ${machine}`,
    where: `vagrant ssh-config ${machine}`,
    why: `${why}. It says:\n${excerpt(plainLines(text.trim())) || '(it said nothing)'}`,
    next: 'see whether `vagrant ssh-config` of a machine of your own tells its HostName, Port and IdentityFile',
  });
}
