/** A new provider is one object and one line of the table: everything else asks the table. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clean } from '../../src/cli/command/clean.js';
import { shell } from '../../src/cli/command/shell.js';
import { describePlan } from '../../src/cli/describe-plan.js';
import { commandsOf } from '../../src/cli/dry-run/commands-of.js';
import { checkPlan, loadPlan } from '../../src/cli/kernels-yaml.js';
import type * as fields from '../../src/config/fields.js';
import type { MachineOf } from '../../src/config/machine.js';
import type { Plan } from '../../src/config/plan.js';
import { needsOf } from '../../src/doctor/needs.js';
import { examine } from '../../src/doctor/profile.js';
import type * as table from '../../src/provider/index.js';
import type { MachineProvider } from '../../src/provider/machine.js';
import type { KnownMachine, PrepareInput, Provider } from '../../src/provider/provider.js';
import { killMachines } from '../../src/provider/table.js';
import { prepareBackend } from '../../src/run/backend.js';
import { automaticJobs, fitToHost } from '../../src/run/host-limits.js';
import { artifactsOf } from '../../src/run/plan-artifacts.js';
import type { PlanFiles } from '../../src/run/plan-files.js';
import { schedule } from '../../src/run/schedule/schedule.js';
import { TempJournal } from '../guest/fakes.js';

/** What the toy has on record, and what was asked of it. */
const toy = vi.hoisted(() => ({
  machines: [] as KnownMachine[],
  left: [] as string[],
  prepared: [] as PrepareInput<{ provider: string }>[],
  killed: 0,
  emptied: 0,
}));

vi.mock('../../src/provider/index.js', async (importOriginal) => {
  const { PROVIDERS } = await importOriginal<typeof table>();
  return { PROVIDERS: [...PROVIDERS, await toyProvider()] };
});

const MACHINES: MachineProvider = { start: () => Promise.reject(new Error('a toy does not start')) };

/** Machines of a cloud, made of a template. */
async function toyProvider(): Promise<Provider> {
  const { word, path, memory } = await vi.importActual<typeof fields>('../../src/config/fields.js');
  const schema = { size: word(['small', 'large']).default('small'), token: path, memory: memory(1024).default('8GiB') };
  const provider: Provider<MachineOf<'toy', typeof schema>> = {
    ...{ id: 'toy', schema, paths: ['token'], guests: ['el7'] },
    mostJobs: () => ({ most: 3, why: 'provider toy, which has three' }),
    rules: ({ size }, at, { jobs }) =>
      size === 'large' && jobs > 1 ? [{ path: [...at, 'machine', 'size'], expected: 'small, for several jobs' }] : [],
    describe: ({ size }) => `a ${size} toy`,
    commands: () => ({ before: ['$ toy make m1'], first: ['$ toy hello'], last: ['$ toy break m1'] }),
    needs: () => [{ package: 'toybox', provides: 'toy-cli', why: 'makes the machines' }],
    checks: ({ size }) => [() => [{ ok: true, topic: 'toy cloud', detail: `has ${size} ones` }]],
    ...{ diskMib: 1, automaticJobs: true, cleanupSeconds: 1, cached: ['toys'] },
    memoryMib: ({ memory_mib }) => memory_mib,
    fit: (plan) => ({ plan: { ...plan, machine: { ...plan.machine, size: 'small' } }, changes: ['small instead'] }),
    artifacts: () => [{ what: 'toy template', artifact: { name: 'toy.img', urls: ['file:///nowhere/toy.img'] } }],
    prepare: (input) => {
      toy.prepared.push(input);
      return Promise.resolve({ machines: MACHINES, accelerator: 'clockwork', built: null });
    },
    machines: () => toy.machines,
    sweep: () => Promise.resolve(toy.left.splice(0).map((id) => ({ id, ran: true, error: null }))),
    killAll: () => void (toy.killed += 1),
    emptyStores: () => {
      toy.emptied += 1;
      return Promise.resolve([{ id: 'template toy.img', ran: false, error: null }]);
    },
  };
  return provider;
}

