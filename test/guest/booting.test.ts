import { describe, expect, it, vi } from 'vitest';
import { BOOT_PATIENCE, BootDeadline, BootFailed, connectBooting } from '../../src/guest/booting.js';
import { ConnectTimeout } from '../../src/remote/ssh.js';
import { FakeMachine, FakeSession, rejection } from './fakes.js';

const forever = new AbortController().signal;
const ADDRESS = { machine: 'm1', host: '127.0.0.1', port: 1, username: 'root', keyFiles: ['/k'] };
const LINUX = '[    0.000000] Linux version 6.1.0-56-cloud-amd64 (debian)';

/** A machine whose attempts to connect take ten seconds each, told by a clock of its own. */
function booting(attempt: (machine: FakeMachine, count: number) => FakeSession | undefined) {
  const time = { now: 0 };
  let count = 0;
  const machine: FakeMachine = new FakeMachine(
    'm1',
    () => {
      time.now += 10_000;
      count += 1;
      const session = attempt(machine, count);
      if (session) return session;
      throw new ConnectTimeout(ADDRESS, 10, ['connect ECONNREFUSED']);
    },
    undefined,
    undefined,
    () => time.now,
  );
  const connect = (deadline: number) =>
    connectBooting(machine, new BootDeadline(machine, deadline, 0, () => time.now), forever);
  return { machine, time, connect };
}

describe('a boot', () => {
  it('is waited for beyond its deadline as long as the console says something new', async () => {
    const session = new FakeSession(() => '');
    const { machine, time, connect } = booting((own, count) => {
      own.lines.push(`line ${count}`);
      return count === 15 ? session : undefined;
    });
    expect(await connect(60)).toBe(session);
    expect(time.now).toBe(150_000);
    expect(machine.lines).toHaveLength(15);
  });

  it('is given up when the console is silent, with how long and what QEMU says', async () => {
    const { machine, time, connect } = booting((own, count) => {
      if (count <= 3) own.lines.push(`line ${count}`);
      return undefined;
    });
    machine.says = 'QEMU says: paused';
    const error = await rejection(connect(60));
    expect(error).toBeInstanceOf(BootFailed);
    expect(error.message).toBe(
      'm1: no SSH answer within 90 s: silent for 60 s, so the guest is probably dead ' +
        '(console: no new line for 60 s; QEMU says: paused; last attempt: connect ECONNREFUSED)',
    );
    expect(time.now).toBe(90_000);
  });

  it('is not waited for for ever, whatever the console says', async () => {
    const { time, connect } = booting((own, count) => {
      own.lines.push(`line ${count}`);
      return undefined;
    });
    const error = await rejection(connect(60));
    expect(error.message).toContain('still booting, but too slow');
    expect(time.now).toBe(BOOT_PATIENCE * 60_000);
  });

  it('is a loop when the kernel starts for the third time', async () => {
    const { time, connect } = booting((own, count) => {
      own.lines.push(LINUX, `[    1.000000] last words ${count}`);
      return undefined;
    });
    const error = await rejection(connect(600));
    expect(error.message).toBe(
      'm1: boot loop: the kernel started 3 times without an answer; its last output: last words 2',
    );
    expect(time.now).toBe(30_000);
  });

  it('is a loop when the machine starts for the third time and no kernel says a word', async () => {
    const { time, connect } = booting((own) => {
      own.lines.push('error: no such device: 6f96.', "  Booting `Linux 6.1'");
      return undefined;
    });
    const error = await rejection(connect(600));
    expect(error).toBeInstanceOf(BootFailed);
    expect(error.message).toBe(
      'm1: boot loop: the machine started 3 times without kernel output (before it: error: no such device: 6f96.)',
    );
    expect(time.now).toBe(30_000);
  });

  it('is ended by a loop while it is being connected to', async () => {
    vi.useFakeTimers();
    try {
      const machine: FakeMachine = new FakeMachine('m1', () => new FakeSession(() => ''));
      machine.connect = (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      const failed = rejection(connectBooting(machine, new BootDeadline(machine, 600, 0), forever));
      for (let start = 0; start < 3; start += 1) machine.lines.push("  Booting `Linux 6.1'");
      await vi.advanceTimersByTimeAsync(1000);
      expect((await failed).message).toMatch(/without kernel output/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not waited for because a console repeats itself', async () => {
    const { time, connect } = booting((own) => {
      own.lines.push('dracut-initqueue[273]: Warning: dracut-initqueue timeout - starting timeout scripts');
      return undefined;
    });
    expect((await rejection(connect(60))).message).toContain('silent for 60 s');
    expect(time.now).toBe(70_000);
  });

  it('tells what the console complained of when it is given up', async () => {
    const { connect } = booting((own, count) => {
      if (count === 1) own.lines.push("error: file `/vmlinuz' not found.");
      return undefined;
    });
    expect((await rejection(connect(60))).message).toContain("the console printed: error: file `/vmlinuz' not found.");
  });

  it('is no loop for the starts there were before', async () => {
    const session = new FakeSession(() => '');
    const { machine } = booting(() => session);
    machine.lines.push(LINUX, LINUX, LINUX);
    const deadline = new BootDeadline(machine, 60);
    machine.lines.push(LINUX);
    expect(await connectBooting(machine, deadline, forever)).toBe(session);
  });
});
