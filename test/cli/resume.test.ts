/** Going on with a run whose kernels.yaml has changed meanwhile. */
import { parseJournal, replay } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPlan } from '../../src/cli/kernels-yaml.js';
import { compareWithConfig, trustedPlan } from '../../src/cli/resume.js';
import type { Plan } from '../../src/config/plan.js';
import type { SshMachineConfig } from '../../src/provider/ssh/config.js';
import type { PlanOverrides } from '../../src/config/select.js';
import { UserError } from '../../src/host/user-error.js';
import type { EventBodies, JournalEvent } from '../../src/run-events/events.js';
import { journalText } from '../../src/journal/lines.js';
import { plan as embeddedPlan } from '../fixtures/build.js';
import { TestServer } from '../remote/server.js';
import { program } from './program.js';
import { lacking, SSH_KEYGEN } from '../needs.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-resume-'));
  file = join(folder, 'kernels.yaml');
  writeFileSync(file, YAML);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What every package of these tests holds. */
const CONTENT = 'x';
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const row = (name: string) =>
  `      - { name: ${name}, source: rpm, release: 1.0-${name}, rpm: kernel-1.0-${name}.rpm, sha256: ${SHA256}, signed_by: none }\n`;
const YAML = `version: 1
profiles:
  test:
    machine: { provider: ssh, host: 127.0.0.1, port: 9, user: nobody }
    guest: { os: el7, package_sources: keep }
    docker: { source: rpm, package: docker-ce, version: '1', sha256: ${SHA256}, signed_by: none, image: nginx }
    sequence: { cycles: 4 }
    kernels:
${row('a')}${row('b')}`;

const edit = (from: string, to: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));

function started(plan: Plan, asked?: EventBodies['run.started']['asked']): JournalEvent[] {
  const body: EventBodies['run.started'] = {
    run: 'night',
    profile: plan.profile,
    profileReason: 'the only profile',
    tool: { name: 'kernel-matrix', version: '0.1.0', node: 'v20.0.0' },
    host: { os: 'Linux', cpus: 2, memoryMib: 4096 },
    plan,
    ...(asked === undefined ? {} : { asked }),
  };
  return [{ v: 3, seq: 1, at: '2026-01-01T00:00:00.000Z', kind: 'run.started', ...body }];
}

/** As a run that was started with these options tells of itself. */
function facts(asked: Pick<PlanOverrides, 'kernels' | 'cycles'> & object = {}, told = true): RunFacts {
  const plan = loadPlan(file, asked);
  const events = started(plan, told ? (asked as EventBodies['run.started']['asked']) : undefined);
  return replay(parseJournal(journalText(events)).events);
}

/** What has changed since, as told. */
const configChange = (run: RunFacts) => compareWithConfig(run, file).change;

describe('what has changed in kernels.yaml', () => {
  it.each([{}, { kernels: 'b' }, { cycles: '2' }])(
    'has nothing to say of an unchanged file, whatever was asked: %j',
    (asked) => {
      expect(configChange(facts(asked))).toBeNull();
      expect(configChange(facts(asked, false))).toBeNull();
    },
  );

  it('says what is different, and what is done', () => {
    const run = facts();
    edit('cycles: 4', 'cycles: 9');
    expect(configChange(run)).toBe(
      `${file} has changed since run night was started: sequence: cycles: 4 / 9 (then / now); the run goes on with the plan it began with; for the new one start a new run`,
    );
  });

  it('sees a row that was added, if the run was of all rows', () => {
    const [all, one] = [facts(), facts({ kernels: 'a' })];
    edit(row('b'), row('b') + row('c'));
    expect(configChange(all)).toContain('kernels: a, b / a, b, c');
    expect(configChange(one)).toBeNull();
  });

  it('says of a row that is gone, or of a file that is wrong, why no plan can be made of it', () => {
    const run = facts({ kernels: 'b' });
    edit(row('b'), '');
    expect(configChange(run)).toContain('its plan cannot be made of it any more (--kernels: expected');
    writeFileSync(file, 'version: 2\n');
    expect(configChange(run)).toContain('(1:1: profiles: expected a map of profiles');
  });

  it('is not consent, nor that the file is gone', () => {
    const run = facts();
    const { plan } = run;
    expect(
      configChange({ ...run, plan: { ...plan, machine: { ...plan.machine, consent: true } as Plan['machine'] } }),
    ).toBeNull();
    rmSync(file);
    expect(configChange(run)).toBeNull();
  });

  it('does not take what an older journal lacks for a change', () => {
    const run = facts({}, false);
    const { compare: _, ...older } = run.plan;
    expect(configChange({ ...run, plan: older as Plan })).toBeNull();
  });
});

