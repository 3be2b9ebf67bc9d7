import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Display } from '../../src/cli/live/display.js';
import { liveDisplay } from '../../src/cli/live/live.js';
import { eventOf, failedBoot } from './fixtures/events.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** A terminal that keeps what is written to it. */
class Terminal extends EventEmitter {
  isTTY = true;
  columns = 100;
  rows = 40;
  text = '';
  write = (text: string): boolean => {
    this.text += text;
    return true;
  };
}

describe('the live display', () => {
  let terminal: Terminal;
  let display: Display;
  let write: Terminal['write'];
  const shown = (text: string) => vi.waitFor(() => expect(stripVTControlCharacters(terminal.text)).toContain(text));

  beforeEach(() => {
    terminal = new Terminal();
    write = terminal.write;
    display = liveDisplay({ kernels: ['5.10', '6.1'], stream: terminal as unknown as NodeJS.WriteStream });
  });
  afterEach(() => display.close());

  const exhaust = () => {
    display.event(eventOf('phase.started', { kernel: '5.10', phase: 'exhaust' }));
    display.progress({ kernel: '5.10', phase: 'exhaust', message: 'directories made', done: 12000, total: 65535 });
  };
  /** What stands after the last frame began. */
  const lastFrame = () => stripVTControlCharacters(terminal.text.slice(terminal.text.lastIndexOf('\u001b[G')));

  it('draws a task for the preparation and one for each kernel, with phase and count', async () => {
    display.progress({ kernel: null, phase: 'image', message: 'making the disk' });
    await shown('making the disk');
    await shown('6.1  waiting');
    exhaust();
    await shown('exhaust');
    await shown('12000 of 65535 directories made');
  });

  it('leaves the terminal as it was when it is closed early, and draws no more', async () => {
    exhaust();
    await shown('12000 of 65535');
    display.note('SIGINT: stopping');
    display.close();
    expect(terminal.text.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(terminal.text.lastIndexOf(HIDE_CURSOR));
    expect(lastFrame()).toMatch(/↓ 5\.10.*exhaust {2}stopped/);
    expect(lastFrame()).toContain('SIGINT: stopping');
    // listr2 takes the stream's write while it draws.
    expect(terminal.write).toBe(write);
    const after = terminal.text;
    display.event(failedBoot('6.1', 'late', null));
    display.close();
    await new Promise(setImmediate);
    expect(terminal.text).toBe(after);
  });

  it('draws nothing at all when it is closed before listr2 is ready, but still tells what was noted', async () => {
    display.note('SIGINT: stopping');
    display.close();
    expect(terminal.text).toBe('SIGINT: stopping\n');
    // What listr2 still takes, once it has loaded, it gives back.
    await vi.waitFor(() => expect(terminal.text).toContain(SHOW_CURSOR));
    expect(stripVTControlCharacters(terminal.text)).toBe('SIGINT: stopping\n');
  });

  it("shows how each row ended, and a failure's console under the drawing", async () => {
    exhaust();
    await shown('12000 of 65535');
    display.event(
      eventOf('row.finished', {
        kernel: '5.10',
        outcome: 'measured',
        phase: null,
        reason: null,
        consoleTail: null,
        seconds: 90,
      }),
    );
    display.event(failedBoot('6.1', 'the kernel \u001b[2Jpanicked', ['Kernel panic\u0007']));
    // At once, in the same turn: the last frame must know of both ends.
    display.close();
    expect(lastFrame()).toContain('✔ 5.10  measured in 1 min 30 s');
    expect(lastFrame()).toContain('✖ 6.1  FAILED in boot after 3 min 0 s: the kernel panicked');
    expect(lastFrame()).toContain('  | Kernel panic');
    expect(terminal.text).not.toContain('\u001b[2J');
  });

  it('keeps no process alive that closed it at once', async () => {
    const fixture = join(import.meta.dirname, 'fixtures/close-at-once.ts');
    await expect(execa(process.execPath, ['--import', 'tsx', fixture])).resolves.toMatchObject({
      exitCode: 0,
    });
  });

  it('listens to no signals', () => {
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});
