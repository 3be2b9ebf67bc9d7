import { beforeEach, describe, expect, it } from 'vitest';
import type { Display } from '../../src/cli/live/display.js';
import { plainDisplay } from '../../src/cli/live/plain.js';
import { eventOf, failedBoot, provenBoot } from './fixtures/events.js';

describe('the plain display', () => {
  let text: string;
  let now: number;
  let display: Display;

  beforeEach(() => {
    text = '';
    now = 1_000_000;
    display = plainDisplay({
      kernels: ['5.10', '6.1'],
      write: (part) => (text += part),
      color: false,
      now: () => now,
    });
  });

  const made = (done: number, kernel = '5.10') =>
    display.progress({ kernel, phase: 'exhaust', message: 'directories made', done, total: 65535 });
  const begin = (kernel = '5.10') => display.event(eventOf('phase.started', { kernel, phase: 'exhaust' }));

  it('writes one line per happening with the time since the start and the row', () => {
    now += 74_000;
    display.event(provenBoot('5.10', '5.10.0-46-cloud-amd64'));
    expect(text).toBe('[01:14] 5.10  boot proven: 5.10.0-46-cloud-amd64 in 14 s\n');
  });

  it('keeps the rows under each other', () => {
    display.event(eventOf('row.started', { kernel: '6.1', machine: 'm1' }));
    display.progress({ kernel: null, phase: 'image', message: 'making the disk' });
    expect(text).toBe('[00:00] 6.1   on machine m1\n[00:00]       image: making the disk\n');
  });

  it('goes beyond an hour in minutes', () => {
    now += 3_725_000;
    display.note('still here');
    expect(text).toContain('[62:05]');
  });

  it('tells a phase with its seconds at the end, not at its start', () => {
    begin();
    expect(text).toBe('');
    display.event(eventOf('phase.finished', { kernel: '5.10', phase: 'exhaust', seconds: 71.26 }));
    expect(text).toBe('[00:00] 5.10  exhaust: finished in 1 min 11 s\n');
  });

  it('shows the count at most every five seconds, with the pace since the last one shown', () => {
    begin();
    for (let step = 1; step <= 120; step += 1) {
      now += 100;
      made(step * 100);
    }
    expect(text.trimEnd().split('\n')).toEqual([
      '[00:05] 5.10  exhaust: 5000 of 65535 directories made, 1 ms each',
      '[00:10] 5.10  exhaust: 10000 of 65535 directories made, 1 ms each',
    ]);
    text = '';
    now += 5000;
    made(14_000);
    // 4000 directories in the seven seconds since 10000 was shown.
    expect(text).toBe('[00:17] 5.10  exhaust: 14000 of 65535 directories made, 1.8 ms each\n');
  });

  it('holds back the count of one row without holding back the other', () => {
    begin('5.10');
    begin('6.1');
    now += 5000;
    made(5000, '5.10');
    made(2500, '6.1');
    made(5001, '5.10');
    expect(text).toContain('6.1   exhaust: 2500 of 65535 directories made, 2 ms each');
    expect(text.trimEnd().split('\n')).toHaveLength(2);
  });

  it('does not repeat a message that says the same again', () => {
    for (let i = 0; i < 3; i += 1) display.progress({ kernel: null, phase: 'image', message: 'unpacking' });
    display.progress({ kernel: null, phase: 'image', message: 'making the disk' });
    expect(text.match(/unpacking/g)).toHaveLength(1);
    expect(text).toContain('making the disk');
  });

  it("tells a failure with its reason and the console's tail", () => {
    display.event(
      failedBoot('6.1', 'm1: the kernel panicked\nconsole: /runs/x/console.log', ['VFS: no root', 'Kernel panic']),
    );
    expect(text.split('\n').map((line) => line.slice('[00:00] 6.1   '.length))).toEqual([
      'FAILED in boot after 3 min 0 s',
      '  m1: the kernel panicked',
      '  console: /runs/x/console.log',
      "  the console's last lines:",
      '  | VFS: no root',
      '  | Kernel panic',
      '',
    ]);
  });

  it('shows the end of a long console', () => {
    const tail = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    display.event(failedBoot('6.1', 'hung', tail));
    expect(text).toContain('| line 39\n');
    expect(text).not.toContain('| line 3\n');
  });

  it('keeps no terminal escape of a guest', () => {
    display.event(provenBoot('5.10', '5.10\u001b[2J\u001b]0;owned\u0007\r\nforged line'));
    display.event(failedBoot('6.1', '\u001b[31mred\u0008', ['\u001b[Htail\u0007']));
    display.progress({ kernel: '5.10', phase: 'case2', message: '\u009b2Jcycle' });
    display.note('\u001b[1mnote');
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(text).toContain('forged line');
    expect(text.split('\n').every((line) => line === '' || line.startsWith('['))).toBe(true);
  });

  it('says nothing about commands, which are the transcript’s', () => {
    display.event(
      eventOf('command', {
        kernel: '5.10',
        machine: 'm1',
        phase: 'clean',
        command: 'uname -r',
        code: 0,
        stdout: '',
        stderr: '',
        seconds: 0,
      }),
    );
    expect(text).toBe('');
  });
});
