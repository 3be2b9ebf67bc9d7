/**
 * The CentOS 7 profile from a bare machine to a matrix, on a stand-in in which rpm, yum, systemd and GRUB are the real
 * programs (rpm-guest/). To the program it is a host that exists. The tests are steps of one story and run in order.
 */
import type { RunFacts } from '../../src/run-events/facts.js';
import { readJournal, createJournal } from '../../src/scenario/journal.js';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPlan } from '../../src/config/select.js';
import type { JournalEvent } from '../../src/run-events/events.js';
import { GuestShell } from '../../src/remote/guest-shell.js';
import { el7Backend } from '../../src/run/el7-backend.js';
import { fetchPlanFiles } from '../../src/run/plan-files.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { deadUrl, type Mirror } from '../artifact/mirror.js';
import { ensureRpmGuest, type RpmGuest } from './rpm-guest/guest.js';
import { serveRpmGuest } from './rpm-guest/serve.js';
import { HOST_SEEN_BY_GUEST, startRpmGuest, type RunningGuest } from './rpm-guest/start.js';
import { factsOfOnlyRun, start, workFolder, writeConfig, type Ended } from './support.js';
import { lacking, MACHINES, RPM_TOOLS } from '../needs.js';

const folder = workFolder();
const runs = join(folder, 'runs');
const env = { KERNEL_MATRIX_CACHE: join(folder, 'cache'), KERNEL_MATRIX_ARTIFACTS: '' };

let guest: RpmGuest;
let machine: RunningGuest;
let mirror: Mirror;
let config: string;
let dead: string;

/** The profile: places that do not answer stand before those that do. */
function profile(): string {
  const { address } = machine;
  const url = (file: string) => mirror.url(`rpms/${basename(file)}`);
  const seenByGuest = (text: string) => text.replace('127.0.0.1', HOST_SEEN_BY_GUEST);
  return `machine: { provider: ssh, host: 127.0.0.1, port: ${address.port}, user: vagrant, key: ${address.keyFiles[0]}, host_key: '${machine.hostKey()}', consent: true }
guest: { os: el7, package_sources: vault, vault_urls: [${seenByGuest(dead)}, ${seenByGuest(mirror.url('vault'))}] }
docker:
  urls: ['${dead}/${basename(guest.rpms.docker)}', '${url(guest.rpms.docker)}']
  signed_by: test
  image_archive: ${guest.image}
sequence: { cycles: 1 }
timeouts: { boot: 5m }
kernels:
  - { name: 4.4, source: rpm, release: ${guest.releases.lt}, rpm: ${basename(guest.rpms.lt)}, urls: ['${url(guest.rpms.lt)}'], signed_by: test, expect: clean, cmdline: [km.test=1] }
  - { name: 4.18, source: rpm, release: ${guest.releases.ml}, rpm: ${basename(guest.rpms.ml)}, urls: ['${dead}/${basename(guest.rpms.ml)}', '${url(guest.rpms.ml)}'], signed_by: test, expect: clean }
`;
}

function writeProfile(): string {
  const { file, fingerprint } = guest.key;
  return writeConfig(folder, profile(), `signing_keys:\n  test: { fingerprint: ${fingerprint}, path: ${file} }\n`);
}

/** What root's shell on the stand-in answers. */
async function ask(command: string): Promise<string> {
  const session = await machine.connect();
  try {
    return (await session.run(command, { timeout: 120 })).stdout.trim();
  } finally {
    session.close();
  }
}

beforeAll(async () => {
  guest = await ensureRpmGuest();
  mirror = await serveRpmGuest(guest);
  machine = await startRpmGuest(guest, folder);
  dead = await deadUrl('gone');
  await ask('true');
  config = writeProfile();
});

afterAll(async () => {
  await machine?.stop();
  await mirror?.stop();
});

