/** Everything else that comes from outside: what guests and tools print, files beside a run, names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readLockFile } from '../../src/artifact/lock-file.js';
import { baselineText, parseBaseline } from '../../src/compare/baseline-file.js';
import { compareRuns } from '../../src/compare/compare.js';
import { summarise } from '../../src/compare/summarise.js';
import { thresholdsOf } from '../../src/compare/thresholds.js';
import { debianGuest } from '../../src/guest/debian/debian.js';
import { el7BootLoader } from '../../src/guest/el7/boot-loader.js';
import { UserError } from '../../src/host/user-error.js';
import { mirrorsOfTargets, packagesOf } from '../../src/host/apt.js';
import { RUN_EVENTS } from '../../src/run-events/events.js';
import { listMachines, machineFolder, sweep } from '../../src/provider/qemu/registry.js';
import { Qmp } from '../../src/provider/qemu/qmp.js';
import { BadSshConfig, parseSshConfig } from '../../src/provider/vagrant/ssh-config.js';
import { listVagrantMachines, vagrantFolder } from '../../src/provider/vagrant/registry.js';
import { reportInput } from '../../src/report/index.js';
import { allReports } from '../report/all-reports.js';
import { safeName } from '../../src/report/paths.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { plain } from '../../src/base/text/plain.js';
import { errnoOf } from '../../src/scenario/cgroup-slots/bulk.js';
import { parseCgroupStat, parseMeminfo, parseNumCgroups } from '../../src/scenario/cgroup-slots/readings.js';
import { isCgroupRefusal } from '../../src/runtime/refusal.js';
import { parseDockerInfo } from '../../src/runtime/docker.js';
import { runOutcome } from '../../src/scenario/cgroup-slots/verdict/slots.js';
import { addRow, JournalBuilder, kernelRow, plan, ran, REFUSED_ENOSPC } from '../fixtures/build.js';
import { at, hostileText, hostileValue, nodesOf, place, settings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'km-fuzz-'));
vi.stubEnv('KERNEL_MATRIX_CACHE', join(folder, 'cache'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What programs print when all is well; each parser is given bits of all of them. */
const OUTPUTS = [
  '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t1\t4\t1\nmemory\t7\t65534\t1\n',
  'nr_descendants 12\nnr_subsys_memory 13\nnr_dying_descendants 2\nnr_dying_subsys_memory 1\n',
  'MemTotal:        3043180 kB\nMemFree:         2855916 kB\nMemAvailable:    2786628 kB\nSlab:   1 kB\nSUnreclaim: 2 kB\nPercpu: 3 kB\nKernelStack: 4 kB\n',
  ' Server Version: 20.10.5\n Storage Driver: overlay2\n Cgroup Driver: cgroupfs\n Cgroup Version: 1\n runc version: 1.0\n',
  'made 65532\nerrno 28 No space left on device\nlive 65534\nremoved 12\n',
  REFUSED_ENOSPC,
  "menuentry 'k-5.10' --id 'k-5.10' {\nmenuentry 'CentOS Linux (3.10.0-514.el7.x86_64) 7 (Core)' --class x {\n",
  '# GRUB Environment Block\nsaved_entry=k-5.10\nnext_entry=\n#######\n',
  'BOOT_IMAGE=/boot/vmlinuz-3.10.0 root=/dev/sda1 km.entry=k-5.10 quiet\n',
  'Host m1\n  HostName 192.168.121.5\n  User vagrant\n  Port 22\n  IdentityFile "/home/a b/key"\n',
  'Package: linux-image-5.10.0-1\nVersion: 5.10.1-1\nArchitecture: amd64\nSHA256: abc\n\nPackage: b\nVersion: 2\n',
  'http://deb.debian.org/debian bookworm main\nhttp://security.debian.org/debian-security bookworm-security main\n',
];
const mixed = fc
  .array(
    fc.oneof(fc.constantFrom(...OUTPUTS), fc.constantFrom(...OUTPUTS.flatMap((text) => text.split('\n'))), hostileText),
    { maxLength: 6 },
  )
  .chain((pieces) => fc.tuple(fc.constant(pieces.join('\n')), fc.array(fc.tuple(place, hostileText), { maxLength: 2 })))
  .map(([text, inserts]) =>
    inserts.reduce((all, [where, piece]) => {
      const i = at(where, all.length + 1);
      return all.slice(0, i) + piece + all.slice(i + 1);
    }, text),
  );

