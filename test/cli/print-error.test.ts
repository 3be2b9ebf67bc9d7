import { describe, expect, it } from 'vitest';
import { formatError, printError } from '../../src/cli/print-error.js';
import { Interrupted } from '../../src/cli/signals.js';
import { UserError } from '../../src/host/user-error.js';

const QUIET = { debug: false, color: false };

function print(error: unknown, options = QUIET) {
  let text = '';
  const code = printError(error, { ...options, write: (part) => (text += part) });
  return { text, code };
}

describe('printError', () => {
  it('tells what, where, why and what next of a UserError, longer causes in one column', () => {
    const { text, code } = print(
      new UserError({ what: 'mkfs failed', where: 'building the image', why: 'no space\nleft', next: 'free some' }),
    );
    expect(text).toBe(
      [
        'error: mkfs failed',
        '  where: building the image',
        '  why:   no space',
        '         left',
        '  next:  free some',
        '',
      ].join('\n'),
    );
    expect(code).toBe(3);
  });

  it('leaves out the parts that are not there', () => {
    expect(print(new UserError({ what: 'nothing to do' })).text).toBe('error: nothing to do\n');
  });

  it.each([
    ['usage', 2],
    ['config', 2],
    ['input', 2],
    ['host', 2],
    ['unavailable', 3],
    ['output', 74],
  ] as const)('an error of kind %s ends with %i', (kind, code) => {
    expect(print(new UserError({ what: 'no', kind })).code).toBe(code);
  });

  it('calls anything else a bug of this program, without its stack', () => {
    const { text, code } = print(new TypeError('x is undefined'));
    expect(text).toContain('error: x is undefined');
    expect(text).toContain('this is a bug in kernel-matrix');
    expect(text).toContain('--debug');
    expect(text).not.toContain('print-error.test.ts');
    expect(code).toBe(70);
  });

  it('shows the stack and the causes when debugging', () => {
    const error = new UserError({ what: 'outer', cause: new Error('inner', { cause: new Error('innermost') }) });
    const { text } = print(error, { debug: true, color: false });
    expect(text).toContain('print-error.test.ts');
    expect(text).toContain('caused by: Error: inner\n');
    expect(text).toContain('caused by: Error: innermost');
  });

  it('comes to an end where a cause leads back to its error', () => {
    const error = new Error('round');
    error.cause = error;
    expect(print(error, { debug: true, color: false }).text.match(/Error: round/g)).toHaveLength(1);
  });

  it('tells every part of an AggregateError', () => {
    const { text } = print(new AggregateError([new Error('first'), new Error('second')]));
    expect(text).toContain('first');
    expect(text).toContain('second');
  });

  it('survives a thrown value that is no error', () => {
    expect(print('just text')).toMatchObject({
      code: 70,
      text: expect.stringContaining('thrown: just text') as string,
    });
  });

  it('takes an interruption for no error', () => {
    expect(print(new Interrupted('SIGTERM'))).toEqual({ text: 'stopped by SIGTERM\n', code: 143 });
  });

  it("lets no terminal escapes of somebody else's words through", () => {
    const text = formatError(
      new UserError({ what: 'ssh failed', why: '\u001b[2J\u001b]0;title\u0007gone\u0007' }),
      QUIET,
    );
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).toContain('gone');
  });

  it('colours only where asked', () => {
    const error = new UserError({ what: 'x' });
    expect(formatError(error, { debug: false, color: true })).toContain('\u001b[31m');
    expect(formatError(error, QUIET)).not.toContain('\u001b');
  });
});
