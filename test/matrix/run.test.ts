/** Runs of a matrix on model machines, told from their journals. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/host/user-error.js';
import { runMatrix, type MatrixResult } from '../../src/matrix/run.js';
import { ConnectionLost } from '../../src/remote/session.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { kernelRow } from '../fixtures/build.js';
import { rejection, TempJournal } from '../guest/fakes.js';
import { deferred } from '../host/deferred.js';
import { EL7, V4_4 } from '../sequence/model.js';
import { Lab, labPlan } from './lab.js';

const PANIC = 'Kernel panic - not syncing: VFS: Unable to mount root fs';
const ROWS = [kernelRow('3.10', 'leaks'), kernelRow('4.4', 'clean')];

let folder: string;
let journal: TempJournal;
let lab: Lab;
let cancel: AbortController;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-run-'));
  journal = new TempJournal(ROWS);
  lab = new Lab(
    new Map([
      ['3.10', EL7],
      ['4.4', V4_4],
    ]),
  );
  cancel = new AbortController();
});
afterEach(() => {
  journal.remove();
  rmSync(folder, { recursive: true });
});

const consoleFile = (kernel: string) => join(folder, 'consoles', `${kernel}.log`);

function run({ jobs = 1, keep = false, rows = ROWS } = {}): Promise<MatrixResult> {
  const input = { run: 'test-run', folder, plan: labPlan(ROWS, jobs), rows, keep, consoleFile };
  return runMatrix(input, journal.writer, lab.observer, cancel.signal, lab.prepare);
}

const ends = () => journal.of('row.finished').map(({ kernel, outcome, phase }) => [kernel, outcome, phase]);
const destroyed = () => lab.machines.map((machine) => [machine.name, machine.destroyed > 0]);

describe('a run', () => {
  it('takes one machine from kernel to kernel and leaves none behind', async () => {
    await run();
    expect(judgeRun(journal.facts()).map(({ kernel, verdict, status }) => [kernel, verdict, status])).toEqual([
      ['3.10', 'leaks', 'as-expected'],
      ['4.4', 'clean', 'as-expected'],
    ]);
    expect(destroyed()).toEqual([['m1', true]]);
    expect(journal.of('machine.started').map((event) => event.machine)).toEqual(['m1']);
    expect(journal.events().at(-1)?.kind).toBe('run.finished');
    expect(journal.facts().rows.map((row) => row.machine?.machine)).toEqual(['m1', 'm1']);
  });

  it('keeps a slice of the console for each row', async () => {
    await run();
    expect(readFileSync(consoleFile('3.10'), 'utf8')).toBe('3.10 boots\n');
    expect(readFileSync(consoleFile('4.4'), 'utf8')).toBe('4.4 boots\n');
  });

  it('tells the observer how far a step is', async () => {
    await run({ rows: [ROWS[1]!] });
    expect(lab.progress).toContainEqual(
      expect.objectContaining({ kernel: '4.4', phase: 'exhaust', done: 60_000, total: 65_535 }),
    );
  });

  it('does the rows it is given, and no others', async () => {
    await run({ rows: [ROWS[1]!] });
    expect(ends()).toEqual([['4.4', 'measured', null]]);
  });

  it('lets two machines work at a time', async () => {
    const second = deferred();
    lab.interfere = async (_, command, machine) => {
      if (machine.name === 'm2') second.resolve();
      else if (command === 'docker ps -aq') await second.promise;
      return undefined;
    };
    await run({ jobs: 2 });
    expect(judgeRun(journal.facts()).map((verdict) => verdict.verdict)).toEqual(['leaks', 'clean']);
    expect(journal.facts().rows.map((row) => row.machine?.machine)).toEqual(['m1', 'm2']);
    expect(destroyed()).toEqual([
      ['m1', true],
      ['m2', true],
    ]);
  });

  it('leaves its machines running if it is asked to, and says how to reach them', async () => {
    expect(await run({ keep: true })).toEqual({ kept: ['m1 is left running'] });
    expect(destroyed()).toEqual([['m1', false]]);
  });

  it('refuses a profile that has no provider yet, before anything is done', async () => {
    const plan = { ...labPlan(ROWS), machine: { provider: 'ssh' as const, host: 'h', port: 22, user: 'root' } };
    const input = { run: 'test-run', folder, plan, rows: ROWS, keep: false, consoleFile };
    const error = await rejection(runMatrix(input, journal.writer, lab.observer, cancel.signal));
    expect(error).toBeInstanceOf(UserError);
    expect(journal.events().map((event) => event.kind)).toEqual(['run.started']);
  });
});

describe('a row that fails', () => {
  it('costs the machine: the journal has the reason and the console, and the next row gets a fresh one', async () => {
    lab.interfere = (_row, command, machine) => {
      if (command === 'reboot' && machine.name === 'm1') machine.die(PANIC);
      return undefined;
    };
    await run();
    expect(ends()).toEqual([
      ['3.10', 'failed', 'boot'],
      ['4.4', 'measured', null],
    ]);
    const [failed] = journal.of('row.finished');
    expect(failed?.reason).toContain(PANIC);
    expect(failed?.reason).toContain(join(folder, 'machines', 'm1', 'console.log'));
    expect(failed?.consoleTail).toContain(PANIC);
    expect(readFileSync(consoleFile('3.10'), 'utf8')).toContain(PANIC);
    expect(destroyed()).toEqual([
      ['m1', true],
      ['m1-2', true],
    ]);
    // The first is gone before the second is started.
    const kinds = journal.events().filter((event) => event.kind.startsWith('machine.'));
    expect(kinds.map((event) => event.kind)).toEqual([
      'machine.started',
      'machine.stopped',
      'machine.started',
      'machine.stopped',
    ]);
    expect(journal.facts().rows[1]?.machine?.machine).toBe('m1-2');
  });

  it('tells a connection that was lost to a panic as the panic, in its phase', async () => {
    lab.interfere = (row, command, machine) => {
      if (row !== '3.10' || !command.startsWith('docker run -id -m')) return undefined;
      machine.die(PANIC);
      return new ConnectionLost(machine.name, command, 'the connection closed');
    };
    await run({ rows: [ROWS[0]!] });
    expect(ends()).toEqual([['3.10', 'failed', 'case3']]);
    expect(journal.of('row.finished')[0]?.reason).toContain(PANIC);
    expect(judgeRun(journal.facts())[0]).toMatchObject({ verdict: 'not-measured', status: 'not-measured' });
  });

  it('tells a lost connection as such where the machine lives', async () => {
    lab.interfere = (row, command) =>
      row === '3.10' && command === 'uname -r' ? new ConnectionLost('m1', command, 'reset') : undefined;
    await run({ rows: [ROWS[0]!] });
    expect(journal.of('row.finished')[0]?.reason).toContain('the connection was lost during: uname -r');
  });

  it('fails for want of its kernel, and the others go on', async () => {
    lab.kernels.delete('3.10');
    await run();
    expect(ends()).toEqual([
      ['3.10', 'failed', 'machine'],
      ['4.4', 'measured', null],
    ]);
    expect(journal.of('row.finished')[0]?.reason).toBe('no package linux-image-3.10');
  });

  it('fails if another kernel than its own came up', async () => {
    lab.interfere = (row, command) => (row === '3.10' && command === 'uname -r' ? '5.10.0\n' : undefined);
    await run();
    expect(ends()).toEqual([
      ['3.10', 'failed', 'boot'],
      ['4.4', 'measured', null],
    ]);
    expect(journal.facts().rows[0]?.cleaned).toBeNull();
  });
});

describe('a run that is stopped', () => {
  it('leaves the row open, to be resumed, and no machine', async () => {
    lab.interfere = (row, command) => {
      if (row === '4.4' && command.startsWith('docker run')) {
        cancel.abort(new Error('SIGINT'));
        return new ConnectionLost('m1', command, 'the connection closed');
      }
      return undefined;
    };
    expect((await rejection(run())).message).toBe('SIGINT');
    expect(ends()).toEqual([['3.10', 'measured', null]]);
    expect(journal.facts().rows.map((row) => row.outcome?.outcome ?? null)).toEqual(['measured', null]);
    expect(journal.of('run.finished')).toEqual([]);
    expect(destroyed()).toEqual([['m1', true]]);
    expect(journal.of('machine.stopped')).toMatchObject([{ machine: 'm1', reason: 'the run was stopped' }]);
  });

  it('stops every worker', async () => {
    const second = deferred();
    lab.interfere = async (_, command, machine) => {
      if (command !== 'docker ps -aq') return undefined;
      if (machine.name === 'm1') await second.promise;
      second.resolve();
      cancel.abort(new Error('SIGTERM'));
      return new ConnectionLost(machine.name, command, 'the connection closed');
    };
    expect((await rejection(run({ jobs: 2 }))).message).toBe('SIGTERM');
    expect(ends()).toEqual([]);
    expect(destroyed()).toEqual([
      ['m1', true],
      ['m2', true],
    ]);
  });
});
