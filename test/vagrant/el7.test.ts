/**
 * The mission's own way, from kernels.yaml to the table: the CentOS 7 profile through the real Vagrant, vagrant-libvirt and
 * libvirt. The box is the rpm guest (test/vm/rpm-guest), as CentOS 7 cannot be obtained here; every file comes from a stand-in
 * folder, and the guest has no package source at all.
 */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import { ensureRpmGuest, type RpmGuest } from '../vm/rpm-guest/guest.js';
import { factsOfOnlyRun, start, writeConfig, type Ended } from '../vm/support.js';
import { packBox } from './box.js';
import { holdings, startLibvirt } from './libvirt.js';
import { lacking, VAGRANT } from '../needs.js';

const folder = mkdtempSync(join(tmpdir(), 'km-vagrant-el7-'));
const runs = join(folder, 'runs');
const standIn = join(folder, 'stand-in');
const env = { KERNEL_MATRIX_CACHE: join(folder, 'cache'), KERNEL_MATRIX_ARTIFACTS: standIn };

let guest: RpmGuest;
let stopLibvirt = () => Promise.resolve();
let before: string[] = [];
let end: Ended;
let facts: RunFacts;

beforeAll(async () => {
  guest = await ensureRpmGuest();
  mkdirSync(standIn);
  const vault = readdirSync(guest.vault, { recursive: true }).map(String);
  const dependencies = vault.filter((file) => file.endsWith('.rpm')).map((file) => join(guest.vault, file));
  for (const file of [...Object.values(guest.rpms), ...dependencies]) cpSync(file, join(standIn, basename(file)));
  const box = await packBox(guest.disk, join(folder, 'box'), [
    `config.ssh.private_key_path = '${guest.loginKey}'`,
    "config.ssh.username = 'vagrant'",
  ]);
  cpSync(new URL(box.url).pathname, join(standIn, 'stand-in.box'));
  const named = (start: string) =>
    basename(
      dependencies
        .filter((file) => basename(file).startsWith(start))
        .sort()
        .at(-1)!,
    );
  const config = writeConfig(
    folder,
    `machine:
  provider: vagrant
  hypervisor: libvirt
  emulated: true
  cpus: 2
  memory: 8GiB
  box: kernel-matrix-el7
  box_urls: ['https://boxes.invalid/stand-in.box']
  box_sha256: ${box.sha256}
guest: { os: el7, package_sources: none, rpms: [{ rpm: ${named('perl-')}, signed_by: test }] }
docker:
  signed_by: test
  image_archive: ${guest.image}
  dependencies: [{ rpm: ${named('container-selinux-')}, signed_by: test }, { rpm: ${named('libcgroup-')}, signed_by: test }]
sequence: { cycles: 1 }
timeouts: { boot: 10m, docker: 5m }
kernels:
  - { name: 4.4, source: rpm, release: ${guest.releases.lt}, rpm: ${basename(guest.rpms.lt)}, signed_by: test, expect: clean }
`,
    `signing_keys:\n  test: { fingerprint: ${guest.key.fingerprint}, path: ${guest.key.file} }\n`,
  );
  stopLibvirt = await startLibvirt();
  before = holdings();
  end = await start(['matrix', '--config', config, '--runs-dir', runs], env).ended;
  process.stdout.write(end.stdout);
  facts = await factsOfOnlyRun(runs);
});

afterAll(async () => {
  try {
    const cleaned = await start(['clean', '--cache'], env).ended;
    expect(cleaned.code, cleaned.stdout + cleaned.stderr).toBe(0);
    expect(holdings()).toEqual(before);
  } finally {
    await stopLibvirt();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(lacking(VAGRANT))('the CentOS 7 profile through Vagrant', () => {
  it('measures a kernel that it installed from its RPM', () => {
    expect(end.code, end.stderr).toBe(0);
    expect(judgeRun(facts)).toMatchObject([{ kernel: '4.4', verdict: 'clean', status: 'as-expected' }]);
    const [row] = facts.rows;
    expect(row!.machine).toMatchObject({ provider: 'vagrant (libvirt)', memoryMib: 8192 });
    expect(row!.selected!.readBack).toBe(`CentOS Linux (${guest.releases.lt}) 7 (Core)`);
    expect(row!.boot).toMatchObject({ release: guest.releases.lt, entry: `vmlinuz-${guest.releases.lt}` });
    expect(slotsOf(row!).exhausted!.errno!.name).toBe('ENOSPC');
  });

  it('gives Vagrant the box that was verified, from the cache', () => {
    expect(facts.fetched.find(({ use }) => use === 'Vagrant box')).toMatchObject({
      from: 'stand-in',
      verifiedBy: 'sha256 in the configuration',
    });
  });

  it('keeps the console of the machine', () => {
    expect(statSync(join(runs, facts.run, 'machines/m1/console.log')).size).toBeGreaterThan(1000);
  });

  it('leaves no domain, disk or network of its own', () => {
    const left = holdings().filter((each) => !before.includes(each));
    // vagrant-libvirt keeps its network and the copy of the box until `clean --cache`, by design.
    expect(left.filter((each) => !/_vagrant_box_image_|vagrant-libvirt/.test(each))).toEqual([]);
  });
});
