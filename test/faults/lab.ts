/** What the injected faults share: a run to go on with, a way into its guest and its QEMU, and a look at what is left. */
import { parseJournal, replay } from '../../src/scenario/journal.js';
import type { RowFacts, RunFacts } from '../../src/run-events/facts.js';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeSSH } from 'node-ssh';
import { afterEach, expect, inject, vi, type TestContext } from 'vitest';
import { cacheRoot } from '../../src/host/cache.js';
import type { EventKind, JournalEvent } from '../../src/run-events/events.js';
import type { MachineRecord } from '../../src/provider/qemu/registry.js';
import { qemuProcesses, start, writeConfig, type Ended, type Running } from '../vm/support.js';
import { PROFILE, ROWS } from './profile.js';

/** What a run needs of a cache; what others have running, saved or half made stays where it is. */
const NEEDED = ['images', 'userlands', 'kernels', 'debs', 'apt', 'artifacts', 'docker', 'accelerator.json'];

/** Copies a cache. */
export function copyCache(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const there = NEEDED.map((name) => join(from, name)).filter((path) => existsSync(path));
  execFileSync('cp', ['-a', '--sparse=always', '--reflink=auto', ...there, to]);
}

/**
 * The cache of this worker. One for all will not do: they go on with copies of one run, whose machines would have the same names.
 */
function workerCache(): string {
  const cache = join(inject('caches'), process.env['VITEST_POOL_ID']!);
  if (!existsSync(cache)) copyCache(cacheRoot(), cache);
  return cache;
}

const started: Running[] = [];

// What a failed test has left running must not be in the way of the next; QEMU ends with its owner.
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

/** A minute is long for anything that is not a boot, a filling or a deadline. */
const WAIT_MS = 15 * 60 * 1000;

export interface LabOptions {
  /** A cache of its own, filled with what is in the common one. */
  cache?: string;
  /** Where its runs are kept; a folder of its own. */
  runs?: string;
  /** Added to the environment of the program. */
  env?: Record<string, string>;
}

