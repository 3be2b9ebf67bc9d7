import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { expect, it, vi, type TestContext } from 'vitest';
import { download } from '../../src/artifact/download.js';
import { limitsOf } from '../../src/artifact/limits.js';
import { readLockFile } from '../../src/artifact/lock-file.js';
import { guardAgainstStall } from '../../src/artifact/stall.js';
import { Part } from '../../src/artifact/part.js';
import { useBench } from './bench.js';
import { bytes, sha256 } from './mirror.js';

const bench = useBench();
const BODY = bytes(300_000);
const HASH = sha256(BODY);
const NAME = 'box-1.0.box';
const OTHER = bytes(64 * 1024, 'b');

/** Fetches from a mirror that misbehaves, then from a good one; gives the reason why the first was not taken. */
async function refusedFor(bad: string, options: { leastRate?: number; stall?: number } = {}): Promise<string> {
  const good = bench.mirror.serve('good', BODY);
  const got = await bench.fetch({ name: NAME, urls: [bad, good], sha256: HASH }, options);
  expect(got.place).toBe(good);
  expect(sha256(readFileSync(got.path))).toBe(HASH);
  expect(readdirSync(join(process.env['KERNEL_MATRIX_CACHE']!, 'artifacts', 'partial')).filter(isPart)).toEqual([]);
  return got.refused[0]?.reason ?? '';
}

const isPart = (name: string) => name.endsWith('.part');

/** As a run leaves it that has fetched the artifact before, on another host. */
async function recorded(): Promise<void> {
  await bench.fetch({ name: NAME, urls: [bench.mirror.serve('before', BODY)], sha256: HASH });
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(bench.root, 'another'));
}

it.each([99_999_999_999_999, 65 * 1024 ** 3])(
  'a server that claims %d bytes costs its own turn only',
  async (claims) => {
    const bad = bench.mirror.serve('bad', { body: OTHER, claims });
    expect(await refusedFor(bad)).toMatch(/it states a size of \d+ bytes|MiB are needed/);
  },
);

it('so does one that claims more than there is room for', async (context) => {
  const bad = bench.mirror.serve('bad', { body: OTHER, claims: 30 * 1024 ** 3 });
  await onSmallDisk(context, async () => {
    expect(await refusedFor(bad)).toContain('MiB are free');
    const { parts } = await bench.refusal({ name: 'other.box', urls: [bad], sha256: 'ab'.repeat(32) });
    expect(parts.next).toContain('free some space');
  });
});

it('an endless body ends at the bound that kernels.lock gives, and nothing of it stays', async () => {
  await recorded();
  const bad = bench.mirror.serve('bad', { body: OTHER, endless: true });
  expect(await refusedFor(bad)).toContain('it sends more than');
  expect(bench.mirror.seen.find(({ path }) => path === '/bad')?.sent).toBeLessThan(32 * 1024 ** 2);
});

it('an endless body of which nothing is known ends at a bound, and nothing of it stays', async () => {
  const url = bench.mirror.serve('bad', { body: OTHER, endless: true });
  const part = new Part(join(bench.root, 'part'));
  const limits = { most: 2 ** 40, untold: 2 ** 20, rate: 1 };
  await expect(download(NAME, url, part, false, { stall: 5, limits })).rejects.toThrow(
    'it sends more than 1048576 bytes',
  );
  expect(part.size).toBe(0);
  const untold = (name: string) => limitsOf({ name, urls: [], signature: undefined }, undefined).untold;
  for (const name of [NAME, 'kernel.rpm', 'docker.tgz', 'nginx.tar']) expect(untold(name)).toBeLessThanOrEqual(2 ** 30);
});

it('an endless body that fills the disk goes from it, and the next mirror is asked', async (context) => {
  const bad = bench.mirror.serve('bad', { body: OTHER, endless: true });
  await onSmallDisk(context, async () => {
    expect(await refusedFor(bad)).toContain('ENOSPC');
    await bench.refusal({ name: 'other.box', urls: [bad], sha256: 'ab'.repeat(32) });
    expect(readdirSync(join(process.env['KERNEL_MATRIX_CACHE']!, 'artifacts', 'partial')).filter(isPart)).toEqual([]);
  });
});

