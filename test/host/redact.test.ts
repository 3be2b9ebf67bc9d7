import { describe, expect, it } from 'vitest';
import { redact, redactAll, redactStream } from '../../src/host/redact.js';
import { UserError } from '../../src/host/user-error.js';

describe('redact', () => {
  it.each([
    ['http://user:s3cret@mirror.example/debian', 'http://***@mirror.example/debian'],
    [
      'deb [signed-by=/k] https://tok3n@host:8080/x suite main',
      'deb [signed-by=/k] https://***@host:8080/x suite main',
    ],
    ['two: ftp://a:b@h/ and http://c:d%40e@h/', 'two: ftp://***@h/ and http://***@h/'],
    // A password that should have been written %40.
    ['http://u:p@ss@h/x', 'http://***@h/x'],
    ['"http://u:p@h"', '"http://***@h"'],
    ['https://h/f?token=abc&x=1', 'https://h/f?token=***&x=1'],
    ['https://h/f?x=1&X-Amz-Signature=ab12&y=2#z', 'https://h/f?x=1&X-Amz-Signature=***&y=2#z'],
    ['https://h/f?API_KEY=abc', 'https://h/f?API_KEY=***'],
    ['> Authorization: Basic dXNlcjpwdw==', '> Authorization: Basic ***'],
  ])('%s', (given, shown) => {
    expect(redact(given)).toBe(shown);
    expect(redact(shown)).toBe(shown);
  });

  it.each([
    'https://mirror.example/a@b/c?version=1&keys=2',
    'mail to root@host or git@host:x',
    'a://b c@d',
    'for i in $(seq 1 9); do mkdir test-$i || break; done',
  ])('leaves %s', (text) => expect(redact(text)).toBe(text));

  it('takes no time for megabytes that look like the beginning of one', () => {
    for (const piece of ['a', '://', '://a', '?token', 'authorization: ', '://a@']) {
      const text = piece.repeat(2 ** 20);
      // Quadratic would be minutes.
      expect(redact(text).length).toBeGreaterThan(0);
    }
  });
});

describe('redactAll', () => {
  it('reaches every text and changes nothing else', () => {
    const data = { a: ['http://u:p@h/', 1, null], b: { c: true, d: 'x' } };
    expect(redactAll(data)).toEqual({ a: ['http://***@h/', 1, null], b: { c: true, d: 'x' } });
    expect(data.a[0]).toBe('http://u:p@h/');
  });
});

it('an error for users shows no secret, whatever it was made of', () => {
  const url = 'http://u:s3cret@h/';
  const error = new UserError({ what: url, where: url, why: url, next: url });
  expect(`${error.message}${JSON.stringify(error.parts)}${error.stack}`).not.toContain('s3cret');
});

it('a stream shows none either', () => {
  const shown: unknown[] = [];
  const stream = { write: (chunk: unknown) => shown.push(chunk) > 0 };
  redactStream(stream);
  stream.write('http://u:s3cret@h/\n');
  stream.write(new Uint8Array([1]));
  expect(shown).toEqual(['http://***@h/\n', new Uint8Array([1])]);
});