/** Text on which a pattern that goes back and forth never ends. */
const LONG = [
  'a',
  ' ',
  '\n',
  '\t',
  '9',
  "'",
  '"',
  '\\',
  '/',
  ':',
  '(',
  'mkdir /sys/fs/cgroup/memory/',
  'menuentry ',
  ' km.entry=',
  'errno 1 ',
  '-',
  'docker-',
  'a ',
  ' a',
  'Host a\n',
  'x=',
  '$',
  '\u001b[',
].flatMap((unit) => [unit.repeat(50_000), `Host a${unit.repeat(50_000)}b`, `memory ${unit.repeat(50_000)}`]);

const LOADERS = [debianGuest(plan([])).bootLoader, el7BootLoader(true), el7BootLoader(false)];

/** Every parser; what it may answer is checked, what it may throw is said. */
function parseAll(text: string): void {
  const count = (value: number | null) => expect(value === null || (Number.isFinite(value) && value >= 0)).toBe(true);
  count(parseNumCgroups(text));
  count(parseCgroupStat(text).liveReported);
  count(parseCgroupStat(text).dyingReported);
  try {
    Object.values(parseMeminfo(text)).forEach(count);
  } catch (error) {
    expect((error as Error).message).toMatch(/^\/proc\/meminfo has no /);
  }
  for (const value of Object.values(parseDockerInfo(text))) expect(typeof value).toBe('string');
  count(errnoOf(text)?.number ?? null);
  expect(typeof isCgroupRefusal(text).refused).toBe('boolean');
  expect(runOutcome(ran(null, { code: 125, error: text })).detail).not.toContain('\n');
  for (const loader of LOADERS) {
    const found = loader.find(text, 'k-5.10');
    if (found !== null) expect(text).toContain(found);
    expect(typeof loader.selected(text)).toBe('string');
    expect(loader.entryOf(text)).not.toMatch(/\s/);
  }
  try {
    const { host, port, keys } = parseSshConfig(text, 'm1');
    expect(host).not.toMatch(/[\r\n]/);
    expect(port).toBeGreaterThan(0);
    expect(keys.length).toBeGreaterThan(0);
  } catch (error) {
    expect(error).toBeInstanceOf(BadSshConfig);
  }
  packagesOf(text, 'linux-image-*');
  mirrorsOfTargets(text, 'bookworm');
  // eslint-disable-next-line no-control-regex
  expect(plain(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
}

describe('what programs print', () => {
  it('is understood or refused, whatever it is', () => {
    fc.assert(fc.property(mixed, parseAll), settings(1000));
  });

  it('is understood or refused in time, however long it is', () => {
    for (const text of LONG) {
      const begun = process.cpuUsage();
      parseAll(text);
      expect(process.cpuUsage(begun).user / 1e6, JSON.stringify(text.slice(0, 20))).toBeLessThan(3);
    }
  });

  it('does not end the process that talks to QEMU', async () => {
    const line = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      hostileText,
      fc.record({ return: hostileValue }).map((value) => JSON.stringify(value)),
      fc.record({ error: hostileValue }).map((value) => JSON.stringify(value)),
      fc.record({ event: hostileValue }).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const input = new PassThrough();
        const names: unknown[] = [];
        const qmp = new Qmp(input, new PassThrough(), (name) => names.push(name));
        const answer = qmp.execute('query-status').catch((error: unknown) => error);
        input.end(`${lines.join('\n')}\n`);
        await answer;
        for (const name of names) expect(typeof name).toBe('string');
      }),
      settings(200),
    );
  });
});

const whole = new JournalBuilder([kernelRow('5.10'), kernelRow('6.1')]);
for (const name of ['5.10', '6.1']) addRow(whole, name);
const FACTS = whole.facts();
const SUMMARY = summarise(FACTS, reportInput(FACTS).verdicts);

