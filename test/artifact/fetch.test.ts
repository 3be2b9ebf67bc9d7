import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { readLockFile } from '../../src/artifact/lock-file.js';
import { useBench } from './bench.js';
import { bytes, deadUrl, sha256 } from './mirror.js';

const bench = useBench();
const BODY = bytes(300_000);
const HASH = sha256(BODY);
const NAME = 'box-1.0.box';

describe('places', () => {
  it('takes the second URL when nobody listens at the first, and tells why the first was not taken', async () => {
    const dead = await deadUrl(NAME);
    const url = bench.mirror.serve(NAME, BODY);
    const got = await bench.fetch({ name: NAME, urls: [dead, url], sha256: HASH });
    expect(sha256(readFileSync(got.path))).toBe(sha256(BODY));
    expect(got).toMatchObject({ from: 'url', place: url, sha256: HASH, size: BODY.length });
    expect(got.refused).toEqual([{ place: dead, reason: expect.stringContaining('ECONNREFUSED') as string }]);
  });

  it('shows the reason of every place when none serves', async () => {
    const dead = await deadUrl(NAME);
    const gone = bench.mirror.url('gone');
    const forbidden = bench.mirror.serve('forbidden', { body: Buffer.alloc(0), status: 403 });
    const other = bench.mirror.serve('other', bytes(500, 'b'));
    const missing = pathToFileURL(join(bench.root, 'nowhere', NAME)).href;
    writeFileSync(join(bench.standIn, NAME), 'not it');
    const urls = [dead, gone, forbidden, other, missing];
    const { parts } = await bench.refusal({ name: NAME, urls, sha256: HASH }, { standIn: bench.standIn });
    expect(parts.what).toContain(`${NAME} is not available from any of 6 places`);
    const lines = parts.why!.split('\n  ');
    expect(lines[0]).toBe(
      `${join(bench.standIn, NAME)}: its sha256 is ${sha256('not it')}, the configuration expects ${HASH}`,
    );
    expect(lines[1]).toContain(`${dead}: connect ECONNREFUSED`);
    expect(lines[2]).toBe(`${gone}: HTTP 404 Not Found`);
    expect(lines[3]).toBe(`${forbidden}: HTTP 403 Forbidden`);
    expect(lines[4]).toContain(`${other}: its sha256 is ${sha256(bytes(500, 'b'))}`);
    expect(lines[5]).toContain('ENOENT');
    expect(parts.next).toContain('KERNEL_MATRIX_ARTIFACTS');
  });

  it('prefers the cache to the stand-in folder, and that to URLs', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const artifact = { name: NAME, urls: [url], sha256: HASH };
    vi.stubEnv('KERNEL_MATRIX_ARTIFACTS', bench.standIn);
    writeFileSync(join(bench.standIn, NAME), BODY);
    expect((await bench.fetch(artifact)).from).toBe('stand-in');
    writeFileSync(join(bench.standIn, NAME), 'changed since');
    expect((await bench.fetch(artifact)).from).toBe('cache');
    expect(bench.mirror.seen).toEqual([]);
  });

  it('takes a mirror that stands in before the URLs, and those where it has nothing', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const mirrored = bench.mirror.serve(`lab/${NAME}`, BODY);
    vi.stubEnv('KERNEL_MATRIX_ARTIFACTS', `${bench.mirror.url('lab')}/`);
    const artifact = { name: NAME, urls: [url], sha256: HASH };
    expect(await bench.fetch(artifact)).toMatchObject({ from: 'url', place: mirrored });
    const other = bytes(500, 'b');
    const elsewhere = bench.mirror.serve('other.box', other);
    const got = await bench.fetch({ name: 'other.box', urls: [elsewhere], sha256: sha256(other) });
    expect(got).toMatchObject({
      place: elsewhere,
      refused: [{ place: bench.mirror.url('lab/other.box'), reason: 'HTTP 404 Not Found' }],
    });
  });

  it('refuses a mirror with a password in its URL, which would be shown in errors', async () => {
    vi.stubEnv('KERNEL_MATRIX_ARTIFACTS', 'https://me:secret@lab.example');
    const { message } = await bench.refusal({ name: NAME, urls: [], sha256: HASH });
    expect(message).toContain('user name or password');
    expect(message).not.toContain('secret');
  });

  it('takes file: URLs, and only regular files', async () => {
    mkdirSync(join(bench.root, 'folder'));
    const file = join(bench.root, 'with space.box');
    writeFileSync(file, BODY);
    const urls = [pathToFileURL(join(bench.root, 'folder')).href, pathToFileURL(file).href];
    const got = await bench.fetch({ name: NAME, urls, sha256: HASH });
    expect(sha256(readFileSync(got.path))).toBe(sha256(BODY));
    expect(got.refused.map(({ reason }) => reason)).toEqual(['it is not a regular file']);
  });

  it('follows a redirect', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const moved = bench.mirror.serve('moved', { body: Buffer.alloc(0), status: 302, headers: { location: url } });
    expect((await bench.fetch({ name: NAME, urls: [moved], sha256: HASH })).place).toBe(moved);
  });

  it('mends a damaged cache', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const artifact = { name: NAME, urls: [url], sha256: HASH };
    const { path } = await bench.fetch(artifact);
    writeFileSync(path, 'damaged');
    const again = await bench.fetch(artifact);
    expect(again.from).toBe('url');
    expect(again.refused[0]?.place).toBe(path);
    expect(sha256(readFileSync(path))).toBe(sha256(BODY));
  });

  it('refuses a body that the server compresses on the way: its bytes are not those that were hashed', async () => {
    const url = bench.mirror.serve(NAME, { body: BODY, headers: { 'content-encoding': 'gzip' } });
    const { parts } = await bench.refusal({ name: NAME, urls: [url], sha256: HASH });
    expect(parts.why).toContain('it sends the file re-encoded (gzip)');
  });

  it('downloads once when two ask at the same time', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const artifact = { name: NAME, urls: [url], sha256: HASH };
    const both = await Promise.all([bench.fetch(artifact), bench.fetch(artifact)]);
    expect(both.map(({ from }) => from).sort()).toEqual(['cache', 'url']);
    expect(bench.mirror.seen).toHaveLength(1);
  });
});

