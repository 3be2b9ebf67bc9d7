/** A public key that a server shows, as the second and third word of a line of known_hosts have it. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  type: string;
  /** Base64. */
  key: string;
}

/** A server answered with another key than the machine's: it is not the machine. Trying again would not make it so. */
export class OtherServer extends Error {
  override readonly name = 'OtherServer';
  constructor(machine: string, place: string, expected: readonly HostKey[], shown: HostKey) {
    super(
      `${machine}: another server answers at ${place}: it shows the key ${shown.type} ${shown.key}, ` +
        `expected was ${expected.map(({ type, key }) => `${type} ${key}`).join(' or ')}; nobody has logged in to it`,
    );
  }
}

/** The key in the form a server sends it: its type is the first field (RFC 4253 section 6.6). */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  const type = length > 0 && length <= 64 ? blob.toString('latin1', 4, 4 + length) : '';
  return { type: /^[\w@.-]+$/.test(type) ? type : '(unknown)', key: blob.toString('base64') };
}

/**
 * What is to be asked of the server so that it shows a key of these types and not another of its own: names of signature
 * algorithms, of which an RSA key has three (RFC 8332).
 */
export function algorithmsFor(keys: readonly HostKey[]): string[] {
  const types = [...new Set(keys.map(({ type }) => type))];
  return types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]));
}

/** What known_hosts says of a host. */
export interface KnownHosts {
  keys: HostKey[];
  /** Keys that must never be accepted from it, whatever else has them. */
  revoked: HostKey[];
}

/** Lines of known_hosts as `ssh-keygen -F` prints them. `@cert-authority` is passed over: certificates are not supported. */
export function parseKnownHosts(text: string): KnownHosts {
  const found: KnownHosts = { keys: [], revoked: [] };
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [name, type, key] = words;
    if (!name || name.startsWith('#') || !type || !key) continue;
    if (marker === undefined) found.keys.push({ type, key });
    else if (marker === '@revoked') found.revoked.push({ type, key });
  }
  return found;
}