/** A folder with a run in it, and the program that goes on with it. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'km-fault-'));
  readonly runs: string;
  readonly cache: string;
  private readonly env: Record<string, string>;
  /** How the program ended that was started last; null while it runs. */
  private end: Ended | null = null;
  /** Events there were when it was started. */
  private before = 0;
  /** The kernels.yaml that its runs are of; null as long as there are only copies of the base. */
  private file: string | null = null;

  private constructor(options: LabOptions) {
    this.runs = options.runs ?? join(this.folder, 'runs');
    this.cache = options.cache ?? workerCache();
    mkdirSync(join(this.cache, 'machines'), { recursive: true });
    const bin = join(this.folder, 'bin');
    const sockets = join(this.folder, 'qmp');
    for (const each of [bin, sockets, this.runs]) mkdirSync(each, { recursive: true });
    // A second monitor for the test; the program's own is a pair of pipes.
    writeFileSync(
      join(bin, 'qemu-system-x86_64'),
      `#!/bin/bash\nexec -a qemu-system-x86_64 /usr/bin/qemu-system-x86_64 "$@" -qmp unix:${sockets}/$$.sock,server=on,wait=off\n`,
      { mode: 0o755 },
    );
    this.env = { PATH: `${bin}:${process.env['PATH']}`, KERNEL_MATRIX_CACHE: this.cache, ...options.env };
  }

  /** With a run whose first row is measured and whose owner was killed after that. */
  static withRun(options: LabOptions = {}): Lab {
    const lab = new Lab(options);
    cpSync(inject('base'), join(lab.runs, 'base'), { recursive: true });
    return lab;
  }

  static empty(options: LabOptions = {}): Lab {
    return new Lab(options);
  }

  /** Goes on with the run. With `fresh` kernels are booted; else from a snapshot, as soon as one of these tests has left one. */
  resume({ fresh = false } = {}): Running {
    return this.program(['matrix', '--resume', '--config', this.file ?? this.config(), ...(fresh ? ['--fresh'] : [])]);
  }

  program(words: string[]): Running {
    this.before = readdirSync(this.runs).length === 0 ? 0 : this.events().length;
    const running = this.beside(words);
    this.end = null;
    void running.ended.then((end) => (this.end = end));
    return running;
  }

  /** Starts the program beside the one whose events are waited for. */
  beside(words: string[]): Running {
    const running = start([...words, '--runs-dir', this.runs], this.env);
    started.push(running);
    return running;
  }

  config(profile = PROFILE): string {
    this.file = writeConfig(this.folder, profile);
    return this.file;
  }

  /** The run's folder: the only one. */
  get run(): string {
    return join(this.runs, readdirSync(this.runs)[0]!);
  }

  events(): JournalEvent[] {
    return parseJournal(readFileSync(join(this.run, 'journal.jsonl'), 'utf8')).events;
  }

  facts(): RunFacts {
    return replay(this.events(), 'journal.jsonl');
  }

  row(name: string): RowFacts {
    return this.facts().rows.find(({ kernel }) => kernel.name === name)!;
  }

  /**
   * Waits until the journal has an event, of those that the program wrote which was started last, that fits.
   * @throws as soon as the program has ended without it.
   */
  async event<K extends EventKind>(kind: K, fits: (event: JournalEvent<K>) => boolean = () => true): Promise<void> {
    const found = () => {
      const events = this.events();
      const own = events.slice(this.before);
      if (own.some((each) => each.kind === kind && fits(each as unknown as JournalEvent<K>))) return;
      throw new Error(`no ${kind} in ${this.run}; it ends with ${JSON.stringify(events.at(-1))}`);
    };
    await vi.waitUntil(
      () => {
        const { end } = this;
        try {
          found();
          return true;
        } catch (error) {
          if (end !== null) throw new Error(`${(error as Error).message}\n${end.stderr}`, { cause: error });
          return false;
        }
      },
      { timeout: WAIT_MS, interval: 100 },
    );
  }

  /** Waits until a row is in a phase. */
  async phase(kernel: string, phase: string): Promise<void> {
    await this.event('phase.started', (event) => event.kernel === kernel && event.phase === phase);
  }

  /** Waits until a row has ended and returns it. */
  async ended(kernel: string): Promise<RowFacts> {
    await this.event('row.finished', (event) => event.kernel === kernel);
    return this.row(kernel);
  }

  machine(): MachineRecord {
    const root = join(this.cache, 'machines');
    const run = this.facts().run;
    const records = readdirSync(root)
      .filter((id) => id.startsWith(run))
      .map((id) => JSON.parse(readFileSync(join(root, id, 'machine.json'), 'utf8')) as MachineRecord)
      .filter(({ qemu }) => qemu !== null);
    expect(records).toHaveLength(1);
    return records[0]!;
  }

  /** Runs a command in the guest, over a connection of its own. */
  async inGuest(command: string): Promise<string> {
    const { sshPort, privateKey } = this.machine();
    const ssh = new NodeSSH();
    await ssh.connect({ host: '127.0.0.1', port: sshPort, username: 'root', privateKeyPath: privateKey });
    ssh.connection!.on('error', () => undefined);
    const result = await ssh.execCommand(command);
    ssh.dispose();
    return result.stdout + result.stderr;
  }

  /** Has the guest do something it will not live to answer for. */
  async endGuest(command: string): Promise<void> {
    const { sshPort, privateKey } = this.machine();
    const ssh = new NodeSSH();
    await ssh.connect({ host: '127.0.0.1', port: sshPort, username: 'root', privateKeyPath: privateKey });
    ssh.connection!.on('error', () => undefined);
    void ssh.execCommand(command).catch(() => undefined);
  }

  /** Tells the run's QEMU something, through a monitor of the test's own. */
  async qmp(command: string, args: Record<string, unknown> = {}): Promise<void> {
    const socket = createConnection(join(this.folder, 'qmp', `${this.machine().qemu!.pid}.sock`));
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.write(`{"execute":"qmp_capabilities"}\n${JSON.stringify({ execute: command, arguments: args })}\n`);
    await vi.waitFor(() => expect(said.match(/"return"/g)).toHaveLength(2), { timeout: 60_000 });
    socket.destroy();
  }

  /** Ends a run that has shown what it had to, with Ctrl-C. */
  async stop(run: Running): Promise<Ended> {
    run.child.kill('SIGINT');
    const end = await run.ended;
    expect(end.code, end.stderr).toBe(130);
    return end;
  }

  /** Processes, overlays and keys of this run that are still there. */
  left(): string[] {
    const run = this.facts().run;
    return [
      ...qemuProcesses(this.folder).map((pid) => `process ${pid}`),
      ...readdirSync(join(this.cache, 'machines')).filter((id) => id.startsWith(`${run}-`)),
      ...readdirSync(this.run).filter((name) => name === 'owner.json'),
    ];
  }
}

/** Rows as facts that can be compared: what was measured, and when. */
function factsOf(row: RowFacts): unknown {
  return JSON.parse(JSON.stringify(row));
}

/**
 * What must be true after every fault: the row that was measured before is the same to the letter, and nothing of the run is
 * left. What was found goes into the test's record, for the table.
 */
export async function nothingLostNothingLeft({ task }: TestContext, lab: Lab): Promise<void> {
  const base = replay(parseJournal(readFileSync(join(inject('base'), 'journal.jsonl'), 'utf8')).events, 'base');
  const before = base.rows.find(({ kernel }) => kernel.name === ROWS.done)!;
  await vi.waitFor(() => expect(qemuProcesses(lab.folder)).toEqual([]), { timeout: 20_000 });
  const left = lab.left();
  const after = lab.row(ROWS.done);
  record(task, { lost: JSON.stringify(factsOf(after)) === JSON.stringify(factsOf(before)) ? [] : [ROWS.done], left });
  expect(factsOf(after)).toEqual(factsOf(before));
  expect(left).toEqual([]);
}

/** What a fault has cost; the table of docs/reliability.md is made of it. */
export interface FaultRecord {
  /** Rows that were measured and are no more. */
  lost: string[];
  /** Processes, overlays and files that are still there. */
  left: string[];
}

export function record(task: TestContext['task'], fault: FaultRecord): void {
  Object.assign(task.meta, { fault });
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the run that all faults start from. */
    base: string;
    /** Folder of the workers' caches. */
    caches: string;
  }
}
