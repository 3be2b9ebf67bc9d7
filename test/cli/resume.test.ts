/** Going on with a run whose kernels.yaml has changed meanwhile. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configChange } from '../../src/cli/resume.js';
import type { Plan } from '../../src/config/plan.js';
import { loadPlan, type PlanOverrides } from '../../src/config/select.js';
import type { EventBodies, JournalEvent } from '../../src/journal/events.js';
import { journalText } from '../../src/journal/lines.js';
import { parseJournal } from '../../src/journal/read.js';
import { replay, type RunFacts } from '../../src/journal/replay.js';
import { program } from './program.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-resume-'));
  file = join(folder, 'kernels.yaml');
  writeFileSync(file, YAML);
});
afterEach(() => rmSync(folder, { recursive: true }));

const SHA256 = 'a'.repeat(64);
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
  return [{ v: 2, seq: 1, at: '2026-01-01T00:00:00.000Z', kind: 'run.started', ...body }];
}

/** As a run that was started with these options tells of itself. */
function facts(asked: Pick<PlanOverrides, 'kernels' | 'cycles'> & object = {}, told = true): RunFacts {
  const plan = loadPlan(file, asked);
  const events = started(plan, told ? (asked as EventBodies['run.started']['asked']) : undefined);
  return replay(parseJournal(journalText(events)).events);
}

describe('configChange', () => {
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

  it('takes consent for no change, and a file that is gone for none', () => {
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
    expect(configChange({ ...run, plan: older })).toBeNull();
  });
});

it('is told when a run is gone on with, and the run keeps its plan', { timeout: 120_000 }, async () => {
  const events = started(
    { ...facts().plan, machine: { ...facts().plan.machine, consent: true } as Plan['machine'] },
    {},
  );
  mkdirSync(join(folder, 'runs', 'night'), { recursive: true });
  writeFileSync(join(folder, 'runs', 'night', 'journal.jsonl'), journalText(events));
  edit('cycles: 4', 'cycles: 9');
  const env = { KERNEL_MATRIX_CACHE: join(folder, 'cache'), KERNEL_MATRIX_ARTIFACTS: join(folder, 'none') };
  const end = await program(['matrix', '--resume', 'night', '--runs-dir', join(folder, 'runs')], env);
  expect(end.stderr).toContain(
    `${file} has changed since run night was started: sequence: cycles: 4 / 9 (then / now);`,
  );
  const after = parseJournal(readFileSync(join(folder, 'runs', 'night', 'journal.jsonl')));
  expect(after.events[1]).toMatchObject({ kind: 'run.resumed', run: 'night' });
  expect(after.version).toBe(2);
});
