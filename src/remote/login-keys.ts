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

/** A file that should have held a private key, and why it is not offered. */
interface UnusableKey {
  file: string;
  reason: string;
}

/** The server answers, and takes none of the keys: to wait longer would not help. */
export class KeysRefused extends UserError {}

/**
 * The private keys of a login, offered one after the other as ssh does, over as many connections as it takes: a server that
 * allows few attempts (`MaxAuthTries` of sshd_config(5), 6 by default) ends a connection before all were offered.
 */
export class LoginKeys {
  private readonly refused = new Set<LoginKey>();
  private offered: LoginKey | undefined;
  /** What the server said it would take instead, the last time that it refused. */
  private methods: readonly string[] = [];
  private partial = false;

  private constructor(
    private readonly usable: readonly LoginKey[],
    private readonly unusable: readonly UnusableKey[],
  ) {}

  /**
   * Reads the keys. As with ssh, a file that is not there, that is encrypted, or that holds no private key is passed over.
   * @param files paths, in the order in which they are offered.
   * @throws UserError if none of them can be used, with the reason of each.
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
      what: `${machine}: no private key can be used to log in`,
      where: files.join(', ') || '(no key is named)',
      why: unusable.map(({ file, reason }) => `${file}: ${reason}`).join('\n  '),
      next: 'name a key without a passphrase, of a type that OpenSSH reads (ssh-keygen -y -f FILE shows whether it is one)',
    });
  }

  /** Keys that were not refused so far. */
  get left(): number {
    return this.usable.length - this.refused.size;
  }

  /**
   * What is offered in one connection, in the form of ssh2's `authHandler`: called for each attempt, with what the server
   * said to the one before (null at first). `false` ends the connection.
   */
  offers(username: string): (left: AuthenticationType[] | null, partial: boolean | null) => AnyAuthMethod | false {
    this.offered = undefined;
    return (left, partial) => {
      if (this.offered) this.refused.add(this.offered);
      if (left) this.methods = left;
      this.partial ||= partial === true;
      // A server that takes no keys at all need not see them.
      if (left && !left.includes('publickey')) for (const key of this.usable) this.refused.add(key);
      this.offered = this.usable.find((key) => !this.refused.has(key));
      return this.offered ? { type: 'publickey', username, key: this.offered.key } : false;
    };
  }

  /** Told how a connection ended: sshd says so, and not that it refuses the key, at the last attempt that it allows. */
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
        ? `${machine}: the SSH server takes a key, and wants more than a key`
        : `${machine}: the SSH server answers and refuses every key`,
      where: place,
      why: `${lines.join('\n  ')}\n  it goes on with: ${methods}`,
      next: "add the public half of one of these keys to the user's ~/.ssh/authorized_keys there, or name another key; the server's own log tells why it refuses",
    });
  }
}

/** The key in a file, or why there is none. */
async function readKey(file: string): Promise<ParsedKey | string> {
  let content: Buffer;
  try {
    // A device or a FIFO would never end.
    const found = await stat(file);
    if (!found.isFile()) return 'no regular file';
    const { size } = found;
    if (size > LONGEST_KEY_FILE) return `too long for a key (${size} bytes)`;
    content = await readFile(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
  }
  // Of several keys in one file, each would do; ssh-keygen writes one.
  const { default: ssh2 } = await import('ssh2');
  const parsed = ssh2.utils.parseKey(content) as ParsedKey | ParsedKey[] | Error;
  if (parsed instanceof Error) return plain(parsed.message);
  const key = [parsed].flat().find((each) => each.isPrivateKey());
  return key ?? 'it holds a public key only';
}