let folder: string;
let printed: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-toys-'));
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(folder, 'cache'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** The plan of a kernels.yaml with this machine. */
function planOf(machine: string, more = ''): Plan {
  const file = join(folder, 'kernels.yaml');
  const rpm = 'name: k, source: rpm, release: 4.4.1, rpm: kernel-lt-4.4.1.rpm, urls: [https://toys.example/k.rpm]';
  writeFileSync(
    file,
    `version: 1\nprofiles:\n  p:\n    machine: { provider: toy, ${machine} }\n${more}    kernels: [{ ${rpm} }]\n`,
  );
  return loadPlan(file);
}

describe('a provider that is added to the table', () => {
  it('is accepted in kernels.yaml with its defaults and its guest, and refused by its rules, with the line', () => {
    const plan = planOf('token: t');
    expect(plan.machine).toEqual({ provider: 'toy', size: 'small', token: join(folder, 't'), memory_mib: 8192 });
    expect(plan.guest).toMatchObject({ os: 'el7', package_sources: 'vault' });
    expect(checkPlan(plan)).toEqual([]);
    expect(() => loadPlan(plan.file, { jobs: 4 })).toThrow(
      'expected at most 3 with provider toy, which has three, got 4',
    );
    expect(() => planOf('token: t', '    guest: { os: debian }\n')).toThrow(
      'kernels.yaml:5:18: profiles.p.guest.os: expected os: el7, as provider toy runs no other guest, got debian',
    );
    expect(() => planOf('token: t, size: large', '    jobs: 2\n')).toThrow(
      'kernels.yaml:4:47: profiles.p.machine.size: expected small, for several jobs, got large',
    );
    expect(checkPlan({ ...plan, machine: { ...plan.machine, token: 't' } as Plan['machine'] })).toEqual([
      expect.stringMatching(/^machine\.token: expected an absolute path/),
    ]);
  });

  it('is described, with its commands, needs, checks and files', async () => {
    const plan = planOf('token: t');
    const order = schedule(plan.kernels, { machines: 1, cycles: 1, past: [], accelerator: null });
    expect(describePlan(plan, 'a reason', order)).toContain('machines: a small toy, 1 at a time');
    expect(await commandsOf(plan)).toMatch(/\$ toy make m1\n[^]*\$ toy hello\n[^]*\$ toy break m1\n$/);
    expect(needsOf(plan).map(({ provides }) => provides)).toContain('toy-cli');
    expect(artifactsOf(plan).map(({ use }) => use)).toContainEqual({ kind: 'machine', what: 'toy template' });
    const local = { ...plan, kernels: [], docker: { ...plan.docker, urls: [] } };
    expect(await examine(local)).toContainEqual({ ok: true, topic: 'toy cloud', detail: 'has small ones' });
  });

  it('has its machines fitted to the host and counted', () => {
    const plan = planOf('token: t, size: large');
    const host = { cpus: 8, availableMib: 64_000 };
    expect(fitToHost(plan, host)).toMatchObject({ plan: { machine: { size: 'small' } }, changes: ['small instead'] });
    expect(automaticJobs({ ...plan, kernels: Array.from({ length: 5 }, () => plan.kernels[0]!) }, host)).toBe(3);
  });

  it('makes the machines of a run, with the guest that it takes in them', async () => {
    const plan = planOf('token: t');
    const rpm = { name: 'kernel-lt-4.4.1.rpm', path: '/k.rpm', sha256: 'ab'.repeat(32), place: 'x' };
    const files: PlanFiles = {
      of: (kind) => (kind === 'docker' ? [rpm] : []),
      kernels: new Map([['k', [rpm]]]),
      missing: new Map(),
    };
    const journal = new TempJournal([]);
    const observer = { event: () => undefined, progress: () => undefined, close: () => undefined };
    try {
      const input = { plan, run: 'r', keepable: false };
      const { signal } = new AbortController();
      const backend = await prepareBackend(input, journal.writer, observer, signal, () => Promise.resolve(files));
      expect(backend).toMatchObject({ provider: MACHINES, accelerator: 'clockwork' });
      expect(backend.targets.get('k')).toMatchObject({ release: '4.4.1' });
      expect(toy.prepared.splice(0)).toMatchObject([{ run: 'r', plan: { machine: { size: 'small' } } }]);
    } finally {
      journal.remove();
    }
  });

  it('is swept, killed and emptied', async () => {
    const options = { kept: false, cache: true, runs: false, unfinished: false, dryRun: false, runsDir: folder };
    toy.left.push('r-t1');
    mkdirSync(join(folder, 'cache/toys'), { recursive: true });
    expect(await clean(options)).toBe(0);
    expect(printed).toContain('ended and removed machine r-t1\n');
    expect(printed).toContain('removed template toy.img\n');
    expect(existsSync(join(folder, 'cache/toys'))).toBe(false);
    expect(toy.emptied).toBe(1);
    killMachines();
    expect(toy.killed).toBe(1);
  });

  it('keeps the cache for its machines, and lets shell log in to them', async () => {
    const log = join(folder, 'log');
    const login = () => Promise.resolve(['sh', '-c', 'echo "$@" > "$0"', log]);
    const known = { id: 'r-t1', run: 'r', name: 't1', kept: true, running: true, login };
    toy.machines.push(known, { ...known, id: 'r-t2', name: 't2', running: false });
    try {
      const options = { kept: false, cache: true, runs: false, unfinished: false, dryRun: false, runsDir: folder };
      vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      expect(await clean(options)).toBe(3);
      expect(printed).toContain('machine r-t1 is kept');
      expect(await shell(['uname', '-r'], { config: 'none' })).toBe(0);
      expect(readFileSync(log, 'utf8')).toBe('-- uname -r\n');
      await expect(shell([], { config: 'none', machine: 't2' })).rejects.toThrow('no machine t2 is running');
    } finally {
      toy.machines.splice(0);
    }
  });
});
