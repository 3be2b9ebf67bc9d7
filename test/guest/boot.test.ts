import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootNotProven, rebootAndProve, selectKernel, type BootTarget } from '../../src/guest/boot.js';
import { debianGuest } from '../../src/guest/debian/debian.js';
import type { BootLoader } from '../../src/guest/guest.js';
import { GuestShell } from '../../src/remote/guest-shell.js';
import { MachineFailure } from '../../src/provider/machine.js';
import { CommandTimeout, ConnectionLost, type Session } from '../../src/remote/session.js';
import { kernelRow, plan } from '../fixtures/build.js';
import { FakeMachine, FakeSession, rejection, table, TempJournal, type Answer } from './fakes.js';

const COMMANDS = { menu: 'menu', select: (entry: string) => `select ${entry}`, readBack: 'read', reboot: 'reboot' };
const loader: BootLoader = { ...debianGuest(plan([])).bootLoader, ...COMMANDS };
const target: BootTarget = { kernel: '6.1', entry: 'k-6.1', release: '6.1.0-56-amd64' };
const MENU =
  "menuentry 'Linux (boot)' --id 'k-boot' {\nmenuentry 'Linux (6.1)' --id 'k-6.1' {\nmenuentry '6.12' --id 'k-6.12' {\n";
const forever = new AbortController().signal;

let journal: TempJournal;
beforeEach(() => {
  journal = new TempJournal([kernelRow('6.1')]);
});
afterEach(() => journal.remove());

const shellOf = (session: Session): GuestShell => new GuestShell(session, journal.writer, '6.1', 60);

describe('selectKernel', () => {
  const select = (answers: Record<string, Answer>, of = target) => {
    const session = new FakeSession(table({ [`select ${of.entry}`]: '', ...answers }));
    return { session, done: selectKernel(shellOf(session), loader, of, journal.writer) };
  };

  it('selects the entry, reads it back and cites the commands', async () => {
    const { session, done } = select({ menu: MENU, read: 'saved_entry=k-6.1\nother=1\n' });
    await done;
    expect(session.commands).toEqual(['menu', 'select k-6.1', 'read']);
    const [selected] = journal.of('boot.selected');
    expect(selected).toMatchObject({ kernel: '6.1', entry: 'k-6.1', readBack: 'k-6.1' });
    expect(selected?.from).toEqual(journal.of('command').map((command) => command.seq));
  });

  it('selects nothing that the menu has not, and shows the menu', async () => {
    const missing = { ...target, entry: 'k-6' };
    const { session, done } = select({ menu: MENU }, missing);
    const error = await rejection(done);
    expect(error).toBeInstanceOf(BootNotProven);
    expect(error.message).toContain('no entry k-6;');
    expect(error.message).toContain("'k-6.12'");
    expect(session.commands).toEqual(['menu']);
  });

  it.each([
    ['another entry', 'saved_entry=k-boot\n', 'reads k-boot'],
    ['a longer one', 'saved_entry=k-6.12\n', 'reads k-6.12'],
    ['nothing', '', 'reads (nothing)'],
  ])('refuses a menu that took %s, with the fact in the journal', async (_, read, words) => {
    const error = await rejection(select({ menu: MENU, read }).done);
    expect(error).toBeInstanceOf(BootNotProven);
    expect(error.message).toContain(words);
    expect(journal.of('boot.selected')).toHaveLength(1);
  });
});