describe('the plan of a run that is gone on with', () => {
  const trusted = (run: RunFacts, yes = false, config = file) =>
    trustedPlan(run, join(folder, 'night'), { config, yes });
  const withMachine = (run: RunFacts, machine: Partial<SshMachineConfig>): RunFacts => ({
    ...run,
    plan: { ...run.plan, machine: { ...run.plan.machine, ...machine } },
  });

  it.each([{}, { kernels: 'b' }, { cycles: '2' }])('is its own if kernels.yaml says the same: %j', (asked) => {
    const run = facts(asked);
    expect(trusted(run)).toEqual({ plan: run.plan, rows: run.plan.kernels, notes: [] });
    expect(trusted(run, true)).toEqual(trusted(run));
  });

  it('may measure and judge otherwise than kernels.yaml says now, and of fewer rows', () => {
    const run = facts({ kernels: 'b, a' });
    edit('cycles: 4', 'cycles: 9');
    edit('signed_by: none }', 'signed_by: none, expect: clean }');
    edit(row('b'), row('c') + row('b'));
    expect(trusted(run).plan).toEqual(run.plan);
    expect(trusted(run).notes.join('\n')).toContain('cycles: 4 / 9');
  });

  it.each<[change: string, from: string, to: string]>([
    ['machine: host: "127.0.0.1" / "127.0.0.2"', 'host: 127.0.0.1', 'host: 127.0.0.2'],
    ['machine: user: "nobody" / "root"', 'user: nobody', 'user: root'],
    ['machine: key: not given / "/etc/key"', 'user: nobody', 'user: nobody, key: /etc/key'],
    ['guest: package_sources: "keep" / "none"', 'package_sources: keep', 'package_sources: none'],
    ['docker: image: "nginx" / "busybox"', 'image: nginx', 'image: busybox'],
    ['kernel a: rpm: "kernel-1.0-a.rpm" / "kernel-1.1-a.rpm"', 'rpm: kernel-1.0-a', 'rpm: kernel-1.1-a'],
    ['kernels: a, b / b', row('a'), ''],
    ['its plan cannot be made of', '  test:', '  other:'],
  ])('needs --yes where it reaches what kernels.yaml does not say: %s', (change, from, to) => {
    const run = facts();
    edit(from, to);
    expect(() => trusted(run)).toThrow(UserError);
    expect(() => trusted(run)).toThrow(change);
    expect(trusted(run, true).plan).toEqual(run.plan);
    expect(trusted(run, true).notes.join('\n')).toContain(change);
  });

  it('tells every difference, not only one that looks harmless', () => {
    const run = facts();
    edit('host: 127.0.0.1', 'host: 127.0.0.2');
    edit('image: nginx', 'image: busybox');
    expect(() => trusted(run)).toThrow(/host: "127.0.0.1".*image: "nginx"/);
  });

  it('needs --yes without a kernels.yaml, whatever file it says it was of', () => {
    const config = join(folder, 'other', 'kernels.yaml');
    expect(() => trusted(facts(), false, config)).toThrow(`there is no ${config}`);
    expect(trusted(facts(), true, config).plan.file).toBe(config);
  });

  it('names the same file as kernels.yaml, not one of its name in the folder it says it is of', () => {
    edit('user: nobody', 'user: nobody, key: id');
    const run = facts();
    const moved = { ...run, plan: { ...run.plan, file: '/evil/kernels.yaml' } };
    expect(() => trusted(withMachine(moved, { key: '/evil/id' }))).toThrow('key: "/evil/id"');
    expect(trusted(moved).plan.file).toBe(file);
  });

  it('has consent from kernels.yaml alone', () => {
    const run = withMachine(facts(), { consent: true });
    const consent = (of: RunFacts, yes = false) => (trusted(of, yes).plan.machine as SshMachineConfig).consent;
    expect(consent(run)).toBeUndefined();
    expect(consent(run, true)).toBeUndefined();
    edit('user: nobody', 'user: nobody, consent: true');
    expect(consent(run)).toBe(true);
    expect(consent(withMachine(run, { host: '127.0.0.2' }), true)).toBeUndefined();
  });

  it('is that of the rows a shard does, whatever it says the whole has', () => {
    const run = facts();
    const shard = { index: 1, total: 2, hostname: 'h', utcOffsetMinutes: 0, kernels: run.plan.kernels };
    const [a] = run.plan.kernels;
    const other = { ...run.plan, kernels: [{ ...a!, release: '1.0-evil' }] };
    expect(trusted({ ...run, shard })).toMatchObject({ plan: run.plan });
    expect(() => trusted({ ...run, shard, plan: other })).toThrow('release: "1.0-evil" / "1.0-a"');
  });

  it.each([
    [{ package: 'linux-image-6.1.0-9-amd64', version: '6.1.1-1' }, null],
    [{ package: 'linux-image-5.10.0-9-amd64', version: '6.1.1-1' }, /package of name linux-image-6\.1\.\*-amd64, got/],
    [{ package: 'linux-image-6.1.0-amd64-x', version: '6.1.1-1' }, /package of name/],
    [{ package: 'linux-image-6.1.0-9-amd64', version: '6.1.2-1' }, /package of version 6\.1\.1-1, got 6\.1\.2-1/],
    [{ package: 'linux-image-6.1.0-9-amd64', version: '-x' }, /package of version/],
  ])('takes a package for the one found only if it fits its row: %j', (found, problem) => {
    const run = facts();
    const kernel = { name: 'd', source: 'deb', suite: 'bookworm', package: 'linux-image-6.1.*-amd64', version: '6.1.1-1', cgroup: 'v1', cmdline: [] } as const; // prettier-ignore
    const plan: Plan = {
      ...{ ...run.plan, kernels: [{ ...kernel, cmdline: [] }] },
      guest: { os: 'debian', suite: 'bookworm', boot_kernel: { suite: 'bookworm', package: 'linux-image-amd64' } },
      docker: { ...run.plan.docker, source: 'deb', urls: [], signed_by: 'none' },
      machine: embeddedPlan([]).machine,
    };
    const { sha256: _, ...docker } = plan.docker;
    const artifact = { ...found, sha256: SHA256 } as RunFacts['rows'][number]['artifact'];
    const of = { ...run, plan: { ...plan, docker }, rows: [{ ...run.rows[0]!, kernel: plan.kernels[0]!, artifact }] };
    const go = () => trusted(of, true).rows;
    if (problem === null) expect(go()).toMatchObject([found]);
    else expect(go).toThrow(problem);
  });

  it('is refused, with --yes too, if its values are none of a kernels.yaml', () => {
    const run = facts();
    const hostile = { ...run.plan, docker: { ...run.plan.docker, image: '-v/:/host' } };
    expect(() => trusted({ ...run, plan: hostile }, true)).toThrow(
      /no kernels\.yaml can have made[^]*docker\.image: expected a Docker image .*, got -v\/:\/host/,
    );
    expect(() => trusted({ ...run, run: '../../x' }, true)).toThrow(/run: expected a name/);
  });
});

