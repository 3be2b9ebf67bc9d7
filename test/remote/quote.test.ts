import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quote, shell as sh } from '../../src/remote/quote.js';

const run = (command: string): string => execFileSync('sh', ['-c', command], { encoding: 'utf8' });

const HOSTILE = [
  '',
  ' ',
  "'",
  "''\\''",
  '"double"',
  '$(touch /nonexistent/pwned)',
  '`id`',
  '$HOME ${HOME} $$',
  'a; reboot & | > <',
  'line one\nline two\n\n',
  '\t tab\r',
  '-n',
  '--help',
  '#comment',
  '~root',
  '*?[a-z]{x,y}',
  '!history',
  '\\ \\n \\\\',
  '%s %d',
  'größer ✓ 内核 🐧',
  'A=b',
];

describe('quote', () => {
  it.each(HOSTILE)('brings %j through a shell as one word, unchanged', (value) => {
    expect(run(`printf '[%s]' ${quote(value)}`)).toBe(`[${value}]`);
  });

  it('leaves plain words readable', () => {
    expect(quote('/sys/fs/cgroup/memory/test')).toBe('/sys/fs/cgroup/memory/test');
  });

  it('refuses a NUL byte', () => {
    expect(() => quote('a\0b')).toThrow(RangeError);
  });
});

describe('shell', () => {
  it('quotes values and leaves its own text alone', () => {
    expect(run(sh`printf '[%s]' ${'$(id)'} ${5} | cat`)).toBe('[$(id)][5]');
  });

  it('makes an array several words', () => {
    expect(run(sh`printf '[%s]' ${HOSTILE}`)).toBe(HOSTILE.map((value) => `[${value}]`).join(''));
  });

  it('refuses a NUL byte in any value', () => {
    expect(() => sh`echo ${['fine', 'not\0fine']}`).toThrow(RangeError);
  });
});
