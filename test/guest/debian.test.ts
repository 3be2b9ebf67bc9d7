import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { debianGuest } from '../../src/guest/debian/debian.js';
import { RuntimeNotReady } from '../../src/runtime/runtime.js';
import { GuestShell } from '../../src/remote/guest-shell.js';
import { kernelRow, plan } from '../fixtures/build.js';
import { FakeSession, rejection, TempJournal, type Answers } from './fakes.js';

let journal: TempJournal;
beforeEach(() => {
  journal = new TempJournal([kernelRow('5.10')]);
});
afterEach(() => journal.remove());

const { timeouts } = plan([]);
const guest = debianGuest(plan([]));

async function prepare(answers: Answers): Promise<string[]> {
  const session = new FakeSession(answers);
  await guest.prepare(new GuestShell(session, journal.writer, null, 60));
  return session.commands;
}

describe('the Debian guest', () => {
  it('imports the container image once', async () => {
    const imported = (commands: string[]) => commands.filter((command) => command.startsWith('docker import'));
    const without: Answers = (command) => (command.startsWith('docker image inspect') ? { code: 1 } : '20.10.5\n');
    expect(imported(await prepare(without))).toEqual([expect.stringMatching(/ nginx$/)]);
    expect(imported(await prepare(() => 'ok\n'))).toEqual([]);
  });

  it('gives the daemon its deadline, and shows its log if it does not answer', async () => {
    const answers: Answers = (command, { timeout }) => {
      if (command.startsWith('tail ')) return 'level=fatal msg="Devices cgroup isn\'t mounted"\n';
      expect(timeout).toBeGreaterThan(timeouts.docker);
      return { code: 1 };
    };
    const error = await rejection(prepare(answers));
    expect(error).toBeInstanceOf(RuntimeNotReady);
    expect(error.message).toContain(`m1: dockerd does not answer after ${timeouts.docker} s`);
    expect(error.message).toContain("Devices cgroup isn't mounted");
  });

  it('gives memory back, and does not mind a kernel that cannot', async () => {
    const session = new FakeSession(() => ({ code: 1 }));
    await guest.giveBack!(new GuestShell(session, journal.writer, null, 60));
    expect(session.commands).toEqual(['modprobe -q virtio_balloon']);
  });

  it('quotes a menu entry', () => {
    expect(guest.bootLoader.select("k-it's")).toBe("grub-set-default 'k-it'\\''s'");
  });
});