it('is told when a run is gone on with, and the run keeps its plan', { timeout: 120_000 }, async () => {
  edit('user: nobody }', 'user: nobody, consent: true }');
  const events = started(facts().plan, {});
  mkdirSync(join(folder, 'runs', 'night'), { recursive: true });
  writeFileSync(join(folder, 'runs', 'night', 'journal.jsonl'), journalText(events));
  edit('cycles: 4', 'cycles: 9');
  const env = { KERNEL_MATRIX_CACHE: join(folder, 'cache'), KERNEL_MATRIX_ARTIFACTS: join(folder, 'none') };
  const words = ['matrix', '--resume', 'night', '--config', file, '--runs-dir', join(folder, 'runs')];
  const end = await program(words, env);
  expect(end.stderr).toContain(
    `${file} has changed since run night was started: sequence: cycles: 4 / 9 (then / now);`,
  );
  const after = parseJournal(readFileSync(join(folder, 'runs', 'night', 'journal.jsonl')));
  expect(after.events[1]).toMatchObject({ kind: 'run.resumed', run: 'night' });
});

describe.skipIf(lacking(SSH_KEYGEN))('a run folder that says it has consent', { timeout: 120_000 }, () => {
  let server: TestServer;
  const commands: string[] = [];
  beforeEach(async () => {
    commands.length = 0;
    server = await new TestServer((command, channel) => {
      commands.push(command);
      channel.exit(1);
      channel.end();
    }).start();
  });
  afterEach(() => server.stop());

  const resume = (...more: string[]) => {
    const { type, key } = server.publicKey();
    const { port, keyFiles } = server.address();
    const machine: SshMachineConfig = {
      ...{ provider: 'ssh', host: '127.0.0.1', port, user: 'root' },
      ...{ key: keyFiles[0]!, host_key: `${type} ${key}`, consent: true },
    };
    // A kernels.yaml of its own beside it, which would say the same.
    const planFile = join(folder, 'evil.yaml');
    writeFileSync(planFile, YAML.replace(/machine: .*/, `machine: ${JSON.stringify(machine)}`));
    mkdirSync(join(folder, 'runs', 'evil'), { recursive: true });
    writeFileSync(join(folder, 'runs', 'evil', 'journal.jsonl'), journalText(started(loadPlan(planFile), {})));
    // All is there that it needs, so that nothing else keeps it from the host.
    mkdirSync(join(folder, 'artifacts'), { recursive: true });
    for (const name of ['kernel-1.0-a.rpm', 'kernel-1.0-b.rpm', 'docker-ce-1.x86_64.rpm'])
      writeFileSync(join(folder, 'artifacts', name), CONTENT);
    const env = { KERNEL_MATRIX_CACHE: join(folder, 'cache'), KERNEL_MATRIX_ARTIFACTS: join(folder, 'artifacts') };
    return program(['matrix', '--resume', 'evil', '--runs-dir', join(folder, 'runs'), ...more], env);
  };

  it('reaches no host, unless the user says so', async () => {
    const end = await resume('--config', file);
    expect(end.code, end.stderr).toBe(2);
    expect(end.stderr).toContain('run night is not resumed');
    expect(end.stderr).toContain('--yes');
    expect(server.connections).toBe(0);
    expect(commands).toEqual([]);
    const agreed = await resume('--config', file, '--yes');
    expect(agreed.stderr).toContain('does not say the same');
    expect(server.connections).toBeGreaterThan(0);
    expect(commands).not.toEqual([]);
  });

  it('reaches none without a kernels.yaml of the user either', async () => {
    const end = await resume('--config', join(folder, 'none.yaml'));
    expect(end.code, end.stderr).toBe(2);
    expect(server.connections).toBe(0);
  });
});
