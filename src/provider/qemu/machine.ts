import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QemuMachineConfig } from './config.js';
import { identify } from '../../host/process.js';
import { runTool } from '../../host/tool.js';
import { OtherServer } from '../../remote/host-key.js';
import { connect } from '../../remote/ssh.js';
import type { Session } from '../../remote/session.js';
import { ConsoleWatcher } from '../../console/watch.js';
import type { OnFinding } from '../../console/console.js';
import { MachineFailure, type Machine, type MachineFacts } from '../machine.js';
import type { AcceleratorChoice } from './accelerator.js';
import { qemuArguments } from './command-line.js';
import { consoleOverflow, FileConsole } from '../../console/file.js';
import { watchForHalt } from './halted.js';
import { keyFilesIn, placeKeys, type MachineKeys } from './keys.js';
import { Qmp, whenRunning, writeState } from './qmp.js';
import { machineFolder, removeMachine, writeRecord, type MachineRecord } from './registry.js';

/** Everything a QEMU machine is made of. */
export interface QemuMachineInput {
  run: string;
  name: string;
  /** Receives console.log and qemu.log. */
  folder: string;
  config: QemuMachineConfig;
  choice: AcceleratorChoice;
  /** Backing file of the overlay. */
  disk: string;
  /** It goes on from a saved state: the file of its memory and devices. Its disk is then a qcow2. */
  state?: string;
  /** Its own: no other machine has them. */
  keys: MachineKeys;
  /** The machine may be left running at the end, so it must be able to outlive this process. */
  keepable: boolean;
  onFinding?: OnFinding | undefined;
}

/** Where a child finds the first file beside stdin, stdout and stderr. */
const STATE_DESCRIPTOR = 3;

/** Seconds a machine that is started from a snapshot has to take its own keys (image/files/rekey); it takes one or two. */
const REKEY_SECONDS = 30;
/** Seconds QEMU has to say how it is. */
const STATUS_SECONDS = 2;

/** A machine of QEMU; the provider alone knows that it is one. */
export class QemuMachine implements Machine {
  readonly facts: MachineFacts;
  readonly console: FileConsole;
  readonly watch: ConsoleWatcher;
  private readonly failed = new AbortController();
  readonly failure: AbortSignal = this.failed.signal;
  private readonly log: string;
  private child: ChildProcess | null = null;
  private exited: Promise<void> = Promise.resolve();
  private qmp: Qmp | null = null;
  private unwatch = (): void => undefined;
  private state: 'running' | 'kept' | 'destroyed' = 'running';

  constructor(
    private readonly id: string,
    private readonly input: QemuMachineInput,
    private readonly sshPort: number,
  ) {
    this.console = new FileConsole(join(input.folder, 'console.log'));
    this.watch = new ConsoleWatcher(this.console, {
      onFinding: input.onFinding ?? (() => undefined),
      onFatal: (sign) => {
        this.fail(sign);
        // Whoever waits for it needs a moment, in which the console would go on filling the disk.
        if (consoleOverflow(this.console) !== null) this.child?.kill('SIGKILL');
      },
    });
    this.log = join(input.folder, 'qemu.log');
    this.facts = {
      provider: 'qemu',
      accelerator: input.choice.accelerator,
      acceleratorReason: input.choice.reason,
      cpus: input.config.cpus,
      memoryMib: input.config.memory_mib,
      address: `127.0.0.1:${sshPort}`,
    };
  }

  get name(): string {
    return this.input.name;
  }

  async start(signal: AbortSignal): Promise<void> {
    // Before there is anything to find, so that a kill at any moment leaves nothing that cannot be found.
    this.record(false);
    const overlay = await this.makeDisk(signal);
    const child = this.spawnQemu(overlay);
    const qmp = new Qmp(child.stdout!, child.stdin!, (event, data) => this.onEvent(event, data, overlay));
    this.qmp = qmp;
    const up = qmp.open().then(() => whenRunning(qmp));
    await up.catch(async () => {
      // The exit is reported a moment after the monitor has closed; a QEMU that refused a command still runs.
      await Promise.race([this.exited, sleep(STATUS_SECONDS * 1000, undefined, { ref: false })]);
      throw (this.failure.reason as Error | undefined) ?? new MachineFailure(this.name, this.complaint(), []);
    });
    this.record(false);
    this.watch.start();
    const booting = () => this.state === 'running' && !this.failure.aborted && !this.watch.isUp();
    this.unwatch = watchForHalt(qmp, booting, () =>
      this.fail(
        'every processor has halted with interrupts off, so this boot has stopped for good; ' +
          `the last on its console: ${this.console.tail(1)[0] ?? '(nothing)'}`,
      ),
    );
  }

