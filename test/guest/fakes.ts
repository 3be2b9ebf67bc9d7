/** Fakes at the interfaces `Session` and `Machine`, and a real journal in a temporary folder. */
import { parseJournal, replay, createJournal } from '../../src/scenario/journal.js';
import type { RunFacts } from '../../src/run-events/facts.js';
import { fstatSync, ftruncateSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelRow } from '../../src/config/plan.js';
import type { EventKind, JournalEvent, RunJournal } from '../../src/run-events/events.js';
import { type JournalDisk } from '../../src/journal/writer.js';
import { ConsoleWatcher } from '../../src/console/watch.js';
import type { ConsoleLog, OnFinding } from '../../src/console/console.js';
import { MachineFailure, type Machine, type MachineFacts } from '../../src/provider/machine.js';
import type { CommandOptions, CommandResult, Session } from '../../src/remote/session.js';
import { plan } from '../fixtures/build.js';

/** A command's standard output, or its whole result; an Error is thrown. */
export type Answer = string | Partial<CommandResult> | Error;
export type Answers = (command: string, options: CommandOptions) => Answer | Promise<Answer>;

/** A session whose commands are answered by a function. */
export class FakeSession implements Session {
  readonly commands: string[] = [];
  closed = false;

  constructor(
    private readonly answers: Answers,
    readonly machine = 'm1',
  ) {}

  async run(command: string, options: CommandOptions): Promise<CommandResult> {
    this.commands.push(command);
    const answer = await this.answers(command, options);
    if (answer instanceof Error) throw answer;
    const result = typeof answer === 'string' ? { stdout: answer } : answer;
    return { code: 0, stdout: '', stderr: '', seconds: 0, ...result };
  }

  close(): void {
    this.closed = true;
  }
}

/** Answers commands from a table; a command that is not in it is an error of the test. */
export function table(answers: Record<string, Answer>): Answers {
  return (command) => answers[command] ?? new Error(`the test has no answer to: ${command}`);
}

/** A machine that hands out sessions and can be made to die. */
export class FakeMachine implements Machine {
  readonly facts: MachineFacts = {
    provider: 'fake',
    accelerator: 'tcg',
    acceleratorReason: 'a test',
    cpus: 2,
    memoryMib: 3072,
    address: '127.0.0.1:1',
  };
  readonly console: ConsoleLog;
  /** Looks when it is asked to; no timer runs. */
  readonly watch: ConsoleWatcher;
  /** What runs it says of it. */
  says: string | null = null;
  /** What its console says, a line each. */
  readonly lines: string[] = [];
  destroyed = 0;
  private readonly death = new AbortController();
  readonly failure = this.death.signal;

  constructor(
    readonly name: string,
    private readonly open: () => Session | Promise<Session>,
    consoleFile = '/runs/x/machines/m1/console.log',
    onFinding: OnFinding = () => undefined,
    now?: () => number,
  ) {
    const text = () => this.lines.map((line) => `${line}\n`).join('');
    this.console = {
      file: consoleFile,
      size: () => text().length,
      since: (from) => text().slice(from),
      tail: (count) => this.lines.slice(-count),
    };
    this.watch = new ConsoleWatcher(this.console, { onFinding, onFatal: (detail) => this.die(detail) }, now);
  }

  async connect(_deadline: number, signal: AbortSignal): Promise<Session> {
    AbortSignal.any([signal, this.failure]).throwIfAborted();
    return this.open();
  }

  /** Its kernel panics. */
  die(detail: string): void {
    this.lines.push(detail);
    this.death.abort(new MachineFailure(this.name, detail, this.console.tail(40)));
  }

  status(): Promise<string | null> {
    return Promise.resolve(this.says);
  }

  destroy(): Promise<void> {
    this.destroyed += 1;
    return Promise.resolve();
  }

  keep(): string {
    return `${this.name} is left running`;
  }
}

/** Waits for no disk: a row has hundreds of events, and each sync takes milliseconds. test/journal/writer.test.ts asks for the sync. */
const NO_SYNC: JournalDisk = {
  write: writeSync,
  sync: () => undefined,
  length: (descriptor) => fstatSync(descriptor).size,
  truncate: ftruncateSync,
};

/** A real journal, begun with a run of these kernels, and what a reader finds in it. */
export class TempJournal {
  private readonly folder = mkdtempSync(join(tmpdir(), 'km-journal-'));
  readonly file = join(this.folder, 'journal.jsonl');
  readonly writer: RunJournal;

  constructor(kernels: KernelRow[] = [], disk: JournalDisk = NO_SYNC) {
    this.writer = createJournal(this.file, undefined, disk);
    this.writer.append({
      kind: 'run.started',
      run: 'test-run',
      profile: 'embedded',
      profileReason: 'a test',
      tool: { name: 'kernel-matrix', version: '0', node: 'v20' },
      host: { os: 'Debian 12', cpus: 2, memoryMib: 8192 },
      plan: plan(kernels),
    });
  }

  events(): JournalEvent[] {
    return parseJournal(readFileSync(this.file, 'utf8'), this.file).events;
  }

  of<K extends EventKind>(kind: K): JournalEvent<K>[] {
    return this.events().filter((event) => event.kind === kind) as unknown as JournalEvent<K>[];
  }

  facts(): RunFacts {
    return replay(this.events());
  }

  remove(): void {
    this.writer.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new Error('it should have failed')),
    (reason: unknown) => reason as Error,
  );
}
