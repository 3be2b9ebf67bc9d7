/** The whole program on real machines: two kernels to their real limit, and one that panics. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeRun } from '../../src/verdict/kernel.js';
import {
  debianKernel,
  factsOfOnlyRun,
  modulesOf,
  qemuProcesses,
  start,
  workFolder,
  writeConfig,
  type Ended,
} from './support.js';
import { lacking, MACHINES } from '../needs.js';

describe.skipIf(lacking(MACHINES))('a matrix of a Debian kernel, a kernel file and a kernel that panics', () => {
  const folder = workFolder();
  const runs = join(folder, 'runs');
  let end: Ended;
  let facts: RunFacts;

  beforeAll(async () => {
    const own = await debianKernel('bullseye-security', 'linux-image-5.10.*-cloud-amd64');
    const config = writeConfig(
      folder,
      `machine: { provider: qemu, cpus: 1 }
guest: { os: debian }
sequence: { cycles: 1 }
jobs: 2
kernels:
  - name: panics
    source: deb
    suite: bookworm-security
    package: linux-image-6.1.*-cloud-amd64
    cmdline: [init=/nonexistent]
  - name: 6.1
    source: deb
    suite: bookworm-security
    package: linux-image-6.1.*-cloud-amd64
    expect: clean
  - name: own
    source: file
    path: ${own.vmlinuz}
    modules: ${modulesOf(own)}
    expect: clean
`,
    );
    // Boots are asked about, so none is taken from what an earlier run has saved.
    end = await start(['matrix', '--config', config, '--runs-dir', runs, '--fresh']).ended;
    facts = await factsOfOnlyRun(runs);
    process.stdout.write(end.stdout);
  });

  const row = (name: string) => facts.rows.find((each) => each.kernel.name === name)!;
  const verdict = (name: string) => judgeRun(facts).find((each) => each.kernel === name)!;

  it('says with its exit code that one kernel could not be measured, and names it', () => {
    expect(end.code, end.stderr).toBe(3);
    expect(end.stderr).toMatch(/panics.*Kernel panic - not syncing/s);
  });

  it.each(['6.1', 'own'])('proves that %s runs before it measures it', (name) => {
    const { boot, selected, artifact } = row(name);
    expect(selected!.readBack).toBe(`k-${name}`);
    expect(boot!.release).toBe(artifact!.release);
    expect(boot!.entry).toBe(`k-${name}`);
    expect(boot!.bootIdAfter).not.toBe(boot!.bootIdBefore);
  });

  it.each(['6.1', 'own'])('fills %s up to the limit of the kernel itself', (name) => {
    const { exhausted } = slotsOf(row(name));
    expect(exhausted!.errno!.name).toBe('ENOSPC');
    expect(exhausted!.made).toBeGreaterThan(65_000);
    expect(exhausted!.made).toBeLessThan(65_536);
    expect(exhausted!.directories).toBe(exhausted!.made);
    // Every id is a living directory: those made, test itself and the root.
    expect(exhausted!.reading.liveDirectories).toBe(exhausted!.made + 2);
  });

  it.each(['6.1', 'own'])('finds %s clean with a calibrated probe and a hold control that bites', (name) => {
    expect(verdict(name)).toMatchObject({ verdict: 'clean', status: 'as-expected' });
    expect(slotsOf(row(name)).calibrated!.samples.map(({ sample }) => sample.capacity)).toEqual([0, 1, 0]);
    expect(slotsOf(row(name)).case1!.run.error).toMatch(
      /mkdir \/sys\/fs\/cgroup\/memory\/docker.*no space left on device/,
    );
    expect(slotsOf(row(name)).hold!.refused.code).not.toBe(0);
    expect(slotsOf(row(name)).hold!.afterRemoval!.code).toBe(0);
  });

  it('needs no initramfs where disk driver and ext4 are built in', () => {
    const [cmdline] = row('own').commands.shown.filter((command) => command.command === 'cat /proc/cmdline');
    expect(cmdline!.stdout).toContain('BOOT_IMAGE=/boot/kernels/own/vmlinuz');
    const console_ = readFileSync(join(runs, facts.run, 'kernels/own/console.log'), 'latin1');
    expect(console_).toContain('Linux version');
    expect(console_).not.toMatch(/initramfs/);
  });

  it('ends the row of a kernel that panics with the tail of its console', () => {
    expect(row('panics').outcome).toMatchObject({ outcome: 'failed', phase: 'boot' });
    expect(row('panics').outcome!.reason).toMatch(/Kernel panic - not syncing.*\nconsole: .*console\.log/);
    expect(row('panics').outcome!.consoleTail!.join('\n')).toContain('Kernel panic');
  });

  it('has the panic in the journal as the kernel said it, and nothing said by a kernel in order', () => {
    const said = row('panics').consoleFindings.filter(({ severity }) => severity !== 'notice');
    expect(said.map((finding) => finding.class)).toEqual(['panic']);
    expect(said[0]!.excerpt.join('\n')).toContain('Call Trace');
    expect(said[0]!.kernelTime).toBeGreaterThan(0);
    // What a kernel does say when the reboot kills a modprobe that waits for a cipher's self-test (crypto_wait_for_test of
    // crypto/api.c): seen once, of the kernel before the row's own, and no fault of what is told here.
    const others = [...row('6.1').consoleFindings, ...row('own').consoleFindings].map(({ line }) => line);
    expect(others.filter((line) => !/^WARNING: .* crypto_wait_for_test/.test(line))).toEqual([]);
  });

  it('writes the reports and a transcript per kernel', () => {
    const files = readdirSync(join(runs, facts.run), { recursive: true }).map(String);
    expect(files).toEqual(
      expect.arrayContaining(['matrix.md', 'matrix.csv', 'matrix.json', 'kernels/6.1/transcript.txt']),
    );
    const transcript = readFileSync(join(runs, facts.run, 'kernels/6.1/transcript.txt'), 'utf8');
    expect(transcript).toMatch(/\[root@6\.1 ~\]# docker run -id -m 100m nginx/);
  });

  it('rebuilds every report from the journal alone, to the letter', async () => {
    const before = readFileSync(join(runs, facts.run, 'matrix.md'), 'utf8');
    const again = await start(['report', facts.run, '--runs-dir', runs]).ended;
    expect(again.code).toBe(3);
    expect(readFileSync(join(runs, facts.run, 'matrix.md'), 'utf8')).toBe(before);
  });

  it('leaves no machine and no overlay', () => {
    expect(qemuProcesses(folder)).toEqual([]);
    const machines = facts.rows.flatMap((each) => each.machine?.machine ?? []);
    const cache = process.env['KERNEL_MATRIX_CACHE'] ?? join(process.env['HOME']!, '.cache/kernel-matrix');
    for (const machine of machines) expect(existsSync(join(cache, 'machines', `${facts.run}-${machine}`))).toBe(false);
  });
});