  /** Makes the overlay, with the machine's keys on it. @returns its path. */
  private async makeDisk(signal: AbortSignal): Promise<string> {
    const { disk, state, keys } = this.input;
    const folder = machineFolder(this.id);
    const overlay = join(folder, 'disk.qcow2');
    const backing = state === undefined ? 'raw' : 'qcow2';
    await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', backing, '-b', disk, '--', overlay], {
      timeout: 30,
      purpose: `making the disk of ${this.name}`,
      signal,
    });
    await placeKeys(keys, { name: this.id, folder, overlay }, signal);
    return overlay;
  }

  private spawnQemu(overlay: string): ChildProcess {
    const { config, choice, keepable, state: file } = this.input;
    const args = qemuArguments(config, choice.accelerator, {
      overlay,
      console: this.console.file,
      sshPort: this.sshPort,
      incoming: file === undefined ? undefined : STATE_DESCRIPTOR,
    });
    const stderr = openSync(this.log, 'w');
    const state = file === undefined ? [] : [openSync(file, 'r')];
    const stdio: StdioOptions = ['pipe', 'pipe', stderr, ...state];
    // With setpriv the kernel ends QEMU when this process dies, however it dies.
    const child = keepable
      ? spawn('qemu-system-x86_64', args, { stdio, detached: true })
      : spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args], { stdio, detached: true });
    for (const each of [stderr, ...state]) closeSync(each);
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve();
        if (this.state !== 'running') return;
        const death = this.watch.death();
        const reason = death === null ? this.complaint() : `the console says: ${death}`;
        this.fail(`QEMU ended by itself (${signal ?? code}): ${reason}`);
      });
      child.once('error', (error) => {
        resolve();
        this.fail(`QEMU could not be started: ${error.message}`);
      });
    });
    return child;
  }

  /**
   * Stops the machine, writes its state, hands its overlay over, and lets it go on.
   * @param keep is called with a function that writes the state; the overlay stays as it is until it returns.
   */
  async saved(keep: (overlay: string, write: (file: string) => Promise<void>) => Promise<void>): Promise<void> {
    const qmp = this.qmp!;
    await qmp.execute('stop');
    try {
      await keep(join(machineFolder(this.id), 'disk.qcow2'), (file) => writeState(qmp, file));
    } finally {
      await qmp.execute('cont');
    }
  }

  async connect(deadline: number, signal: AbortSignal): Promise<Session> {
    const until = performance.now() + REKEY_SECONDS * 1000;
    for (;;) {
      try {
        return await this.connectOnce(deadline, signal);
      } catch (error) {
        // Started from a snapshot it shows the key of the machine that was saved until it has found its own.
        const early = this.input.state !== undefined && performance.now() < until;
        if (!(error instanceof OtherServer) || !early) throw error;
        await sleep(200, undefined, { signal });
      }
    }
  }

  private connectOnce(deadline: number, signal: AbortSignal): Promise<Session> {
    const { keys } = this.input;
    return connect(
      {
        machine: this.name,
        host: '127.0.0.1',
        port: this.sshPort,
        username: 'root',
        keyFiles: [keyFilesIn(machineFolder(this.id)).login],
        hostKeys: [{ type: 'ssh-ed25519', key: keys.hostPublic }],
      },
      deadline,
      AbortSignal.any([signal, this.failure]),
    );
  }

  async status(): Promise<string> {
    const { qmp } = this;
    // A monitor that does not answer is an answer too.
    const answer = await Promise.race([
      qmp?.execute('query-status').catch(() => null),
      sleep(STATUS_SECONDS * 1000, null, { ref: false }),
    ]);
    const status = (answer as { status?: string } | null | undefined)?.status;
    return status === undefined ? 'QEMU does not answer' : `QEMU says: ${status}`;
  }

  async destroy(): Promise<void> {
    if (this.state === 'destroyed') return;
    this.state = 'destroyed';
    this.watch.stop();
    this.unwatch();
    const child = this.child;
    if (child && child.exitCode === null && child.signalCode === null) {
      this.qmp?.execute('quit').catch(() => undefined);
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await this.exited;
      clearTimeout(timer);
    }
    removeMachine(this.id);
  }

  keep(): string {
    this.state = 'kept';
    this.watch.stop();
    this.unwatch();
    this.record(true);
    this.child?.unref();
    (this.child?.stdout as { unref?: () => void } | null)?.unref?.();
    (this.child?.stdin as { unref?: () => void } | null)?.unref?.();
    return `${this.name} is left running: npm run shell -- --machine ${this.id}; npm run clean -- --kept ends it`;
  }

  private record(kept: boolean): void {
    const qemu = this.child?.pid === undefined ? null : identify(this.child.pid);
    const owner = identify(process.pid);
    if (!owner) return;
    const record: MachineRecord = {
      id: this.id,
      run: this.input.run,
      name: this.name,
      qemu,
      owner,
      kept,
      sshPort: this.sshPort,
      privateKey: keyFilesIn(machineFolder(this.id)).login,
      console: this.console.file,
    };
    writeRecord(record);
  }

  /** Resets count as starts. QEMU stops a guest whose overlay finds no space on this host (`werror=enospc`, its default): it would never answer again. */
  private onEvent(event: string, data: Record<string, unknown>, overlay: string): void {
    // `guest`: it was no command of ours (qapi/run-state.json).
    if (event === 'RESET' && data['guest'] === true) this.watch.reset();
    if (event !== 'BLOCK_IO_ERROR' || data['nospace'] !== true) return;
    this.fail(
      `the disk of this host is full: QEMU has stopped the machine, as its overlay ${overlay} cannot grow; ` +
        'free some space, or set KERNEL_MATRIX_CACHE to a larger disk, and run this row again',
    );
  }

  private fail(detail: string): void {
    this.watch.stop();
    // Its last console lines come before its end in the journal.
    this.watch.settle();
    this.failed.abort(new MachineFailure(this.name, detail, this.console.tail(40)));
  }

  private complaint(): string {
    try {
      return readFileSync(this.log, 'utf8').trim().split('\n').slice(-5).join('\n') || '(it said nothing)';
    } catch {
      return '(it said nothing)';
    }
  }
}