describe.skipIf(lacking([...MACHINES, ...RPM_TOOLS, 'createrepo_c']))(
  'the matrix, killed while rpm installs a kernel and gone on with',
  () => {
    let end: Ended;
    let facts: RunFacts;
    let events: JournalEvent[];
    const row = (name: string) => facts.rows.find((each) => each.kernel.name === name)!;
    const title = (release: string) => `CentOS Linux (${release}) 7 (Core)`;
    const rows = () =>
      [
        ['4.4', guest.releases.lt],
        ['4.18', guest.releases.ml],
      ] as const;

    beforeAll(async () => {
      const watch = await machine.connect();
      const killed = start(['matrix', '--config', config, '--runs-dir', runs], env);
      await killed.says(/m1: install kernel-lt/);
      await watch.run("until pgrep -f '^rpm -ivh' >/dev/null; do sleep 0.1; done", { timeout: 120 });
      killed.child.kill('SIGKILL');
      await killed.ended;
      watch.close();
      end = await start(['matrix', '--resume', '--config', config, '--runs-dir', runs], env).ended;
      facts = await factsOfOnlyRun(runs);
      events = (await readJournal(join(runs, facts.run, 'journal.jsonl'))).events;
      process.stdout.write(end.stdout);
    });

    it('finds both kernels clean', () => {
      expect(end.code, end.stderr).toBe(0);
      expect(judgeRun(facts).map(({ kernel, verdict, status }) => ({ kernel, verdict, status }))).toEqual([
        { kernel: '4.4', verdict: 'clean', status: 'as-expected' },
        { kernel: '4.18', verdict: 'clean', status: 'as-expected' },
      ]);
    });

    it('boots each by its title for one boot only, and proves it', () => {
      for (const [name, release] of rows()) {
        const { selected, boot, commands } = row(name);
        expect(selected!.readBack).toBe(title(release));
        expect(boot).toMatchObject({ release, entry: `vmlinuz-${release}` });
        expect(boot!.bootIdAfter).not.toBe(boot!.bootIdBefore);
        const [environment] = commands.shown.filter(({ command }) => command === 'grub2-editenv list');
        expect(environment!.stdout).toContain(`saved_entry=${title(guest.releases.own)}\n`);
      }
    });

    it('gives a row the words of its own', () => {
      const words = (name: string) =>
        row(name)
          .commands.shown.find(({ command }) => command === 'cat /proc/cmdline')!
          .stdout.trim()
          .split(' ');
      expect(words('4.4')).toContain('km.test=1');
      expect(words('4.18')).not.toContain('km.test=1');
    });

    it('takes a kernel from the second place where the first does not answer', () => {
      const ml = events.find((event) => event.kind === 'artifact.fetched' && event.use === 'kernel 4.18');
      expect(ml).toMatchObject({ from: 'url', verifiedBy: `rpm signature of ${guest.key.fingerprint}` });
      expect(ml).toMatchObject({ refused: [{ place: `${dead}/${basename(guest.rpms.ml)}` }] });
    });

    it('has what the RPMs depend on from the package sources, signatures checked', async () => {
      const installed = (await ask('rpm -qa')).split('\n');
      expect(installed).toEqual(
        expect.arrayContaining([
          'docker-ce-17.06.2.ce-1.el7.centos.x86_64',
          'container-selinux-2.42-1.gitad8f0f7.el7.noarch',
          'libcgroup-0.41-13.el7_4.x86_64',
          'perl-5.16.3-292.el7.x86_64',
          'kernel-3.10.0-693.el7.x86_64',
          'kernel-lt-4.4.159-1.el7.elrepo.x86_64',
          'kernel-ml-4.18.12-1.el7.elrepo.x86_64',
        ]),
      );
      expect(installed.some((name) => name.startsWith('gpg-pubkey-'))).toBe(true);
    });

    it("leaves the machine's own kernel as its default", async () => {
      expect(await ask('grubby --default-kernel')).toBe(`/boot/vmlinuz-${guest.releases.own}`);
      expect(await ask('grub2-editenv list')).toBe(`saved_entry=${title(guest.releases.own)}`);
      expect(await ask('cat /var/lib/kernel-matrix/default-kernel')).toBe('');
    });

    it('acts on nothing when it provisions again', async () => {
      const { steps, commands } = await provisionAgain();
      expect(commands.filter(({ code }) => code !== 0)).toEqual([]);
      // The menu is read, then there is one check a step, and no act.
      expect(commands.length).toBe(steps + 1);
      expect(steps).toBeGreaterThan(15);
    });

    it('comes up with its own kernel at the next reboot', async () => {
      await ask('reboot');
      await vi.waitFor(async () => expect(await ask('uname -r')).toBe(guest.releases.own), { timeout: 300_000 });
    });
  },
);

/** The program's own provision, on the machine as it is; how many steps it told of, and the commands it ran. */
async function provisionAgain() {
  const plan = loadPlan(config);
  const file = join(folder, 'again.jsonl');
  const journal = createJournal(file);
  const observer = { event: () => undefined, progress: () => undefined, close: () => undefined };
  const { signal } = new AbortController();
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const files = await fetchPlanFiles(plan, journal, observer, signal);
    const { provider, guest } = el7Backend({ plan, run: 'again' }, files, journal, observer);
    const host = await provider.start('m1', join(folder, 'again'), signal);
    const session = await host.connect(60, signal);
    let steps = 0;
    await guest.provision!(new GuestShell(session, journal, null, 120), () => (steps += 1));
    session.close();
    await host.destroy();
    const { events } = await readJournal(file);
    return { steps, commands: events.filter((event) => event.kind === 'command') };
  } finally {
    journal.close();
    vi.unstubAllEnvs();
  }
}
