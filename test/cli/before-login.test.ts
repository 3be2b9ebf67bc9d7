/** What a run fetches is fetched and verified before anybody logs in at the host: where it cannot be trusted nothing reaches that. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Mirror } from '../artifact/mirror.js';
import { RpmKit } from '../artifact/rpm-kit.js';
import { lacking, RPM_TOOLS, SSH_KEYGEN } from '../needs.js';
import { TestServer } from '../remote/server.js';
import { program } from './program.js';

const DOCKER = 'docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm';
const KERNEL = 'kernel-lt-4.4.159-1.el7.x86_64.rpm';

describe.skipIf(lacking([...RPM_TOOLS, ...SSH_KEYGEN]))('nothing reaches the host', () => {
  let kit: RpmKit;
  let key: ReturnType<RpmKit['key']>;
  let docker: string;
  let kernel: string;
  let folder: string;
  let mirror: Mirror;
  let host: TestServer;

  beforeAll(() => {
    kit = new RpmKit();
    key = kit.key('test');
    kit.key('stranger');
    const tree = mkdtempSync(join(tmpdir(), 'km-tree-'));
    mkdirSync(join(tree, 'opt'));
    writeFileSync(join(tree, 'opt/large'), randomBytes(2 ** 18));
    const packed = (name: string, version: string, release: string) =>
      kit.sign(kit.pack(tree, { name, version, release }), 'test');
    docker = packed('docker-ce', '17.06.2.ce', '1.el7.centos');
    kernel = packed('kernel-lt', '4.4.159', '1.el7');
    rmSync(tree, { recursive: true });
  });
  afterAll(() => kit.dispose());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'km-before-login-'));
    mirror = await Mirror.start();
    // It knows no command, so a run that does log in ends there.
    host = await new TestServer((_command, channel) => {
      channel.exit(1);
      channel.end();
    }).start();
    copyFileSync(host.keyFiles[0]!, join(folder, 'id'));
  });
  afterEach(async () => {
    await mirror.stop();
    await host.stop();
    rmSync(folder, { recursive: true });
  });

  /** A run of one kernel. */
  function matrix(more = '') {
    const { type, key: hostKey } = host.publicKey();
    const file = join(folder, 'kernels.yaml');
    writeFileSync(
      file,
      `version: 1
signing_keys:
  test: { fingerprint: ${key.key.fingerprint}, path: ${key.file} }
profiles:
  test:
    machine: { provider: ssh, host: 127.0.0.1, port: ${host.address().port}, user: root, key: id, host_key: '${type} ${hostKey}', consent: true }
    guest: { os: el7, package_sources: keep }
    docker: { image: nginx, urls: ['${mirror.url(DOCKER)}'], signed_by: test${more} }
    kernels:
      - { name: 4.4, source: rpm, release: 4.4.159-1.el7.x86_64, rpm: ${KERNEL}, urls: ['${mirror.url(KERNEL)}'], signed_by: test }
`,
    );
    return program(['matrix', '--config', file, '--runs-dir', join(folder, 'runs')], {
      KERNEL_MATRIX_CACHE: join(folder, 'cache'),
      KERNEL_MATRIX_ARTIFACTS: '',
    });
  }

  const serve = (name: string, file: string, breaksAfter?: number) => {
    const body = readFileSync(file);
    mirror.serve(name, breaksAfter === undefined ? body : { body, breaksAfter });
  };
  it('if Docker is signed by a stranger', async () => {
    serve(DOCKER, kit.sign(docker, 'stranger'));
    serve(KERNEL, kernel);
    const end = await matrix();
    expect(end.code).not.toBe(0);
    expect(end.stderr).toMatch(/it is signed by key [0-9a-f]+, not by test/);
    expect(host.connections).toBe(0);
  });

  it('if Docker has another sha256', async () => {
    serve(DOCKER, docker);
    serve(KERNEL, kernel);
    const wanted = '0'.repeat(64);
    const end = await matrix(`, sha256: ${wanted}`);
    expect(end.code).not.toBe(0);
    expect(end.stderr).toContain(wanted);
    expect(host.connections).toBe(0);
  });

  it('if the only kernel breaks off; the next run fetches the rest of it, and logs in', async () => {
    const half = Math.floor(readFileSync(kernel).length / 2);
    serve(DOCKER, docker);
    serve(KERNEL, kernel, half);
    const end = await matrix();
    expect(end.code).not.toBe(0);
    expect(end.stderr).toMatch(/the transfer ended after \d+ of \d+ bytes/);
    expect(host.connections).toBe(0);

    serve(KERNEL, kernel);
    await matrix();
    const asked = mirror.seen.filter(({ path }) => path === `/${KERNEL}`);
    expect(asked.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(host.connections).toBeGreaterThan(0);
  });
});
