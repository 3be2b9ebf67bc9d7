import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { formatError, printError } from '../../src/cli/print-error.js';
import { explainErrno } from '../../src/host/errno.js';

const failing = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: refused, open '/data/x'`), { code, syscall: 'open', path: '/data/x', ...more });
const OF_A_BUG = ['EBADF', 'EFAULT', 'ENOSYS', 'ENOTSOCK'];
const CODES = Object.keys(constants.errno).filter((code) => !OF_A_BUG.includes(code));

describe('what the system refuses', () => {
  it.each(CODES)('%s is told with the path, the reason and what to do, and is no bug', (code) => {
    const error = failing(code);
    const text = formatError(error, { debug: false, color: false });
    expect(text).toMatch(
      /^error: \/data\/x cannot be opened.*\n {2}where: \/data\/x\n {2}why: {3}E.*\n {2}next: {2}\S/,
    );
    expect(text).not.toContain('bug');
    expect([2, 3]).toContain(printError(error, { debug: false, color: false, write: () => undefined }));
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'ESTALE'])(
    '%s is the host’s, not the command line’s',
    (code) => {
      expect(explainErrno(failing(code))?.parts.kind).toBe('unavailable');
    },
  );

  it('names what was done where the call has a word for it', () => {
    expect(explainErrno(failing('EACCES', { syscall: 'mkdir' }))?.parts.what).toBe(
      '/data/x cannot be created: permission denied',
    );
    expect(explainErrno(failing('ENOENT', { syscall: 'spawn gpg', path: 'gpg' }))?.parts.what).toMatch(
      /^gpg cannot be started/,
    );
    expect(explainErrno(failing('ENOENT', { syscall: 'uv_cwd', path: undefined }))?.parts.what).toMatch(
      /current folder/,
    );
  });

  it.each<[string, Error]>([
    ...OF_A_BUG.map((code): [string, Error] => [code, failing(code)]),
    ['no errno', new TypeError('x is undefined')],
    ['an error of Node’s arguments', Object.assign(new TypeError('bad'), { code: 'ERR_INVALID_ARG_TYPE' })],
    [
      'a file of this program that is missing',
      failing('ENOENT', { path: new URL('../../src/gone.sh', import.meta.url).pathname }),
    ],
  ])('%s stays a bug', (_, error) => {
    expect(formatError(error, { debug: false, color: false })).toContain('this is a bug');
    expect(printError(error, { debug: false, color: false, write: () => undefined })).toBe(70);
  });
});
