import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsoleFinding } from '../../../src/journal/console-finding.js';
import { ConsoleWatcher } from '../../../src/machine/console/watch.js';

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
    expect(classes()).toEqual(['dead: the boot loader stopped at its prompt']);
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
