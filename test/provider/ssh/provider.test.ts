import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { SshMachineConfig } from '../../../src/config/plan.js';
import { UserError } from '../../../src/host/user-error.js';
import { REMEMBER_DEFAULT_KERNEL, RESTORE_DEFAULT_KERNEL } from '../../../src/provider/ssh/default-entry.js';
import { sshProvider } from '../../../src/provider/ssh/provider.js';
import { statementOf } from '../../../src/provider/ssh/statement.js';
import { kernelRow, plan } from '../../fixtures/build.js';
import { TestServer } from '../../remote/server.js';
import { FakeSession, rejection, type Answers } from '../../guest/fakes.js';
import { lacking, SSH_KEYGEN } from '../../needs.js';

const config: SshMachineConfig = {
  provider: 'ssh',
  host: 'lab',
  port: 22,
  user: 'root',
  key: '/k',
  host_key: 'ssh-ed25519 AAAA',
  consent: true,
};
const forever = new AbortController().signal;
const healthy: Answers = (command) => (command.startsWith('nproc') ? '8\nMemTotal:       16266528 kB\n' : '');

function provider(of: Partial<SshMachineConfig> = {}, answers: Answers = healthy) {
  const sessions: FakeSession[] = [];
  const notes: string[] = [];
  let reachable = true;
  const made = sshProvider(
    { config: { ...config, ...of }, timeouts: { boot: 9, command: 5 }, onNote: (note) => notes.push(note) },
    () => {
      if (!reachable) return Promise.reject(new Error('no route to host'));
      const session = new FakeSession(answers);
      sessions.push(session);
      return Promise.resolve(session);
    },
  );
  const commands = () => sessions.flatMap((session) => session.commands);
  return { made, sessions, notes, commands, unplug: () => (reachable = false) };
}

describe('an existing host', () => {
  it('is not even connected to without consent', async () => {
    const { made, sessions } = provider({ consent: false });
    const error = await rejection(made.start('m1', '/f', forever));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('--yes');
    expect(sessions).toEqual([]);
  });

  it('has its default kernel remembered before anything is changed, and restored at the end, once', async () => {
    const { made, commands, sessions } = provider();
    const machine = await made.start('m1', '/f', forever);
    expect(machine.facts).toMatchObject({ provider: 'ssh', cpus: 8, memoryMib: 15885, address: 'lab:22' });
    await machine.destroy();
    await machine.destroy();
    expect(commands().slice(1)).toEqual([REMEMBER_DEFAULT_KERNEL, RESTORE_DEFAULT_KERNEL]);
    expect(sessions.every((session) => session.closed)).toBe(true);
  });

  it('is never powered off or rebooted by the provider', async () => {
    const { made, commands } = provider();
    await (await made.start('m1', '/f', forever)).destroy();
    expect(commands().join('\n')).not.toMatch(/reboot(?!e)|poweroff|shutdown|halt/);
  });

  it('is left alone if its default cannot be told', async () => {
    const answers: Answers = (command) =>
      command === REMEMBER_DEFAULT_KERNEL ? { code: 127, stderr: 'grubby: not found' } : '8\n';
    const { made, commands } = provider({}, answers);
    const error = await rejection(made.start('m1', '/f', forever));
    expect(error.message).toContain('nothing was changed');
    expect(error.message).toContain('grubby: not found');
    expect(commands()).not.toContain(RESTORE_DEFAULT_KERNEL);
  });

  it('that is gone at the end is told of, with the command that restores it', async () => {
    const { made, notes, unplug } = provider();
    const machine = await made.start('m1', '/f', forever);
    unplug();
    await machine.destroy();
    expect(notes).toEqual([expect.stringContaining('no route to host')]);
    expect(notes[0]).toContain(RESTORE_DEFAULT_KERNEL);
  });

  it('is worked on through sudo where the user is not root', async () => {
    const { made, commands } = provider({ user: 'centos' });
    const session = await (await made.start('m1', '/f', forever)).connect(5, forever);
    await session.run("echo 'a b' $(id)", { timeout: 5 });
    expect(commands().at(-1)).toBe("sudo -n -H -- sh -c 'echo '\\''a b'\\'' $(id)'");
  });

  it.skipIf(lacking(SSH_KEYGEN))('is logged in to with whichever of the keys in ~/.ssh it knows', async () => {
    const server = await new TestServer(
      (command, channel) => {
        channel.write(command.startsWith('nproc') ? '8\nMemTotal: 16266528 kB\n' : '');
        channel.exit(0);
        channel.end();
      },
      { keys: 2, takes: [1] },
    ).start();
    const home = mkdtempSync(join(tmpdir(), 'km-home-'));
    vi.stubEnv('HOME', home);
    try {
      mkdirSync(join(home, '.ssh'));
      for (const [index, name] of ['id_ed25519', 'id_rsa'].entries()) {
        copyFileSync(server.keyFiles[index]!, join(home, '.ssh', name));
      }
      const { type, key } = server.publicKey();
      const { host, port } = server.address();
      const { key: _, ...keyless } = config;
      const made = sshProvider({
        config: { ...keyless, host, port, host_key: `${type} ${key}` },
        timeouts: { boot: 60, command: 5 },
        onNote: () => undefined,
      });
      const machine = await made.start('m1', '/f', forever);
      expect(machine.facts.cpus).toBe(8);
      expect(server.offered).toEqual([[0, 1]]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(home, { recursive: true });
      await server.stop();
    }
  });

  it('is told what will be changed on it', () => {
    const text = statementOf({ ...plan([kernelRow('4.4')]), machine: config });
    expect(text).toMatch(/^root@lab:22 will be changed:\n/);
    for (const word of [
      'EVERY container',
      'daemon.json',
      'grub.cfg',
      'rebooted 1 times',
      'neither rebooted nor powered off',
    ])
      expect(text).toContain(word);
    expect(statementOf(plan([]))).toBe('');
  });
});
