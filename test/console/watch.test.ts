import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsoleFinding } from '../../src/console/finding.js';
import { ConsoleWatcher } from '../../src/console/watch.js';

let text = '';
let told: (ConsoleFinding | string)[] = [];
let watch: ConsoleWatcher;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
  text = '';
  told = [];
  watch = new ConsoleWatcher(
    { file: 'x', size: () => text.length, since: (from) => text.slice(from), tail: () => [] },
    { onFinding: (finding) => told.push(finding), onFatal: (sign) => told.push(sign) },
  );
  watch.start();
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

const classes = () => told.map((each) => (typeof each === 'string' ? `dead: ${each}` : each.class));

describe('a console that is watched', () => {
  it('is told of as it speaks, once the report is over', () => {
    text += '[    9.000000] INFO: task sh:1 blocked for more than 8 seconds.\n[    9.000010] Call Trace:\n';
    vi.advanceTimersByTime(500);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(classes()).toEqual(['hung-task']);
    text += '[   30.000000] I/O error, dev vda, sector 1\n';
    vi.advanceTimersByTime(500);
    expect(classes()).toEqual(['hung-task', 'io-error']);
  });

  it('is dead after a panic, whose rest is told first', () => {
    text += '[    9.000000] Kernel panic - not syncing: Fatal exception\n';
    vi.advanceTimersByTime(500);
    text += '[    9.000010] Call Trace:\n';
    vi.advanceTimersByTime(400);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(700);
    expect(classes()).toEqual(['panic', 'dead: Kernel panic - not syncing: Fatal exception']);
    expect((told[0] as ConsoleFinding).excerpt).toHaveLength(2);
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveLength(2);
  });

  it('is dead at the boot loader’s prompt, whose line has no end', () => {
    text += 'GNU GRUB  version 2.06\r\n\r\ngru';
    vi.advanceTimersByTime(500);
    text += 'b> ';
    vi.advanceTimersByTime(2000);
    expect(classes()).toEqual(['no-boot', 'dead: the boot loader stopped at its prompt']);
  });

  it('is not dead at a prompt at which somebody types, nor where GRUB waits for a key and goes on', () => {
    text += 'GNU GRUB  version 2.06\r\n\r\ngrub> ';
    vi.advanceTimersByTime(500);
    text += 'set root=(hd0)\r\n';
    vi.advanceTimersByTime(5000);
    text += "error: file `/x' not found.\r\n\r\nPress any key to continue...\r\n";
    vi.advanceTimersByTime(11_000);
    text += "  Booting `Linux'\r\n";
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([]);
  });

  it('is dead where GRUB waits for a key and nothing follows', () => {
    text += "error: file `/x' not found.\r\n\r\nPress any key to continue...\r\n";
    vi.advanceTimersByTime(25_000);
    expect(classes()).toEqual([
      'no-boot',
      "dead: the boot loader waits for somebody at its menu: error: file `/x' not found.",
    ]);
  });

  it('is not killed by what programs print once somebody has logged in', () => {
    text += '[    0.000000] Linux version 6.1.0 (debian)\n';
    watch.booted();
    text += 'Entering emergency mode. Exit the shell to continue.\nerror: no\nPress any key to continue...\ngrub> ';
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([]);
    // The next boot may end so.
    watch.expectBoot();
    text += '\n[   90.000000] reboot: Restarting system\n\ngrub> ';
    vi.advanceTimersByTime(3000);
    expect(classes()).toEqual(['no-boot', 'dead: the boot loader stopped at its prompt']);
  });

  it('takes the many resets of one reboot for one', () => {
    for (let burst = 0; burst < 5; burst += 1) {
      watch.reset();
      vi.advanceTimersByTime(15);
    }
    expect(watch.silentStarts()).toBe(1);
    vi.advanceTimersByTime(10_000);
    watch.reset();
    expect(watch.silentStarts()).toBe(2);
  });

  it('is silent while it repeats itself', () => {
    const repeat = (seconds: number, line: (n: number) => string) => {
      for (let n = 0; n < 2 * seconds; n += 1) {
        text += `[${(100 + n / 2).toFixed(6).padStart(12)}] ${line(n)}\n`;
        vi.advanceTimersByTime(500);
      }
    };
    repeat(60, () => 'dracut-initqueue[273]: Warning: dracut-initqueue timeout - starting timeout scripts');
    expect(watch.silentFor()).toBeGreaterThan(55);
    repeat(60, (n) => `A start job is running for /dev/vdb (${n}s / 1min 30s)`);
    expect(watch.silentFor()).toBeGreaterThan(55);
    repeat(60, (n) => `attempt ${n}`);
    expect(watch.silentFor()).toBeGreaterThan(40);
    repeat(1, () => 'something new');
    expect(watch.silentFor()).toBeLessThan(2);
  });

  it('is taken at its word when a row ends, half told or not', () => {
    text += '[    9.000000] INFO: task sh:1 blocked for more than 8 seconds.\n';
    watch.settle();
    expect(classes()).toEqual(['hung-task']);
  });

  it('says for how long it has been silent, and how many kernels have started', () => {
    vi.advanceTimersByTime(118_000);
    expect(watch.silentFor()).toBeCloseTo(118, 3);
    text +=
      '[    0.000000] Linux version 6.1.0 (debian)\n[    1.000000] going down\n[    0.000000] Linux version 6.1.0 (d)\n';
    expect([watch.starts(), watch.wordsBeforeStart()]).toEqual([2, 'going down']);
    expect(watch.silentFor()).toBe(0);
  });
});
