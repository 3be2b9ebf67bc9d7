import { describe, expect, it } from 'vitest';
import { canDraw, chooseDisplay, wantsColor } from '../../src/cli/live/choose.js';

const TTY = { isTTY: true };
const PIPE = { isTTY: false };

describe('canDraw', () => {
  it('draws on a terminal', () => expect(canDraw(TTY, { TERM: 'xterm' })).toBe(true));
  it('does not draw into a pipe', () => expect(canDraw(PIPE, { TERM: 'xterm' })).toBe(false));
  it('does not draw in CI', () => expect(canDraw(TTY, { TERM: 'xterm', CI: 'true' })).toBe(false));
  it('takes CI=false at its word', () => expect(canDraw(TTY, { TERM: 'xterm', CI: 'false' })).toBe(true));
  it('does not draw on a terminal without a width', () =>
    expect(canDraw({ isTTY: true, columns: 0 }, { TERM: 'xterm' })).toBe(false));
  it('does not draw on a dumb terminal', () => expect(canDraw(TTY, { TERM: 'dumb' })).toBe(false));
});

describe('wantsColor', () => {
  it.each([
    ['a terminal', TTY, {}, true],
    ['a pipe', PIPE, {}, false],
    ['a dumb terminal', TTY, { TERM: 'dumb' }, false],
    ['NO_COLOR', TTY, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which counts as unset', TTY, { NO_COLOR: '' }, true],
    ['FORCE_COLOR in a pipe', PIPE, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0 on a terminal', TTY, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR against FORCE_COLOR', TTY, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('%s', (_name, stream, env, expected) => expect(wantsColor(stream, env)).toBe(expected));
});

describe('chooseDisplay', () => {
  /** A terminal that keeps what is written to it. */
  function terminal() {
    const written: string[] = [];
    const write = (text: string) => written.push(text) > 0;
    return { written, stream: { isTTY: true, write } as unknown as NodeJS.WriteStream };
  }

  it('writes plain lines where the user wants no drawing, terminal or not', () => {
    const { written, stream } = terminal();
    const display = chooseDisplay({ kernels: ['5.10'], live: false, stream, env: { NO_COLOR: '1', TERM: 'xterm' } });
    display.note('stopping');
    display.close();
    expect(written.join('')).toMatch(/^\[\d\d:\d\d\] {7}stopping\n$/);
  });
});
