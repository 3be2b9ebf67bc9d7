/** Runs of a matrix on model machines, told from their journals. */
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { parseJournal } from '../../src/scenario/journal.js';
import { fstatSync, ftruncateSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/host/user-error.js';
import { NoKernel } from '../../src/kernel/no-kernel.js';
import { JournalWriteError } from '../../src/journal/writer.js';
import { runMatrix, type MatrixResult } from '../../src/run/run.js';
import { CommandTimeout, ConnectionLost } from '../../src/remote/session.js';
import type { PastRow } from '../../src/run/schedule/past.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { kernelRow } from '../fixtures/build.js';
import { rejection, TempJournal } from '../guest/fakes.js';
import { deferred } from '../host/deferred.js';
import { EL7, V4_4 } from '../scenario/cgroup-slots/model.js';
import { Lab, labPlan } from './lab.js';

const PANIC = 'Kernel panic - not syncing: VFS: Unable to mount root fs';
const ROWS = [kernelRow('3.10', 'leaks'), kernelRow('4.4', 'clean')];

/** One run's folder, journal and machines. */
class Env {
  readonly folder = mkdtempSync(join(tmpdir(), 'km-run-'));
  /** Bytes that the disk of the journal still takes. */
  room = Infinity;
  readonly journal = new TempJournal(ROWS, {
    write: (descriptor, bytes) => {
      if (this.room === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const taken = Math.min(this.room, bytes.length);
      this.room -= taken;
      return writeSync(descriptor, bytes.subarray(0, taken));
    },
    sync: () => undefined,
    length: (descriptor) => fstatSync(descriptor).size,
    truncate: ftruncateSync,
  });
  readonly cancel = new AbortController();
  readonly lab = new Lab(
    new Map([
      ['3.10', EL7],
      ['4.4', V4_4],
    ]),
  );

  run({ jobs = 1, keep = false, rows = ROWS, past = [] as PastRow[], fresh = false } = {}): Promise<MatrixResult> {
    const { folder, lab } = this;
    const consoleFile = (kernel: string) => relative(folder, this.consoleFile(kernel));
    const host = { cpus: 2, availableMib: 8192 };
    const input = { run: 'test-run', folder, plan: labPlan(ROWS, jobs), rows, past, host, keep, fresh, consoleFile };
    return runMatrix(input, this.journal.writer, lab.observer, this.cancel.signal, lab.prepare);
  }

  consoleFile(kernel: string): string {
    return join(this.folder, 'consoles', `${kernel}.log`);
  }

  ends(): unknown[] {
    return this.journal.of('row.finished').map(({ kernel, outcome, phase }) => [kernel, outcome, phase]);
  }

  destroyed(): unknown[] {
    return this.lab.machines.map((machine) => [machine.name, machine.destroyed > 0]);
  }

  remove(): void {
    this.journal.remove();
    rmSync(this.folder, { recursive: true });
  }
}

/** Runs a test with an Env of its own: the tests wait more than they work, so they run side by side. */
function inEnv(test: (env: Env) => Promise<void>): () => Promise<void> {
  return async () => {
    const env = new Env();
    try {
      await test(env);
    } finally {
      env.remove();
    }
  };
}

describe.concurrent('a run', { timeout: 30_000 }, () => {
  it(
    'takes one machine from kernel to kernel and leaves none behind',
    inEnv(async (env) => {
      await env.run();
      expect(judgeRun(env.journal.facts()).map(({ kernel, verdict, status }) => [kernel, verdict, status])).toEqual([
        ['3.10', 'leaks', 'as-expected'],
        ['4.4', 'clean', 'as-expected'],
      ]);
      expect(env.destroyed()).toEqual([['m1', true]]);
      expect(env.journal.of('machine.started').map((event) => event.machine)).toEqual(['m1']);
      expect(env.journal.events().at(-1)?.kind).toBe('run.finished');
      expect(env.journal.facts().rows.map((row) => row.machine?.machine)).toEqual(['m1', 'm1']);
    }),
  );

  it(
    'ends in order where the journal finds no room: no machine is left, the open rows are to be done again',
    inEnv(async (env) => {
      env.lab.interfere = (_, command) => {
        if (command.includes('docker run')) env.room = 300;
        return undefined;
      };
      const error = await rejection(env.run({ jobs: 2 }));
      expect(error).toBeInstanceOf(JournalWriteError);
      expect(error.message).toContain('the journal could not be written: the disk is full');
      expect(env.destroyed()).toEqual([
        ['m1', true],
        ['m2', true],
      ]);
      env.room = Infinity;
      expect(() => env.journal.writer.append({ kind: 'run.finished', seconds: 1 })).toThrow(JournalWriteError);
      expect(env.ends()).toEqual([]);
      expect(parseJournal(readFileSync(env.journal.file)).torn).toBeNull();
      expect(env.journal.facts().rows.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
        [null, 1],
        [null, 1],
      ]);
    }),
  );

  it(
    'keeps a slice of the console for each row',
    inEnv(async (env) => {
      await env.run();
      expect(readFileSync(env.consoleFile('3.10'), 'utf8')).toBe('3.10 boots\n');
      expect(readFileSync(env.consoleFile('4.4'), 'utf8')).toBe('4.4 boots\n');
    }),
  );

  it(
    'tells the observer how far a step is',
    inEnv(async (env) => {
      await env.run({ rows: [ROWS[1]!] });
      expect(env.lab.progress).toContainEqual(
        expect.objectContaining({ kernel: '4.4', phase: 'exhaust', done: 60_000, total: 65_535 }),
      );
    }),
  );

  it(
    'does the rows it is given, and no others',
    inEnv(async (env) => {
      await env.run({ rows: [ROWS[1]!] });
      expect(env.ends()).toEqual([['4.4', 'measured', null]]);
    }),
  );

  it(
    'begins with the row that took longest last time, and says how long all will take',
    inEnv(async (env) => {
      const took = { run: 'r1', accelerator: 'tcg', startSeconds: 10 };
      await env.run({
        past: [
          { ...took, kernel: '3.10', seconds: 20 },
          { ...took, kernel: '4.4', seconds: 30 },
        ],
      });
      expect(env.journal.of('row.started').map(({ kernel }) => kernel)).toEqual(['4.4', '3.10']);
      expect(env.lab.progress.map(({ message }) => message)).toContain(
        'about 1 min for 2 rows on 1 machine, longest first, from run r1',
      );
    }),
  );

  it(
    'lets the host have memory back between rows, once all is measured, at no row’s account',
    inEnv(async (env) => {
      await env.run();
      const told = env.journal.events().flatMap((event) => {
        if (event.kind === 'row.finished') return `end of ${event.kernel}`;
        return event.kind === 'command' && event.command === 'give back' ? `give back, ${event.kernel}` : [];
      });
      expect(told).toEqual(['end of 3.10', 'give back, null', 'end of 4.4']);
    }),
  );

  it(
    'takes a fresh machine where that was lost while it gave memory back',
    inEnv(async (env) => {
      env.lab.interfere = (_row, command, machine) =>
        command === 'give back' ? new ConnectionLost(machine.name, command, 'reset') : undefined;
      await env.run();
      expect(env.ends()).toEqual([
        ['3.10', 'measured', null],
        ['4.4', 'measured', null],
      ]);
      expect(env.destroyed()).toEqual([
        ['m1', true],
        ['m1-2', true],
      ]);
    }),
  );

  it(
    'lets two machines work at a time',
    inEnv(async (env) => {
      const second = deferred();
      env.lab.interfere = async (_, command, machine) => {
        if (machine.name === 'm2') second.resolve();
        else if (command === 'docker ps -aq') await second.promise;
        return undefined;
      };
      await env.run({ jobs: 2 });
      expect(judgeRun(env.journal.facts()).map((verdict) => verdict.verdict)).toEqual(['leaks', 'clean']);
      expect(env.journal.facts().rows.map((row) => row.machine?.machine)).toEqual(['m1', 'm2']);
      expect(env.destroyed()).toEqual([
        ['m1', true],
        ['m2', true],
      ]);
    }),
  );

  it(
    'leaves its machines running if it is asked to, and says how to reach them',
    inEnv(async (env) => {
      expect(await env.run({ keep: true })).toEqual({ kept: ['m1 is left running'] });
      expect(env.destroyed()).toEqual([['m1', false]]);
    }),
  );
});

describe.concurrent('a run whose kernels can all not be had', { timeout: 30_000 }, () => {
  const gone = NoKernel.of(new Map(ROWS.map(({ name }) => [name, new UserError({ what: `${name} is gone` })])));
  const run = (env: Env) =>
    runMatrix(
      { run: 'r', folder: env.folder, plan: labPlan(ROWS), rows: ROWS, keep: false, consoleFile: () => '' },
      env.journal.writer,
      env.lab.observer,
      env.cancel.signal,
      () => Promise.reject(gone),
    );

  it(
    'ends its rows, each with its own reason, and is finished: there is a table and there are reports',
    inEnv(async (env) => {
      await run(env);
      expect(env.journal.of('row.finished').map(({ kernel, reason }) => [kernel, reason])).toEqual([
        ['3.10', '3.10 is gone'],
        ['4.4', '4.4 is gone'],
      ]);
      expect(env.journal.of('run.finished')).toHaveLength(1);
      expect(env.lab.machines).toEqual([]);
    }),
  );
});

describe.concurrent('a row that fails', { timeout: 30_000 }, () => {
  it(
    'costs the machine: the journal has the reason and the console, and the next row gets a fresh one',
    inEnv(async (env) => {
      env.lab.interfere = (_row, command, machine) => {
        if (command === 'reboot' && machine.name === 'm1') machine.die(PANIC);
        return undefined;
      };
      await env.run();
      expect(env.ends()).toEqual([
        ['3.10', 'failed', 'boot'],
        ['4.4', 'measured', null],
      ]);
      const [failed] = env.journal.of('row.finished');
      expect(failed?.reason).toContain(PANIC);
      expect(failed?.reason).toContain(join(env.folder, 'machines', 'm1', 'console.log'));
      expect(failed?.consoleTail).toContain(PANIC);
      expect(readFileSync(env.consoleFile('3.10'), 'utf8')).toContain(PANIC);
      expect(env.destroyed()).toEqual([
        ['m1', true],
        ['m1-2', true],
      ]);
      // The first is gone before the second is started.
      const kinds = env.journal.events().filter((event) => event.kind.startsWith('machine.'));
      expect(kinds.map((event) => event.kind)).toEqual([
        'machine.started',
        'machine.stopped',
        'machine.started',
        'machine.saved',
        'machine.stopped',
      ]);
      expect(env.journal.facts().rows[1]?.machine?.machine).toBe('m1-2');
    }),
  );

  it(
    'tells a connection that was lost to a panic as the panic, in its phase',
    inEnv(async (env) => {
      env.lab.interfere = (row, command, machine) => {
        if (row !== '3.10' || !command.startsWith('docker run -id -m')) return undefined;
        machine.die(PANIC);
        return new ConnectionLost(machine.name, command, 'the connection closed');
      };
      await env.run({ rows: [ROWS[0]!] });
      expect(env.ends()).toEqual([['3.10', 'failed', 'case3']]);
      expect(env.journal.of('row.finished')[0]?.reason).toContain(PANIC);
      expect(judgeRun(env.journal.facts())[0]).toMatchObject({ verdict: 'not-measured', status: 'not-measured' });
    }),
  );

  it(
    'tells a lost connection as such where the machine lives',
    inEnv(async (env) => {
      env.lab.interfere = (row, command) =>
        row === '3.10' && command === 'uname -r' ? new ConnectionLost('m1', command, 'reset') : undefined;
      await env.run({ rows: [ROWS[0]!] });
      expect(env.journal.of('row.finished')[0]?.reason).toContain('the connection was lost during: uname -r');
    }),
  );

  it(
    'fails for want of its kernel, and the others go on',
    inEnv(async (env) => {
      env.lab.kernels.delete('3.10');
      await env.run();
      expect(env.ends()).toEqual([
        ['3.10', 'failed', 'machine'],
        ['4.4', 'measured', null],
      ]);
      expect(env.journal.of('row.finished')[0]?.reason).toBe('no package linux-image-3.10');
    }),
  );

  it(
    'fails if another kernel than its own came up',
    inEnv(async (env) => {
      env.lab.interfere = (row, command) => (row === '3.10' && command === 'uname -r' ? '5.10.0\n' : undefined);
      await env.run();
      expect(env.ends()).toEqual([
        ['3.10', 'failed', 'boot'],
        ['4.4', 'measured', null],
      ]);
      expect(slotsOf(env.journal.facts().rows[0]!).cleaned).toBeNull();
    }),
  );
});

describe.concurrent('what the kernel says', { timeout: 30_000 }, () => {
  const OOPS = '[  131.000100] BUG: kernel NULL pointer dereference, address: 0000000000000010';

  it(
    'is in the journal, with the row that was at work, and makes it suspect',
    inEnv(async (env) => {
      env.lab.interfere = (row, command, machine) => {
        if (row === '4.4' && command.startsWith('docker run -id -m')) machine.lines.push(OOPS);
        return undefined;
      };
      await env.run();
      const found = env.journal.of('console.found');
      expect(found.map(({ machine, kernel, class: name }) => [machine, kernel, name])).toContainEqual([
        'm1',
        '4.4',
        'oops',
      ]);
      expect(env.journal.facts().rows.map((row) => row.consoleFindings.length > 0)).toEqual([false, true]);
      expect(judgeRun(env.journal.facts()).map(({ verdict }) => verdict)).toEqual(['leaks', 'inconclusive']);
      const end = env.journal.of('row.finished').at(-1)!;
      expect(found.every(({ seq }) => seq < end.seq)).toBe(true);
    }),
  );

  it(
    'is asked of its own log where there is no console',
    inEnv(async (env) => {
      env.lab.consoleless = true;
      env.lab.interfere = (_, command) => (command.startsWith('dmesg -l') ? `${OOPS}\n` : undefined);
      await env.run({ rows: [ROWS[1]!] });
      expect(env.journal.of('console.found')).toMatchObject([{ kernel: '4.4', class: 'oops', offset: null }]);
      expect(judgeRun(env.journal.facts())[1]?.verdict).toBe('inconclusive');
    }),
  );
});

describe.concurrent('a session that is lost', { timeout: 30_000 }, () => {
  it(
    'says how far the row was, and what is known of the machine, and keeps its facts',
    inEnv(async (env) => {
      let runs = 0;
      env.lab.interfere = (row, command, machine) => {
        if (row !== '4.4' || !command.startsWith('docker run -id')) return undefined;
        // The first is case 1's, the second the first cycle's.
        runs += 1;
        machine.says = 'QEMU says: running';
        return runs === 3 ? new ConnectionLost('m1', command, 'reset') : undefined;
      };
      await env.run({ rows: [ROWS[1]!] });
      expect(env.ends()).toEqual([['4.4', 'failed', 'case2']]);
      expect(env.journal.of('row.finished')[0]?.reason).toMatch(
        /^the session was lost in case2 after 1 of 3 cycles; facts so far are kept: m1: the connection was lost during: docker run .*\(console: no new line for \d+ s; QEMU says: running\)\n/,
      );
      const row = env.journal.facts().rows[1]!;
      expect(slotsOf(row).exhausted?.made).toBeGreaterThan(0);
      expect(slotsOf(row).case2?.cycles).toHaveLength(1);
    }),
  );

  it(
    'is told as the death of the machine where the news of that comes a moment later',
    inEnv(async (env) => {
      env.lab.interfere = (row, command, machine) => {
        if (row !== '4.4' || !command.startsWith('docker run -id')) return undefined;
        setTimeout(() => machine.die('QEMU ended by itself (SIGKILL)'), 20);
        return new ConnectionLost('m1', command, 'reset');
      };
      await env.run({ rows: [ROWS[1]!] });
      expect(env.journal.of('row.finished')[0]?.reason).toMatch(/^m1: QEMU ended by itself \(SIGKILL\) \(in case1/);
    }),
  );

  it(
    'is told from bulk work that is only slow',
    inEnv(async (env) => {
      env.lab.interfere = (row, command) =>
        row === '4.4' && command.includes(' fill ') ? new CommandTimeout('m1', command, 900, 'progress 0') : undefined;
      await env.run({ rows: [ROWS[1]!] });
      expect(env.journal.of('row.finished')[0]?.reason).toContain(
        'm1: still working, 0 directories made, but slower than the deadline of 900 s',
      );
    }),
  );

  it(
    'is told from bulk work that says nothing any more',
    inEnv(async (env) => {
      env.lab.interfere = (row, command) =>
        row === '4.4' && command.includes(' fill ')
          ? new CommandTimeout('m1', command, 900, 'progress 31500', 60)
          : undefined;
      await env.run({ rows: [ROWS[1]!] });
      expect(env.journal.of('row.finished')[0]?.reason).toMatch(
        /silent for 60 s, so the guest is probably dead, .*progress 31500.*console: no new line for \d+ s/,
      );
    }),
  );
});

describe.concurrent('a run that is stopped', { timeout: 30_000 }, () => {
  it(
    'leaves the row open, to be resumed, and no machine',
    inEnv(async (env) => {
      env.lab.interfere = (row, command) => {
        if (row === '4.4' && command.startsWith('docker run')) {
          env.cancel.abort(new Error('SIGINT'));
          return new ConnectionLost('m1', command, 'the connection closed');
        }
        return undefined;
      };
      expect((await rejection(env.run())).message).toBe('SIGINT');
      expect(env.ends()).toEqual([['3.10', 'measured', null]]);
      expect(env.journal.facts().rows.map((row) => row.outcome?.outcome ?? null)).toEqual(['measured', null]);
      expect(env.journal.of('run.finished')).toEqual([]);
      expect(env.destroyed()).toEqual([['m1', true]]);
      expect(env.journal.of('machine.stopped')).toMatchObject([{ machine: 'm1', reason: 'the run was stopped' }]);
    }),
  );

  it(
    'stops every worker',
    inEnv(async (env) => {
      const second = deferred();
      env.lab.interfere = async (_, command, machine) => {
        if (command !== 'docker ps -aq') return undefined;
        if (machine.name === 'm1') await second.promise;
        second.resolve();
        env.cancel.abort(new Error('SIGTERM'));
        return new ConnectionLost(machine.name, command, 'the connection closed');
      };
      expect((await rejection(env.run({ jobs: 2 }))).message).toBe('SIGTERM');
      expect(env.ends()).toEqual([]);
      expect(env.destroyed()).toEqual([
        ['m1', true],
        ['m2', true],
      ]);
    }),
  );
});
