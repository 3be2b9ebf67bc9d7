import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { UserError } from '../../src/host/user-error.js';
import { KeysRefused, LoginKeys } from '../../src/remote/login-keys.js';
import { connect } from '../../src/remote/ssh.js';
import { rejection } from '../guest/fakes.js';
import { TestServer, type Gate } from './server.js';
import { lacking, SSH_KEYGEN } from '../needs.js';

const folder = mkdtempSync(join(tmpdir(), 'km-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const forever = new AbortController().signal;
/** Seconds: none of these tests may come near. */
const DEADLINE = 120;

let server: TestServer | undefined;
afterEach(() => server?.stop());
async function serverOf(gate: Gate): Promise<TestServer> {
  server = await new TestServer((_command, channel) => channel.exit(0), gate).start();
  return server;
}

it.skipIf(lacking(SSH_KEYGEN)).each([
  ['the second', { keys: 2, takes: [1] }, [[0, 1]]],
  ['the last of many', { keys: 5, takes: [4] }, [[0, 1, 2, 3, 4]]],
  [
    'the last, where a connection may offer two only',
    { keys: 4, takes: [3], tries: 2 },
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
  ],
])('every key is offered in turn: %s', async (_, gate, offered) => {
  const there = await serverOf(gate);
  const session = await connect(there.address(), DEADLINE, forever);
  session.close();
  expect(there.offered).toEqual(offered);
});

it.skipIf(lacking(SSH_KEYGEN)).each([
  ['that refuses every key', { keys: 2, takes: [] }, 'refuses every key'],
  ['that takes passwords only', { keys: 2, takes: [], methods: ['password'] }, 'password'],
  ['that wants a password beside the key', { keys: 1, wantsMore: true }, 'wants more than a key'],
] satisfies [string, Gate, string][])('a server %s is told as that, at once', async (_, gate, words) => {
  const there = await serverOf(gate);
  const error = await rejection(connect(there.address(), DEADLINE, forever));
  expect(error).toBeInstanceOf(KeysRefused);
  expect(error.message).toContain(words);
  for (const file of there.keyFiles) expect(error.message).toContain(`${file} (ssh-ed25519)`);
  expect(there.connections).toBe(1);
});

it.skipIf(lacking(SSH_KEYGEN))(
  'a file that ssh would pass over is passed over, with its reason if no other key is taken',
  async () => {
    const there = await serverOf({ keys: 1 });
    const locked = join(folder, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', locked]);
    const junk = join(folder, 'junk');
    writeFileSync(junk, 'no key');
    const passedOver = [join(folder, 'none'), locked, `${locked}.pub`, junk, folder];
    const session = await connect(
      { ...there.address(), keyFiles: [...passedOver, ...there.keyFiles] },
      DEADLINE,
      forever,
    );
    session.close();
    const before = there.connections;
    const error = await rejection(connect({ ...there.address(), keyFiles: passedOver }, DEADLINE, forever));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('no private key can be used');
    for (const reason of ['no such file', 'passphrase', 'a public key only', 'no regular file']) {
      expect(error.message).toContain(reason);
    }
    expect(there.connections).toBe(before);
  },
);

it.skipIf(lacking(SSH_KEYGEN))(
  'a connection that ends for too many refusals has refused the key it was offered last',
  async () => {
    const there = await serverOf({ keys: 2 });
    const login = await LoginKeys.read('m1', there.keyFiles);
    login.offers('root')(null, null);
    login.ended('read ECONNRESET');
    expect(login.left).toBe(2);
    login.ended('Too many authentication failures');
    expect(login.left).toBe(1);
  },
);
