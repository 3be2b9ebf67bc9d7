import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useBench } from './bench.js';
import { bytes, sha256 } from './mirror.js';

const bench = useBench();
const SIZE = 400_000;
const HALF = 150_000;
const BODY = bytes(SIZE);
const HASH = sha256(BODY);
const NAME = 'kernel.rpm';
const BROKEN = { body: BODY, breaksAfter: HALF };

/** Range of each request, and the bytes sent for it. */
const asked = () => bench.mirror.seen.map(({ range, sent }) => [range, sent]);

it('continues a half download where it broke off, and asks for no byte twice', async () => {
  const url = bench.mirror.serve(NAME, BROKEN);
  const artifact = { name: NAME, urls: [url], sha256: HASH };
  const { parts } = await bench.refusal(artifact);
  // What was on its way when the connection closed may be lost, so that up to HALF bytes are there.
  const kept = bench.partSize();
  expect(kept).toBeGreaterThan(0);
  expect(parts.why).toContain(`${url}: the transfer ended after ${kept} of ${SIZE} bytes`);
  bench.mirror.serve(NAME, BODY);
  const got = await bench.fetch(artifact);
  expect(sha256(readFileSync(got.path))).toBe(sha256(BODY));
  expect(asked()).toEqual([
    [undefined, HALF],
    [`bytes=${kept}-`, SIZE - kept],
  ]);
  expect(bench.mirror.seen[1]?.ifRange).toBe(`"${HASH.slice(0, 16)}"`);
  expect(bench.parts()).toEqual([]);
});

it('continues at the next mirror within one fetch, if the content is known by its hash', async () => {
  const first = bench.mirror.serve('first', BROKEN);
  const second = bench.mirror.serve('second', { body: BODY, etag: '"another server"' });
  const got = await bench.fetch({ name: NAME, urls: [first, second], sha256: HASH });
  expect(sha256(readFileSync(got.path))).toBe(sha256(BODY));
  const kept = Number(/after (\d+) of/.exec(got.refused[0]!.reason)?.[1]);
  expect(kept).toBeGreaterThan(0);
  expect(asked()[1]).toEqual([`bytes=${kept}-`, SIZE - kept]);
});

it('starts again at another mirror if nothing says that both have the same file', async () => {
  const first = bench.mirror.serve('first', BROKEN);
  const second = bench.mirror.serve('second', bytes(SIZE, 'b'));
  const got = await bench.fetch({ name: NAME, urls: [first, second] }, { trustFirstUse: true });
  expect(sha256(readFileSync(got.path))).toBe(sha256(bytes(SIZE, 'b')));
  expect(asked()[1]).toEqual([undefined, SIZE]);
});

it('starts again if the server has no ranges', async () => {
  const url = bench.mirror.serve(NAME, BROKEN);
  const artifact = { name: NAME, urls: [url], sha256: HASH };
  await bench.refusal(artifact);
  const kept = bench.partSize();
  bench.mirror.serve(NAME, { body: BODY, ignoresRange: true });
  const got = await bench.fetch(artifact);
  expect(sha256(readFileSync(got.path))).toBe(sha256(BODY));
  expect(asked()[1]).toEqual([`bytes=${kept}-`, SIZE]);
});

it('starts again if the file has changed on the server meanwhile', async () => {
  const url = bench.mirror.serve(NAME, BROKEN);
  const artifact = { name: NAME, urls: [url] };
  await bench.refusal(artifact, { trustFirstUse: true });
  const newer = bytes(SIZE, 'newer');
  bench.mirror.serve(NAME, newer);
  const got = await bench.fetch(artifact, { trustFirstUse: true });
  expect(sha256(readFileSync(got.path))).toBe(sha256(newer));
});

