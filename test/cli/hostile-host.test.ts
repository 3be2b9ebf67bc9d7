/** The whole program against a host whose every answer is hostile: its row is lost, and every report is made. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer, type Exec } from '../remote/server.js';
import { program } from './program.js';
import { lacking, SSH_KEYGEN } from '../needs.js';

/** What every package of these tests holds. */
const CONTENT = 'x';
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-hostile-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ENTITIES =
  '&nbsp;&#0;]]><script>alert(1)</script>\u001b]52;c;eA==\u0007\u202e@here http://example.com =cmd|x $$x$$ ';

/** What each command is answered with, on both streams, before it fails. */
const ANSWERS: [name: string, text: string][] = [
  ['carriage returns', `x${'\r'.repeat(512 * 1024)}x`],
  [
    'a line, lines, backticks and markup without end',
    `${'x'.repeat(2 ** 20)}${'y\n'.repeat(300_000)}${'` '.repeat(300_000)}${ENTITIES}`,
  ],
];

function config(server: TestServer): string {
  const { type, key } = server.publicKey();
  const file = join(folder, 'kernels.yaml');
  writeFileSync(
    file,
    `version: 1
profiles:
  test:
    machine: { provider: ssh, host: 127.0.0.1, port: ${server.address().port}, user: root, key: id, host_key: '${type} ${key}', consent: true }
    guest: { os: el7, package_sources: keep }
    docker: { source: rpm, package: docker-ce, version: '1', sha256: ${SHA256}, signed_by: none, image: nginx }
    kernels:
      - { name: a, source: rpm, release: 1.0-a, rpm: kernel-1.0-a.rpm, sha256: ${SHA256}, signed_by: none }
`,
  );
  mkdirSync(join(folder, 'artifacts'));
  for (const name of ['kernel-1.0-a.rpm', 'docker-ce-1.x86_64.rpm'])
    writeFileSync(join(folder, 'artifacts', name), CONTENT);
  return file;
}

describe.skipIf(lacking(SSH_KEYGEN))('a host that answers every command with', () => {
  it.each(ANSWERS)('%s costs its row, and every report is made', async (_, text) => {
    const exec: Exec = (_command, channel) => {
      channel.stderr.write(text);
      channel.end(text);
      channel.exit(1);
    };
    const server = await new TestServer(exec).start();
    try {
      copyFileSync(server.keyFiles[0]!, join(folder, 'id'));
      const runs = join(folder, 'runs');
      const file = config(server);
      const end = await program(['matrix', '--config', file, '--runs-dir', runs], {
        KERNEL_MATRIX_CACHE: join(folder, 'cache'),
        KERNEL_MATRIX_ARTIFACTS: join(folder, 'artifacts'),
      });
      expect(end.code, end.stderr.slice(-2000)).toBe(3);
      expect(server.connections).toBeGreaterThan(0);
      expect(end.stdout.length + end.stderr.length).toBeLessThan(64 * 1024);
      const [run] = readdirSync(runs);
      for (const name of ['matrix.html', 'matrix.md', 'summary.md', 'junit.xml', 'matrix.csv'])
        expect(statSync(join(runs, run!, name)).size, name).toBeLessThan(2 ** 20);
      const again = await program(['report', run!, '--runs-dir', runs]);
      expect(again.code, again.stderr.slice(-2000)).toBe(3);
    } finally {
      await server.stop();
    }
  });
});