/** A text with one value of its JSON changed, or some of its characters. */
const spoiltJson = (content: unknown) =>
  fc.oneof(
    fc.tuple(place, hostileValue).map(([where, value]) => {
      const tree = structuredClone({ root: content });
      const nodes = nodesOf(tree);
      const node = nodes[at(where, nodes.length)]!;
      node.parent[node.key] = value;
      return JSON.stringify(tree.root) ?? '';
    }),
    fc.tuple(place, hostileText).map(([where, piece]) => {
      const text = JSON.stringify(content);
      const i = at(where, text.length);
      return text.slice(0, i) + piece + text.slice(i + 1);
    }),
  );

describe('files beside a run', () => {
  it('a baseline is read or refused, and what is read can be compared', () => {
    const file = JSON.parse(baselineText({ format: 'kernel-matrix/baseline', version: 2, profiles: { embedded: SUMMARY } })) as unknown; // prettier-ignore
    fc.assert(
      fc.property(spoiltJson(file), (text) => {
        try {
          for (const summary of Object.values(parseBaseline(text, 'b.json').profiles)) {
            compareRuns(summary, SUMMARY, thresholdsOf());
            const taken = { from: 'file', place: 'b.json', sha256: null, summary };
            // What is taken over into a journal must be taken from it again.
            expect(RUN_EVENTS['baseline.taken'].safeParse(JSON.parse(JSON.stringify(taken))).success).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      settings(500),
    );
  });

  it('kernels.lock is read or refused', () => {
    const entry = { sha256: 'a'.repeat(64), size: 5, verified_by: 'first use', first_seen: 'https://a/b' };
    fc.assert(
      fc.property(fc.oneof(spoiltJson({ version: 1, artifacts: { 'a.rpm': entry } }), mixed), (text) => {
        const file = join(folder, 'kernels.lock');
        writeFileSync(file, text);
        try {
          for (const [name, { size }] of readLockFile(file)) {
            expect(name).not.toMatch(/[/\n]/);
            expect(size).toBeGreaterThanOrEqual(0);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      settings(300),
    );
  });

  it('records of machines are believed or not, and nothing is killed for those that are not', () => {
    const owner = { pid: process.pid, started: '1', boot: 'another' };
    const record = { id: 'a', run: 'r', name: 'm1', qemu: owner, owner, kept: false, sshPort: 22, privateKey: '/k', console: '/c', settings: 's', dotfile: 'd', hypervisor: null }; // prettier-ignore
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    fc.assert(
      fc.property(spoiltJson(record), (text) => {
        writeFileSync(join(machineFolder('a'), 'machine.json'), text);
        writeFileSync(join(vagrantFolder('a'), 'machine.json'), text);
        for (const { id, run } of [...listMachines(), ...listVagrantMachines()]) {
          expect(id).toBe('a');
          expect(typeof run).toBe('string');
        }
        for (const swept of sweep({ kept: true })) expect(swept.record.id).toBe('a');
      }),
      settings(200),
    );
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
  });
});

describe('names of rows', () => {
  const name = fc.oneof(hostileText, fc.constantFrom('.', '...', 'a/../b', 'CON', 'a'.repeat(5000), '-', '\u0000'));

  it('make files that lie in the run’s folder, each its own, and reports that nothing breaks out of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), (names) => {
        const journal = new JournalBuilder(names.map((each) => kernelRow(each)));
        for (const each of names.slice(1)) addRow(journal, each);
        const facts = journal.facts();
        const input = reportInput(facts);
        const files = allReports(journal.events);
        const own = [...input.transcripts.values()].map((path) => path.toLowerCase());
        expect(new Set(own).size).toBe(names.length);
        for (const path of files.keys()) {
          expect(join('/runs/x', path).startsWith('/runs/x/')).toBe(true);
          for (const segment of path.split('/')) expect(segment.length).toBeLessThan(256);
          expect(path).toMatch(/^[A-Za-z0-9._+/-]+$/);
        }
        for (const each of names) expect(safeName(safeName(each))).toBe(safeName(each));
        expect(files.get('matrix.html')).not.toContain('<img');
        const table = renderTerminal(input, { width: 100, colour: false });
        // eslint-disable-next-line no-control-regex
        expect(table).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(JSON.parse(files.get('matrix.json')!)).toBeTruthy();
      }),
      settings(100),
    );
  });
});
