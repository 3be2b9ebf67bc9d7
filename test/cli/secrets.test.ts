/** What lets somebody in at a mirror is used there, and is in nothing that this program writes for others to read or prints. */
import { createJournal } from '../../src/scenario/journal.js';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordArtifact } from '../../src/artifact/lock-file.js';
import type { EventDraft } from '../../src/run-events/events.js';
import { addRow, JournalBuilder, kernelRow } from '../fixtures/build.js';
import { program, type Ended } from './program.js';

const SECRET = 's3cretPassw0rd';
const BASIC = Buffer.from(`mirror-user:${SECRET}`).toString('base64');
const root = mkdtempSync(join(tmpdir(), 'km-secrets-'));
const runs = join(root, 'runs');
const config = join(root, 'kernels.yaml');
const asked: { path: string; authorization: string | undefined }[] = [];
let server: Server;
let mirror: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mirror = `http://mirror-user:${SECRET}@127.0.0.1:${(server.address() as AddressInfo).port}`;
  env = {
    KERNEL_MATRIX_CACHE: join(root, 'cache'),
    KERNEL_MATRIX_DEBIAN_MIRROR: `${mirror}/debian`,
    KERNEL_MATRIX_DEBIAN_SECURITY_MIRROR: `${mirror}/debian-security`,
    DEBUG: '1',
  };
  writeFileSync(
    config,
    `version: 1
profiles:
  guest:
    machine: { provider: qemu }
    kernels:
      - { name: d, source: deb, suite: bookworm, package: linux-image-none }
`,
  );
});

afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

function leaks(texts: Record<string, string>): string[] {
  return Object.keys(texts).filter((name) => texts[name]!.includes(SECRET) || texts[name]!.includes(BASIC));
}

/** Files with the secret in them that somebody else could read. */
function leakyFiles(): string[] {
  const files = filesBelow(root).filter((file) => (statSync(file).mode & 0o077) !== 0);
  return leaks(Object.fromEntries(files.map((file) => [file, readFileSync(file, 'latin1')])));
}

const printed = ({ stdout, stderr }: Ended) => ({ stdout, stderr });

/** A run in which everything that can tell of a mirror does. */
function tellingRun(): EventDraft[] {
  const builder = new JournalBuilder([kernelRow('5.10', 'clean'), kernelRow('3.10', 'leaks')]);
  builder.add({
    kind: 'artifact.fetched',
    use: 'Docker',
    name: 'docker.tgz',
    sha256: 'a'.repeat(64),
    size: 1,
    from: 'url',
    place: `${mirror}/docker.tgz`,
    verifiedBy: 'sha256 in the configuration',
    refused: [{ place: `https://h/f?token=${SECRET}`, reason: `HTTP 404 of ${mirror}` }],
    seconds: 1,
  });
  addRow(builder, '5.10');
  builder.add({ kind: 'row.started', kernel: '3.10', machine: 'm1' });
  builder.add({
    kind: 'command',
    kernel: '3.10',
    machine: 'm1',
    phase: 'prepare',
    command: `echo '{"registry-mirrors": ["${mirror}"]}' >/etc/docker/daemon.json`,
    code: 0,
    stdout: `baseurl=${mirror}/os`,
    stderr: `> Authorization: Basic ${BASIC}`,
    seconds: 1,
  });
  builder.add({
    kind: 'row.finished',
    kernel: '3.10',
    outcome: 'failed',
    phase: 'prepare',
    reason: `apt-get ended with exit code 100: ${mirror}/dists 401`,
    consoleTail: [`curl ${mirror}`],
    seconds: 1,
  });
  builder.add({ kind: 'run.finished', seconds: 600 });
  return builder.events.map((event) => {
    const { v, seq, at, ...draft } = event;
    void [v, seq, at];
    return draft;
  });
}

describe('what lets somebody in at a mirror', { timeout: 300_000 }, () => {
  it('is in no journal, and so in no report', async () => {
    const file = join(runs, '20260101-000000', 'journal.jsonl');
    const heard: unknown[] = [];
    const journal = createJournal(file, (event) => heard.push(event));
    for (const draft of tellingRun()) journal.append(draft);
    journal.close();
    const ended = await program(['report', '--runs-dir', runs], env);
    expect(ended.stderr).toBe('');
    const names = filesBelow(runs).map((each) => each.split('/').at(-1)!);
    for (const name of [
      'matrix.html',
      'matrix.json',
      'matrix.csv',
      'matrix.md',
      'junit.xml',
      'summary.md',
      'transcript.txt',
    ])
      expect(names).toContain(name);
    expect(leaks({ ...printed(ended), heard: JSON.stringify(heard) })).toEqual([]);
    expect(leakyFiles()).toEqual([]);
    // That there was a mirror is told all the same.
    expect(readFileSync(file, 'utf8')).toMatch(/"place":"http:\/\/\*\*\*@127\.0\.0\.1:\d+\/docker\.tgz"/);
  });

  it('is not in kernels.lock', async () => {
    const file = join(root, 'kernels.lock');
    const entry = {
      sha256: 'a'.repeat(64),
      size: 1,
      verified_by: 'first use',
      first_seen: `${mirror}/x?sig=${SECRET}`,
    };
    await recordArtifact(file, 'x.rpm', entry);
    expect(readFileSync(file, 'utf8')).toMatch(/first_seen: http:\/\/\*\*\*@127.*sig=\*\*\*/);
    expect(leakyFiles()).toEqual([]);
  });

  it('is used where it belongs, and told nowhere when that fails', async () => {
    const ended = await program(['doctor', '--config', config], env);
    expect(asked.filter(({ path }) => path.startsWith('/debian/dists/')).map((each) => each.authorization)).toContain(
      `Basic ${BASIC}`,
    );
    expect(leaks(printed(ended))).toEqual([]);
    expect(leakyFiles()).toEqual([]);
  });

  it.each([
    ['a run that cannot start', ['matrix', '--config', config, '--runs-dir', join(root, 'more')]],
    ['a dry run', ['matrix', '--dry-run', '--config', config]],
    ['history', ['history', '--runs-dir', runs]],
  ])('is not shown by %s', async (_, words) => {
    const ended = await program(words, env);
    expect(leaks(printed(ended))).toEqual([]);
    expect(leakyFiles()).toEqual([]);
  });

  it('is refused in kernels.yaml, which others read, by an error that does not repeat it', async () => {
    const bad = join(root, 'bad.yaml');
    const url = `https://mirror-user:${SECRET}@${'long.'.repeat(30)}example/debian`;
    writeFileSync(
      bad,
      `version: 1\nprofiles:\n  p:\n    machine: { provider: qemu }\n    guest: { os: debian, mirror: '${url}' }\n    kernels: []\n`,
    );
    const ended = await program(['matrix', '--config', bad], env);
    rmSync(bad);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('user name or query');
    expect(leaks(printed(ended))).toEqual([]);
  });
});