it.each([
  ['a status that is none', 'HTTP/1.1 000 x\r\n\r\n'],
  ['one 100 Continue after the other', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)],
  ['an upgrade', 'HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
])('a server that answers with %s costs its own turn, and is told as that', async (_, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    expect(await refusedFor(`http://127.0.0.1:${port}/x`)).toMatch(/^its answer is not valid HTTP\/1\.1$/);
  } finally {
    server.close();
  }
});

it('a server that drips is given up although it is never silent', async () => {
  const bad = bench.mirror.serve('bad', { body: BODY, drips: 20 });
  expect(await refusedFor(bad, { stall: 0.4 })).toMatch(/too slow: \d+ bytes in \d+ s/);
});

it('a file of this host that has more than it may, or grows without end, costs its own turn only', async () => {
  const sparse = join(bench.root, 'sparse');
  writeFileSync(sparse, '');
  truncateSync(sparse, 40 * 1024 ** 3);
  expect(await refusedFor(pathToFileURL(sparse).href)).toContain('it states a size of');
});

it('a key and a package may have less than a box', () => {
  const of = (name: string, signature?: 'rpm' | 'key') => limitsOf({ name, urls: [], signature }, undefined).most;
  expect(of('RPM-GPG-KEY-x', 'key')).toBeLessThan(of('kernel.rpm', 'rpm'));
  expect(of('kernel.rpm', 'rpm')).toBeLessThan(of(NAME));
  const entry = { sha256: HASH, size: 100, verified_by: '', first_seen: '' };
  expect(limitsOf({ name: NAME, urls: [] }, entry).most).toBeLessThan(of('RPM-GPG-KEY-x', 'key') + 1000);
});

it('a transfer has a deadline, which follows from its size and the least rate', () => {
  vi.useFakeTimers();
  try {
    const given = fc.record({
      stall: fc.integer({ min: 1, max: 60 }),
      rate: fc.integer({ min: 1, max: 1000 }),
      gaps: fc.array(fc.record({ seconds: fc.double({ min: 0.1, max: 0.9, noNaN: true }), bytes: fc.nat(2000) }), {
        minLength: 1,
      }),
    });
    fc.assert(
      fc.property(given, ({ stall, rate, gaps }) => {
        const guard = guardAgainstStall(stall, undefined, rate);
        const started = performance.now();
        let received = 0;
        let ended = false;
        guard.signal.addEventListener('abort', () => (ended = true));
        for (let n = 0; !ended; n += 1) {
          const { seconds, bytes: came } = gaps[n % gaps.length]!;
          vi.advanceTimersByTime(seconds * stall * 1000);
          const elapsed = (performance.now() - started) / 1000;
          const due = stall + received / rate;
          // What is on time goes on, what is not has ended.
          if (elapsed < due - 0.01) expect(ended).toBe(false);
          if (elapsed > due + 0.01) expect(ended).toBe(true);
          if (elapsed > 500) break;
          received += came;
          if (!ended) guard.touch(came);
        }
        guard.end();
      }),
      { numRuns: 60 },
    );
  } finally {
    vi.useRealTimers();
  }
});

it('the bound does not hide that a file has changed since it was recorded', async () => {
  await recorded();
  const changed = bench.mirror.serve('changed', bytes(300_001, 'c'));
  const { parts } = await bench.refusal({ name: NAME, urls: [changed] });
  expect(parts.why).toContain(`recorded sha256 ${HASH}`);
  expect(readLockFile(bench.lockFile).get(NAME)?.sha256).toBe(HASH);
});

/** Runs with a cache on a file system of 8 MiB; skips the test where this process may not mount one. */
async function onSmallDisk(context: TestContext, work: () => Promise<void>): Promise<void> {
  const folder = join(bench.root, 'small');
  mkdirSync(folder);
  vi.stubEnv('KERNEL_MATRIX_CACHE', folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
  context.skip(status !== 0, 'this process may not mount a small disk');
  try {
    await work();
  } finally {
    execFileSync('umount', [folder]);
  }
}
