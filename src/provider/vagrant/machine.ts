import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VagrantMachineConfig } from './config.js';
import type { HostKey } from '../../remote/host-key.js';
import type { Session } from '../../remote/session.js';
import { connect } from '../../remote/ssh.js';
import { shell } from '../../remote/quote.js';
import { SudoSession } from '../../remote/sudo.js';
import { ConsoleWatcher } from '../../console/watch.js';
import type { OnFinding } from '../../console/console.js';
import { MachineFailure, type Machine, type MachineFacts } from '../machine.js';
import { FileConsole } from '../../console/file.js';
import { identify } from '../../host/process.js';
import { beginBox, finishBox } from './boxes.js';
import {
  claimVagrantMachine,
  destroyVagrant,
  vagrantFolder,
  writeVagrantRecord,
  type VagrantRecord,
} from './registry.js';
import { vagrantSettings } from './settings.js';
import { loginWords, SHORT_SECONDS } from './login.js';
import { parseSshConfig, type SshConfig } from './ssh-config.js';
import { vagrant } from './vagrant.js';

/** Seconds `vagrant up` may take beyond the boot: the box is fetched, unpacked and copied. */
const BOX_SECONDS = 3600;

/** Everything a Vagrant machine is made of. */
export interface VagrantMachineInput {
  run: string;
  name: string;
  /** Receives console.log and vagrant.log. */
  folder: string;
  config: VagrantMachineConfig;
  /** Seconds from power-on until SSH answers. */
  bootTimeout: number;
  onProgress: (message: string) => void;
  onFinding?: OnFinding | undefined;
}

/**
 * `vagrant up`, and `vagrant ssh-config` once. What an attempt that fails has made is destroyed.
 * @throws UserError with vagrant's last words, MachineFailure if the console shows that it died.
 */
export async function startVagrant(input: VagrantMachineInput, signal: AbortSignal): Promise<Machine> {
  const machine = new Started(input);
  try {
    await machine.start(signal);
    return machine;
  } catch (error) {
    await machine.destroy().catch(() => undefined);
    throw error;
  }
}

class Started implements Machine {
  readonly facts: MachineFacts;
  readonly console: FileConsole;
  readonly watch: ConsoleWatcher;
  private readonly failed = new AbortController();
  readonly failure = this.failed.signal;
  private readonly record: VagrantRecord;
  private readonly log: string;
  private ssh: SshConfig | null = null;
  /** What it showed at first: nothing tells it before, as the box made it at its first boot. */
  private hostKeys: HostKey[] | undefined;
  private state: 'running' | 'kept' | 'destroyed' = 'running';

  constructor(private readonly input: VagrantMachineInput) {
    const { run, name, folder, config } = input;
    const id = claimVagrantMachine({ run, name });
    const state = vagrantFolder(id);
    this.console = new FileConsole(join(folder, 'console.log'));
    this.watch = new ConsoleWatcher(this.console, {
      onFinding: input.onFinding ?? (() => undefined),
      onFatal: (detail) => this.failed.abort(new MachineFailure(name, detail, this.console.tail(40))),
    });
    this.log = join(folder, 'vagrant.log');
    this.facts = {
      provider: `vagrant${config.hypervisor ? ` (${config.hypervisor})` : ''}`,
      accelerator: config.emulated ? 'tcg' : null,
      acceleratorReason: config.emulated ? 'emulated: true in kernels.yaml' : null,
      cpus: config.cpus,
      memoryMib: config.memory_mib,
      address: '',
    };
    const owner = identify(process.pid);
    if (!owner) throw new Error('this process is not in /proc');
    this.record = {
      id,
      run,
      name,
      owner,
      kept: false,
      settings: join(state, 'settings.json'),
      dotfile: join(state, 'vagrant'),
      console: this.console.file,
      hypervisor: config.hypervisor ?? null,
    };
  }

  get name(): string {
    return this.input.name;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { config, folder, bootTimeout, name, onProgress } = this.input;
    mkdirSync(folder, { recursive: true });
    // Created here first: a file that libvirt's log daemon creates is readable by root only.
    closeSync(openSync(this.console.file, 'a'));
    const settings = vagrantSettings(config, this.record.id, bootTimeout, [{ name, console: this.console.file }]);
    writeFileSync(this.record.settings, `${JSON.stringify(settings, null, 2)}\n`);
    // Before there is anything to find, so that a kill at any moment leaves nothing that cannot be found.
    writeVagrantRecord(this.record);
    this.watch.start();
    const provider = config.hypervisor ? ['--provider', config.hypervisor] : [];
    const options = { log: this.log, signal: AbortSignal.any([signal, this.failure]) };
    await vagrant(this.record, ['up', name, ...provider], {
      ...options,
      timeout: bootTimeout + BOX_SECONDS,
      purpose: `starting machine ${name}`,
      before: () => beginBox(config),
      onLine: (line) => onProgress(line.replace(/^(?:==> |\s+)\S+: /, '')),
    });
    finishBox(config);
    const { stdout } = await vagrant(this.record, ['ssh-config', name], {
      ...options,
      timeout: SHORT_SECONDS,
      purpose: `asking for the way to machine ${name}`,
    });
    this.ssh = parseSshConfig(stdout, name);
    this.facts.address = `${this.ssh.host}:${this.ssh.port}`;
  }

  async connect(deadline: number, signal: AbortSignal): Promise<Session> {
    const { ssh } = this;
    if (!ssh) throw new Error(`${this.name} has not been started`);
    const session = await connect(
      {
        ...{ machine: this.name, host: ssh.host, port: ssh.port, username: ssh.user, keyFiles: ssh.keys },
        hostKeys: this.hostKeys,
        onHostKey: (shown) => (this.hostKeys ??= [shown]),
      },
      deadline,
      AbortSignal.any([signal, this.failure]),
    );
    return ssh.user === 'root' ? session : new SudoSession(session);
  }

  status(): Promise<null> {
    // A question to Vagrant takes seconds and waits for other commands of it.
    return Promise.resolve(null);
  }

  async destroy(): Promise<void> {
    if (this.state !== 'running') return;
    this.state = 'destroyed';
    this.watch.stop();
    await destroyVagrant(this.record, this.log);
  }

  keep(): string {
    this.state = 'kept';
    this.watch.stop();
    writeVagrantRecord({ ...this.record, kept: true });
    const { ssh } = this;
    const way = ssh ? shell`${loginWords(ssh)}` : 'vagrant ssh';
    return `${this.name} is left running: ${way}; npm run clean -- --kept ends it`;
  }
}
