import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.js';
import { CENTOS_7_KEY } from '../../src/artifact/keys.js';
import { probeArtifact } from '../../src/artifact/probe.js';
import { useBench } from './bench.js';
import { bytes, deadUrl, sha256 } from './mirror.js';

const bench = useBench();
const BODY = bytes(100_000);
const HASH = sha256(BODY);
const NAME = 'a.rpm';
const probe = (artifact: Artifact, standIn?: string) =>
  probeArtifact(artifact, { lockFile: bench.lockFile, stall: 0.5, standIn });

it('asks every URL for one byte and tells which answer, with size, and why others do not', async () => {
  const dead = await deadUrl(NAME);
  const urls = [
    bench.mirror.serve('ranged', BODY),
    bench.mirror.serve('whole', { body: BODY, ignoresRange: true }),
    bench.mirror.url('gone'),
    dead,
    bench.mirror.serve('page', { body: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }),
    bench.mirror.serve('silent', { body: BODY, silent: true }),
  ];
  const found = await probe({ name: NAME, urls, sha256: HASH });
  expect(found.urls.map(({ answers, size, detail }) => [answers, size, detail])).toEqual([
    [true, BODY.length, 'HTTP 206 Partial Content'],
    [true, BODY.length, 'HTTP 200 OK'],
    [false, null, 'HTTP 404 Not Found'],
    [false, null, expect.stringContaining('ECONNREFUSED')],
    [false, null, 'it answers with a web page'],
    [false, null, 'no data for 0.5 s'],
  ]);
  expect(found).toMatchObject({ from: 'url', missing: [], cached: null, locked: null, standIn: null });
  expect(bench.mirror.seen.find(({ path }) => path === '/ranged')).toMatchObject({ range: 'bytes=0-0', sent: 1 });
  expect(existsSync(bench.lockFile)).toBe(false);
});

it('names every place that fails when nothing serves', async () => {
  writeFileSync(join(bench.standIn, NAME), 'wrong');
  const gone = bench.mirror.url('gone');
  const found = await probe({ name: NAME, urls: [gone], sha256: HASH }, bench.standIn);
  expect(found.from).toBe('missing');
  expect(found.missing).toEqual([
    { place: join(bench.standIn, NAME), reason: `its sha256 is ${sha256('wrong')}, expected ${HASH}` },
    { place: gone, reason: 'HTTP 404 Not Found' },
  ]);
});

it('says where a fetch would take it from: cache, then stand-in, then URL', async () => {
  const url = bench.mirror.serve(NAME, BODY);
  const artifact = { name: NAME, urls: [url], sha256: HASH };
  expect((await probe(artifact)).from).toBe('url');
  writeFileSync(join(bench.standIn, NAME), BODY);
  expect((await probe(artifact, bench.standIn)).from).toBe('stand-in');
  const { path } = await bench.fetch(artifact);
  expect(await probe(artifact, bench.standIn)).toMatchObject({ from: 'cache', cached: path, locked: { sha256: HASH } });
  writeFileSync(path, 'short');
  expect((await probe(artifact)).cached).toBeNull();
});

it('counts the key of a signed package among what is missing', async () => {
  const url = bench.mirror.serve(NAME, BODY);
  const gone = bench.mirror.url('KEY');
  const key = { ...CENTOS_7_KEY, urls: [gone] };
  const found = await probe({ name: NAME, urls: [url], signature: 'rpm', key });
  expect(found.from).toBe('url');
  expect(found.key?.from).toBe('missing');
  expect(found.missing).toEqual([{ place: gone, reason: 'HTTP 404 Not Found' }]);
});

it('tells that nothing identifies an artifact', async () => {
  const found = await probe({ name: NAME, urls: [bench.mirror.serve(NAME, BODY)] });
  expect(found.missing[0]?.reason).toContain('no sha256 and no signature');
});