describe('content', () => {
  it('never leaves unverified content under its name', async () => {
    const url = bench.mirror.serve(NAME, bytes(1000, 'b'));
    await bench.refusal({ name: NAME, urls: [url], sha256: HASH });
    expect(existsSync(join(bench.root, 'cache', 'artifacts', 'sha256', HASH))).toBe(false);
    expect(existsSync(join(bench.root, 'cache', 'artifacts', 'sha256', sha256(bytes(1000, 'b'))))).toBe(false);
    expect(bench.parts()).toEqual([]);
    expect(existsSync(bench.lockFile)).toBe(false);
  });

  it('takes another mirror when the first has other content', async () => {
    const wrong = bench.mirror.serve('wrong', bytes(1000, 'b'));
    const url = bench.mirror.serve(NAME, BODY);
    expect((await bench.fetch({ name: NAME, urls: [wrong, url], sha256: HASH })).place).toBe(url);
  });

  it('refuses what nothing identifies, before asking any server', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const { parts } = await bench.refusal({ name: NAME, urls: [url] });
    expect(parts.what).toContain(`${NAME} cannot be verified`);
    expect(parts.next).toContain('sha256');
    expect(bench.mirror.seen).toEqual([]);
  });

  it('takes it on first use if told to, and holds it to that from then on', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    await bench.fetch({ name: NAME, urls: [url] }, { trustFirstUse: true });
    expect(readLockFile(bench.lockFile).get(NAME)).toEqual({
      sha256: HASH,
      size: BODY.length,
      verified_by: 'first use',
      first_seen: url,
    });
    const evil = bytes(1000, 'b');
    const elsewhere = bench.mirror.serve('elsewhere', evil);
    vi.stubEnv('KERNEL_MATRIX_CACHE', join(bench.root, 'another cache'));
    const { parts } = await bench.refusal({ name: NAME, urls: [elsewhere] }, { trustFirstUse: true });
    expect(parts.why).toContain(`recorded sha256 ${HASH}, now ${sha256(evil)}`);
    expect(parts.next).toContain(`delete the entry of ${NAME} from ${bench.lockFile}`);
    expect((await bench.fetch({ name: NAME, urls: [url] })).verifiedBy).toBe('first use');
  });

  it('refuses a configuration that contradicts the lock file', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    await bench.fetch({ name: NAME, urls: [url], sha256: HASH });
    const other = 'ab'.repeat(32);
    const { parts } = await bench.refusal({ name: NAME, urls: [url], sha256: other });
    expect(parts.why).toBe(`sha256 in the configuration ${other}, in the lock file ${HASH}`);
    expect(parts.next).toContain('delete the entry');
  });
});

describe('progress', () => {
  it('counts up to the total', async () => {
    const url = bench.mirror.serve(NAME, BODY);
    const seen: number[] = [];
    await bench.fetch(
      { name: NAME, urls: [url], sha256: HASH },
      {
        onProgress: (progress) => {
          expect(progress).toMatchObject({ name: NAME, url, total: BODY.length });
          seen.push(progress.bytes);
        },
      },
    );
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(BODY.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe('what is refused before anything is touched', () => {
  const urls = ['http://127.0.0.1:1/'];
  it.each(['../x', 'a/b', '..', '.hidden', '-rf', 'a\nb', 'a b', '', 'a\0b', '\u001b[31m', '$(id)', 'x'.repeat(201)])(
    'the name %j',
    async (name) => {
      const { message } = await bench.refusal({ name, urls, sha256: HASH });
      expect(message).toContain('not a plain file name');
      // eslint-disable-next-line no-control-regex
      expect(message).not.toMatch(/[\0\u001b]/);
      expect(existsSync(join(bench.root, 'cache', 'artifacts'))).toBe(false);
    },
  );

  it.each([
    ['ftp://127.0.0.1/x', 'ftp:'],
    ['x', 'is not a URL'],
    ['data:,hello', 'data:'],
  ])('the URL %s', async (url, why) => {
    expect((await bench.refusal({ name: NAME, urls: [url], sha256: HASH })).message).toContain(why);
  });

  it('a password in a URL, without repeating it', async () => {
    const { message } = await bench.refusal({ name: NAME, urls: ['https://me:secret@example.org/x'], sha256: HASH });
    expect(message).toContain('password');
    expect(message).not.toContain('secret');
  });

  it('a hash of the wrong shape, a key ID in place of a fingerprint, a signature without a key', async () => {
    expect((await bench.refusal({ name: NAME, urls, sha256: 'abc' })).message).toContain('64 hexadecimal digits');
    const key = { owner: 'x', fingerprint: 'F4A80EB5', name: 'k', urls: [] };
    expect((await bench.refusal({ name: NAME, urls, signature: 'rpm', key })).message).toContain('fingerprint');
    expect((await bench.refusal({ name: NAME, urls, signature: 'rpm' })).message).toContain('names no key');
  });
});

it('does not write the lock file when there is nothing new', async () => {
  const url = bench.mirror.serve(NAME, BODY);
  await bench.fetch({ name: NAME, urls: [url], sha256: HASH });
  const before = statSync(bench.lockFile).ino;
  await bench.fetch({ name: NAME, urls: [url], sha256: HASH });
  expect(statSync(bench.lockFile).ino).toBe(before);
});
