import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { lockFileOf, readLockFile, recordArtifact } from '../../src/artifact/lock-file.js';
import { useBench } from './bench.js';

const bench = useBench();
const entry = (digit: string, verified_by = 'first use') => ({
  sha256: digit.repeat(64),
  size: 3,
  verified_by,
  first_seen: 'https://example.org/a?b: c #d',
});

it('stands beside kernels.yaml', () => {
  expect(lockFileOf('/a/kernels.yaml')).toBe('/a/kernels.lock');
});

it('is sorted, whole and the same whatever the order, with no entry lost to a run at the same time', async () => {
  await Promise.all(['c', 'a', 'b'].map((name) => recordArtifact(bench.lockFile, name, entry('1'))));
  const text = readFileSync(bench.lockFile, 'utf8');
  expect([...readLockFile(bench.lockFile).keys()]).toEqual(['a', 'b', 'c']);
  expect(text).toMatchInlineSnapshot(`
    "# The content of each artifact when it was verified. An artifact that differs from its entry is refused.
    # Written by kernel-matrix. Commit it beside kernels.yaml. To accept a change on purpose, delete the entry.
    version: 1
    artifacts:
      a:
        sha256: "1111111111111111111111111111111111111111111111111111111111111111"
        size: 3
        verified_by: first use
        first_seen: "https://example.org/a?b: c #d"
      b:
        sha256: "1111111111111111111111111111111111111111111111111111111111111111"
        size: 3
        verified_by: first use
        first_seen: "https://example.org/a?b: c #d"
      c:
        sha256: "1111111111111111111111111111111111111111111111111111111111111111"
        size: 3
        verified_by: first use
        first_seen: "https://example.org/a?b: c #d"
    "
  `);
  // Nothing else appears in the user's folder.
  expect(readdirSync(dirname(bench.lockFile))).toEqual(['kernels.lock']);
  rmSync(bench.lockFile);
  for (const name of ['b', 'c', 'a']) await recordArtifact(bench.lockFile, name, entry('1'));
  expect(readFileSync(bench.lockFile, 'utf8')).toBe(text);
});

it('refuses other content for a name, with both hashes and what to do', async () => {
  await recordArtifact(bench.lockFile, 'a', entry('1'));
  await expect(recordArtifact(bench.lockFile, 'a', entry('2'))).rejects.toThrow(
    new RegExp(`recorded sha256 1{64}, now 2{64}\n  next: .*delete the entry of a from ${bench.lockFile}`),
  );
  expect(readLockFile(bench.lockFile).get('a')).toEqual(entry('1'));
});

it('takes a stronger proof of the same content, and keeps where it was first seen', async () => {
  await recordArtifact(bench.lockFile, 'a', entry('1'));
  await recordArtifact(bench.lockFile, 'a', { ...entry('1', 'rpm signature of AB'), first_seen: 'file:///x' });
  expect(readLockFile(bench.lockFile).get('a')).toEqual(entry('1', 'rpm signature of AB'));
});

it.each([
  ['a merge conflict', '<<<<<<< HEAD\nversion: 1\n=======\n'],
  ['another version', 'version: 2\nartifacts: {}\n'],
  ['a short hash', `version: 1\nartifacts: { a: { sha256: abc, size: 1, verified_by: x, first_seen: y } }\n`],
  [
    'a hostile name',
    `version: 1\nartifacts: { ../x: { sha256: ${'1'.repeat(64)}, size: 1, verified_by: x, first_seen: y } }\n`,
  ],
  ['an unknown key', 'version: 1\nartifacts: {}\nmore: 1\n'],
  ['nothing', ''],
])('refuses %s rather than read it as empty', (_what, text) => {
  writeFileSync(bench.lockFile, text);
  expect(() => readLockFile(bench.lockFile)).toThrow(
    /the lock file cannot be read\n {2}where: .*kernels.lock\n {2}why: ./,
  );
});

it('says so when its folder does not exist', async () => {
  rmSync(dirname(bench.lockFile), { recursive: true });
  await expect(recordArtifact(bench.lockFile, 'a', entry('1'))).rejects.toThrow(
    /cannot be written\n.*where: .*kernels.lock/,
  );
});

it('keeps the permissions it has', async () => {
  await recordArtifact(bench.lockFile, 'a', entry('1'));
  chmodSync(bench.lockFile, 0o640);
  await recordArtifact(bench.lockFile, 'b', entry('1'));
  expect(statSync(bench.lockFile).mode & 0o777).toBe(0o640);
});