describe('rebootAndProve', () => {
  const booted = (more: { id?: Answer; release?: string; entry?: string; reboot?: Answer } = {}) =>
    new FakeSession(
      table({
        'cat /proc/sys/kernel/random/boot_id': more.id ?? 'new-boot\n',
        'uname -r': `${more.release ?? '6.1.0-56-amd64'}\n`,
        'cat /proc/cmdline': `root=/dev/vda1 km.cgroup=v1 km.entry=${more.entry ?? 'k-6.1'} quiet\n`,
        reboot: more.reboot ?? '',
      }),
    );
  const oldBoot = (reboot: Answer = '') => booted({ id: 'old-boot\n', release: '5.10.0', entry: 'k-boot', reboot });

  const reboot = (old: FakeSession, sessions: FakeSession[], deadline = 30) => {
    const machine = new FakeMachine('m1', () => sessions.shift() ?? oldBoot());
    const context = { machine, journal: journal.writer, deadline, commandTimeout: 60, signal: forever };
    return { machine, proven: rebootAndProve(shellOf(old), loader, target, context) };
  };

  it('returns the session of the new boot, with the proof in the journal', async () => {
    const old = oldBoot();
    const next = booted();
    const shell = await reboot(old, [next]).proven;
    expect(shell.session).toBe(next);
    expect(old.closed).toBe(true);
    const [proof] = journal.of('boot.proven');
    expect(proof).toMatchObject({
      kernel: '6.1',
      bootIdBefore: 'old-boot',
      bootIdAfter: 'new-boot',
      releaseExpected: '6.1.0-56-amd64',
      release: '6.1.0-56-amd64',
      entryExpected: 'k-6.1',
      entry: 'k-6.1',
    });
    const cited = journal.of('command').filter((command) => proof?.from.includes(command.seq));
    expect(cited.map((command) => command.stdout.trim())).toEqual([
      'old-boot',
      'new-boot',
      '6.1.0-56-amd64',
      expect.stringContaining('km.entry=k-6.1'),
    ]);
  });

  it('takes a connection that is lost during the reboot for what a reboot is', async () => {
    const lost = new ConnectionLost('m1', 'reboot', 'the connection closed');
    await reboot(oldBoot(lost), [booted()]).proven;
    expect(journal.of('boot.proven')).toHaveLength(1);
  });

  it('does not go on after a reboot that could not be ordered', async () => {
    const stuck = new CommandTimeout('m1', 'reboot', 60, '');
    expect(await rejection(reboot(oldBoot(stuck), [booted()]).proven)).toBe(stuck);
  });

  it('does not take an sshd of the old boot for the new one', async () => {
    const still = oldBoot();
    const next = booted();
    const shell = await reboot(oldBoot(), [still, next]).proven;
    expect(still.closed).toBe(true);
    expect(shell.session).toBe(next);
    expect(journal.of('boot.proven').map((proof) => proof.bootIdAfter)).toEqual(['new-boot']);
  });

  it('connects again after an sshd that is going down', async () => {
    const dropping = booted({ id: new ConnectionLost('m1', 'cat', 'the connection closed') });
    const next = booted();
    expect((await reboot(oldBoot(), [dropping, next]).proven).session).toBe(next);
    expect(dropping.closed).toBe(true);
  });

  it('gives up on a machine that never reboots', async () => {
    const error = await rejection(reboot(oldBoot(), [], 0.1).proven);
    expect(error).toBeInstanceOf(BootNotProven);
    expect(error.message).toContain('still the same boot (old-boot) 0.1 s after');
    expect(journal.of('boot.proven')).toEqual([]);
  });

  it.each([
    ['another release', { release: '6.12.117-amd64' }, 'but 6.12.117-amd64 came up through k-6.1'],
    ['another entry', { entry: 'k-boot' }, 'but 6.1.0-56-amd64 came up through k-boot'],
    ['an entry that only ends alike', { entry: 'k-6.1b' }, 'came up through k-6.1b'],
  ])('refuses %s, with the fact in the journal', async (_, more, words) => {
    const next = booted(more);
    const error = await rejection(reboot(oldBoot(), [next]).proven);
    expect(error).toBeInstanceOf(BootNotProven);
    expect(error.message).toContain(words);
    expect(next.closed).toBe(true);
    expect(journal.of('boot.proven')).toHaveLength(1);
  });

  it('refuses a kernel that does not say through which entry it came', async () => {
    const next = new FakeSession((command) => {
      if (command === 'cat /proc/cmdline') return 'root=/dev/vda1 xkm.entry=k-6.1\n';
      return command === 'uname -r' ? '6.1.0-56-amd64\n' : 'new-boot\n';
    });
    expect((await rejection(reboot(oldBoot(), [next]).proven)).message).toContain('through an unknown entry');
  });

  it('ends with the death of the machine', async () => {
    const old = oldBoot();
    const { machine, proven } = reboot(old, []);
    machine.die('Kernel panic - not syncing: VFS');
    expect(await rejection(proven)).toBeInstanceOf(MachineFailure);
  });
});
