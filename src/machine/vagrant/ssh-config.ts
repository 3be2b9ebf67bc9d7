/** How to reach a machine, out of `vagrant ssh-config`. */
export interface SshConfig {
  host: string;
  port: number;
  user: string;
  /** Private keys, in the order they would be tried. */
  keys: string[];
}

/** `vagrant ssh-config` printed something that names no way to a machine. */
export class BadSshConfig extends Error {
  override readonly name = 'BadSshConfig';
}

/**
 * Reads the section of one machine. The format is ssh_config(5): `Keyword value`, with a value in double quotes where it has
 * blanks in it, keywords in any case, the first value of a keyword counting (IdentityFile may come several times).
 * @throws BadSshConfig
 */
export function parseSshConfig(text: string, machine: string): SshConfig {
  const values = new Map<string, string[]>();
  let ours = false;
  for (const line of text.split(/\r?\n/)) {
    const found = /^([A-Za-z]+)(?:\s*=\s*|\s+)(?:"([^"]*)"|(\S.*))$/.exec(line.trim());
    if (!found) continue;
    const key = found[1]!.toLowerCase();
    const value = found[2] ?? found[3] ?? '';
    if (key === 'host') ours = value.split(/\s+/).includes(machine);
    else if (ours) values.set(key, [...(values.get(key) ?? []), value]);
  }
  const host = values.get('hostname')?.[0];
  const port = Number(values.get('port')?.[0] ?? 22);
  const keys = values.get('identityfile') ?? [];
  if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65535 || keys.length === 0) {
    throw new BadSshConfig(`vagrant ssh-config names no way to ${machine}: ${text.trim() || '(it said nothing)'}`);
  }
  return { host, port, user: values.get('user')?.[0] ?? 'vagrant', keys };
}
