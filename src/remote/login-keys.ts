import { readFile, stat } from 'node:fs/promises';
import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2';
import { plain } from '../base/text/plain.js';
import { UserError } from '../host/user-error.js';

/** Longest private key file that is read, in bytes. An RSA key of 16,384 bits has 13 KiB. */
const LONGEST_KEY_FILE = 256 * 1024;

/** A private key that can be offered to a server. */
interface LoginKey {
  file: string;
  key: ParsedKey;
}

/** A file without a usable private key, and the reason. */
interface UnusableKey {
  file: string;
  reason: string;
}

/** The server answers and accepts none of the keys, so waiting does not help. */
export class KeysRefused extends UserError {}

/**
 * The private keys of a login, offered one after the other, as ssh does. This may take several connections: a server limits the
 * attempts per connection (`MaxAuthTries` of sshd_config(5), 6 by default).
 */
export class LoginKeys {
  private readonly refused = new Set<LoginKey>();
  private offered: LoginKey | undefined;
  /** The methods that the server offered with its last refusal. */
  private methods: readonly string[] = [];
  private partial = false;

  private constructor(
    private readonly usable: readonly LoginKey[],
    private readonly unusable: readonly UnusableKey[],
  ) {}

  /**
   * Reads the keys. As with ssh, a file that is missing, encrypted, or without a private key is skipped.
   * @param files paths, in the order in which they are offered.
   * @throws UserError if none is usable, with the reason for each.
   */
  static async read(machine: string, files: readonly string[]): Promise<LoginKeys> {
    const usable: LoginKey[] = [];
    const unusable: UnusableKey[] = [];
    for (const file of new Set(files)) {
      const found = await readKey(file);
      if (typeof found === 'string') unusable.push({ file, reason: found });
      else usable.push({ file, key: found });
    }
    if (usable.length > 0) return new LoginKeys(usable, unusable);
    throw new UserError({
      what: `${machine}: there is no usable private key for the login`,
      where: files.join(', ') || '(no key is named)',
      why: unusable.map(({ file, reason }) => `${file}: ${reason}`).join('\n  '),
      next: 'name an OpenSSH key without a passphrase (check it with ssh-keygen -y -f FILE)',
    });
  }

  /** Number of keys that were not refused yet. */
  get left(): number {
    return this.usable.length - this.refused.size;
  }

  /**
   * The `authHandler` of ssh2 for one connection. ssh2 calls it for each attempt, with the server's answer to the one before (null at
   * first). `false` ends the connection.
   */
  offers(username: string): (left: AuthenticationType[] | null, partial: boolean | null) => AnyAuthMethod | false {
    this.offered = undefined;
    return (left, partial) => {
      if (this.offered) this.refused.add(this.offered);
      if (left) this.methods = left;
      this.partial ||= partial === true;
      // The server does not accept keys at all.
      if (left && !left.includes('publickey')) for (const key of this.usable) this.refused.add(key);
      this.offered = this.usable.find((key) => !this.refused.has(key));
      return this.offered ? { type: 'publickey', username, key: this.offered.key } : false;
    };
  }

  /** Reports how a connection ended: at the last allowed attempt, sshd ends the connection instead of refusing the key. */
  ended(message: string): void {
    if (this.offered && /too many authentication failures/i.test(message)) this.refused.add(this.offered);
  }

  /** The error once no key is left. @param place `user@host:port`. */
  error(machine: string, place: string): KeysRefused {
    const methods = this.methods.map(plain).join(', ') || 'nothing else';
    const lines = [
      ...this.usable.map(({ file, key }) => `${file} (${key.type}): ${this.partial ? 'not enough' : 'refused'}`),
      ...this.unusable.map(({ file, reason }) => `${file}: not offered, ${reason}`),
    ];
    return new KeysRefused({
      what: this.partial
        ? `${machine}: the SSH server accepts a key, and requires a second method`
        : `${machine}: the SSH server answers and refuses every key`,
      where: place,
      why: `${lines.join('\n  ')}\n  remaining methods: ${methods}`,
      next: "add the public half of one of these keys to the user's ~/.ssh/authorized_keys there, or name another key; the server's log has the reason",
    });
  }
}

/** The key in a file, or why there is none. */
async function readKey(file: string): Promise<ParsedKey | string> {
  let content: Buffer;
  try {
    // Reading a device or a FIFO might not end.
    const found = await stat(file);
    if (!found.isFile()) return 'not a regular file';
    const { size } = found;
    if (size > LONGEST_KEY_FILE) return `too large for a key (${size} bytes)`;
    content = await readFile(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
  }
  // A file may contain several keys; the first private one is used.
  const { default: ssh2 } = await import('ssh2');
  const parsed = ssh2.utils.parseKey(content) as ParsedKey | ParsedKey[] | Error;
  if (parsed instanceof Error) return plain(parsed.message);
  const key = [parsed].flat().find((each) => each.isPrivateKey());
  return key ?? 'contains only a public key';
}