it.each([
  ['of another size', bytes(SIZE + 1, 'b')],
  ['shorter than what is there', bytes(HALF - 1, 'b')],
])('starts again if the server without ETags now has a file %s', async (_what, other) => {
  const hash = sha256(other);
  const url = bench.mirror.serve(NAME, { ...BROKEN, etag: null });
  const artifact = { name: NAME, urls: [url], sha256: hash };
  await bench.refusal(artifact);
  bench.mirror.serve(NAME, { body: other, etag: null });
  expect(sha256(readFileSync((await bench.fetch(artifact)).path))).toBe(sha256(other));
});

it('tries once more from the first byte if the joined parts of two files have the wrong hash', async () => {
  const other = bytes(SIZE, 'b');
  const wrong = bench.mirror.serve('wrong', { body: other, breaksAfter: HALF });
  const right = bench.mirror.serve('right', BODY);
  const got = await bench.fetch({ name: NAME, urls: [wrong, right], sha256: HASH });
  expect(sha256(readFileSync(got.path))).toBe(sha256(BODY));
  const kept = Number(/after (\d+) of/.exec(got.refused[0]!.reason)?.[1]);
  expect(asked().slice(1)).toEqual([
    [`bytes=${kept}-`, SIZE - kept],
    [undefined, SIZE],
  ]);
});

it('starts again without a validator, if no hash would show a wrong join', async () => {
  const url = bench.mirror.serve(NAME, { ...BROKEN, etag: null });
  const artifact = { name: NAME, urls: [url] };
  await bench.refusal(artifact, { trustFirstUse: true });
  bench.mirror.serve(NAME, { body: BODY, etag: null });
  await bench.fetch(artifact, { trustFirstUse: true });
  expect(asked()[1]).toEqual([undefined, SIZE]);
});

it('does not use a weak ETag to continue', async () => {
  const url = bench.mirror.serve(NAME, { ...BROKEN, etag: 'W/"weak"' });
  const artifact = { name: NAME, urls: [url] };
  await bench.refusal(artifact, { trustFirstUse: true });
  bench.mirror.serve(NAME, { body: BODY, etag: 'W/"weak"' });
  await bench.fetch(artifact, { trustFirstUse: true });
  expect(bench.mirror.seen[1]).toMatchObject({ range: undefined, ifRange: undefined });
});

it('gives up a server that stalls, keeps what came, and names how long it waited', async () => {
  const url = bench.mirror.serve(NAME, { body: BODY, stallsAfter: HALF });
  const artifact = { name: NAME, urls: [url], sha256: HASH };
  const { parts } = await bench.refusal(artifact, { stall: 0.3 });
  expect(parts.why).toContain(`after ${HALF} of ${SIZE} bytes: no data for 0.3 s`);
  bench.mirror.serve(NAME, BODY);
  await bench.fetch(artifact);
  expect(asked()[1]).toEqual([`bytes=${HALF}-`, SIZE - HALF]);
});

it('gives up a server that accepts the connection and never answers', async () => {
  const url = bench.mirror.serve(NAME, { body: BODY, silent: true });
  const next = bench.mirror.serve('next', BODY);
  const got = await bench.fetch({ name: NAME, urls: [url, next], sha256: HASH }, { stall: 0.3 });
  expect(got.refused[0]?.reason).toContain('no data for 0.3 s');
});

it('ends at once when aborted, with the reason of the signal, and keeps the part for the next run', async () => {
  const url = bench.mirror.serve(NAME, { body: BODY, stallsAfter: HALF });
  const artifact = { name: NAME, urls: [url, bench.mirror.serve('next', BODY)], sha256: HASH };
  const cancel = new AbortController();
  const reason = new Error('interrupted');
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes === HALF) cancel.abort(reason);
  };
  await expect(bench.fetch(artifact, { signal: cancel.signal, onProgress })).rejects.toBe(reason);
  expect(bench.parts()).toHaveLength(1);
  expect(bench.mirror.seen.map(({ path }) => path)).toEqual([`/${NAME}`]);
  bench.mirror.serve(NAME, BODY);
  await bench.fetch(artifact);
  expect(asked()[1]).toEqual([`bytes=${HALF}-`, SIZE - HALF]);
});
