import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuestCommandFailed, GuestShell } from '../../src/remote/guest-shell.js';
import { ConnectionLost } from '../../src/remote/session.js';
import { kernelRow } from '../fixtures/build.js';
import { FakeSession, rejection, TempJournal, type Answers } from '../guest/fakes.js';

let journal: TempJournal;
beforeEach(() => {
  journal = new TempJournal([kernelRow('5.10')]);
});
afterEach(() => journal.remove());

const shellOf = (answers: Answers): GuestShell => new GuestShell(new FakeSession(answers), journal.writer, '5.10', 60);

describe('GuestShell', () => {
  it('has a command in the journal, with row and phase, before its result is used', async () => {
    const shell = shellOf(() => ({ code: 1, stdout: 'out', stderr: 'err' }));
    shell.phase = 'case2';
    const { seq } = await shell.run('docker run');
    expect(journal.of('command')).toEqual([
      expect.objectContaining({
        seq,
        kernel: '5.10',
        machine: 'm1',
        phase: 'case2',
        command: 'docker run',
        code: 1,
        stdout: 'out',
        stderr: 'err',
      }),
    ]);
  });

  it('gives a command its deadline unless it has one of its own', async () => {
    const deadlines: number[] = [];
    const shell = shellOf((_, options) => String(deadlines.push(options.timeout)));
    await shell.run('a');
    await shell.run('b', { timeout: 900 });
    expect(deadlines).toEqual([60, 900]);
  });

  it('fails on a command that must succeed, with its last words, and keeps it in the journal', async () => {
    const shell = shellOf(() => ({ code: 28, stderr: 'mkdir: No space left on device\n' }));
    const error = await rejection(shell.must('mkdir x'));
    expect(error).toBeInstanceOf(GuestCommandFailed);
    expect(error.message).toBe('m1: exit code 28 from: mkdir x\nmkdir: No space left on device');
    expect(journal.of('command')).toHaveLength(1);
  });

  it('does not record a lost connection as a command', async () => {
    const shell = shellOf(() => new ConnectionLost('m1', 'uname -r', 'the connection closed'));
    await expect(shell.run('uname -r')).rejects.toBeInstanceOf(ConnectionLost);
    expect(journal.of('command')).toEqual([]);
  });
});
