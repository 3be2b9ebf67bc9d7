/** A server's public key, in the form of the second and third field of a line of known_hosts. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  type: string;
  /** Base64. */
  key: string;
}

/** A server presented another key than the machine's, so it is not the machine. A retry does not help. */
export class OtherServer extends Error {
  override readonly name = 'OtherServer';
  constructor(machine: string, place: string, expected: readonly HostKey[], shown: HostKey) {
    super(
      `${machine}: another server answers at ${place}: its key is ${shown.type} ${shown.key}, ` +
        `expected ${expected.map(({ type, key }) => `${type} ${key}`).join(' or ')}; no login was attempted`,
    );
  }
}

/** Parses a key in the form that a server sends: its type is the first field (RFC 4253 section 6.6). */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  const type = length > 0 && length <= 64 ? blob.toString('latin1', 4, 4 + length) : '';
  return { type: /^[\w@.-]+$/.test(type) ? type : '(unknown)', key: blob.toString('base64') };
}

/**
 * The signature algorithms to request from the server so that it presents a key of these types. An RSA key has three algorithms
 * (RFC 8332).
 */
export function algorithmsFor(keys: readonly HostKey[]): string[] {
  const types = [...new Set(keys.map(({ type }) => type))];
  return types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]));
}

/** The keys of a host in known_hosts. */
export interface KnownHosts {
  keys: HostKey[];
  /** Keys that must not be accepted from it, even if other lines have them. */
  revoked: HostKey[];
}

/** Parses lines of known_hosts as `ssh-keygen -F` prints them. `@cert-authority` is skipped: certificates are not supported. */
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
