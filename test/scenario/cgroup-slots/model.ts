/**
 * A small model of a guest whose kernel hands out memory-cgroup ids ("slots"): enough for the sequence to run against,
 * with no machine. It answers exactly the commands the steps send, keeps a clock of its own, and throws on any other
 * command. Ids are in use by the root, every directory, every container, those that come back late and those that are
 * lost. Figures by default are those of 5.10 with Docker 20.10 in the lean guest; see the kernels below.
 */
import type { CommandOptions, CommandResult, Session } from '../../../src/remote/session.js';

export interface KernelTraits {
  release: string;
  cgroup: 'v1' | 'v2';
  /** Ids there are, the root's included. */
  ids: number;
  errno: 'ENOSPC' | 'ENOMEM' | 'EBUSY';
  /** Which containers take their id with them when they are removed. */
  leaks: 'none' | 'limited' | 'all';
  /** What brings lost ids back. */
  reclaim: 'never' | 'drop_caches' | 'removal';
  /** Seconds until a removed container's id can be obtained again; a test directory's takes a short grace period. */
  lateSeconds: number;
  /** The kernel never refuses a directory. */
  neverRefuses: boolean;
  /** Slots a probe sees too many: an instrument that does not measure. */
  probeError: number;
  /** The docker run, counted from 1, from which on the daemon is dead. */
  daemonDiesAt: number;
}

/** 3.10.0-514.el7 with Docker 17.06.2: an id lost for good in each limited cycle. */
export const EL7: Partial<KernelTraits> = { release: '3.10.0-514.el7.x86_64', ids: 65535, leaks: 'limited' };
/** 4.4.155 with Docker 17.06.2: ENOMEM, and nothing lost. */
export const V4_4: Partial<KernelTraits> = { release: '4.4.155', errno: 'ENOMEM' };
/** 6.12 in the lean guest: cgroup v2 and EBUSY. */
export const V6_12: Partial<KernelTraits> = { release: '6.12.117', cgroup: 'v2', ids: 65535, errno: 'EBUSY' };

const TEXT = {
  ENOSPC: [28, 'No space left on device'],
  ENOMEM: [12, 'Cannot allocate memory'],
  EBUSY: [16, 'Device or resource busy'],
} as const;
const GRACE_SECONDS = 0.4;
const TOOL = 'perl /run/kernel-matrix/cgroups.pl ';

export class ModelGuest implements Session {
  readonly machine = 'm1';
  readonly traits: KernelTraits;
  readonly commands: string[] = [];
  bootId = 'boot-1';
  private now = 0;
  private tool = '';
  /** Numbers of test-N; null while there is no test directory. */
  private test: Set<number> | null = null;
  /** v2: whether the test directory's children are given the memory controller. */
  private delegated = new Set<string>();
  private parent = false;
  private containers = new Map<string, { running: boolean; limited: boolean }>();
  private lost = 0;
  /** Times at which ids come back. */
  private late: number[] = [];
  private runs = 0;

  constructor(traits: Partial<KernelTraits> = {}) {
    this.traits = {
      release: '5.10.0-46-amd64',
      cgroup: 'v1',
      ids: 65534,
      errno: 'ENOSPC',
      leaks: 'none',
      reclaim: 'never',
      lateSeconds: 0,
      neverRefuses: false,
      probeError: 0,
      daemonDiesAt: Infinity,
      ...traits,
    };
  }

  /** What an earlier, interrupted run left. */
  leaveBehind(containers: string[], directories: number): void {
    for (const id of containers) this.containers.set(id, { running: true, limited: false });
    this.parent = containers.length > 0;
    this.test = new Set(Array.from({ length: directories }, (_, n) => n + 1));
  }

  async run(command: string, options: CommandOptions): Promise<CommandResult> {
    this.commands.push(command);
    this.now += 0.05;
    const began = this.now;
    const result = await Promise.resolve(this.answer(command, options));
    for (const line of result.stdout.split('\n').slice(0, -1)) options.onLine?.(line);
    return { ...result, seconds: this.now - began };
  }

  close(): void {
    // The model stays as it is, as a machine does.
  }

  /** Directories of the memory hierarchy, its root included. */
  private get live(): number {
    const running = [...this.containers.values()].filter((each) => each.running).length;
    return 1 + (this.test === null ? 0 : 1 + this.test.size) + (this.parent ? 1 : 0) + running;
  }

  private get dying(): number {
    this.late = this.late.filter((time) => time > this.now);
    return this.late.length;
  }

  private get free(): number {
    return this.traits.ids - this.live - this.lost - this.dying;
  }

  private get root(): string {
    return this.traits.cgroup === 'v1' ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  }

  /** Whether one more directory in the test directory is refused. */
  private refusesInTest(): boolean {
    if (this.traits.neverRefuses) return false;
    // On v2 a child without the controller takes no memory id.
    const counted =
      this.traits.cgroup === 'v1' || (this.delegated.has(this.root) && this.delegated.has(`${this.root}/test`));
    return counted && this.free <= 0;
  }

  private answer(command: string, options: CommandOptions): Omit<CommandResult, 'seconds'> {
    const ok = (stdout = '') => ({ code: 0, stdout, stderr: '' });
    const { release, cgroup } = this.traits;
    if (command === 'mkdir -p /run/kernel-matrix && cat > /run/kernel-matrix/cgroups.pl') {
      this.tool = options.input ?? '';
      return ok();
    }
    if (command.startsWith(TOOL)) {
      if (!this.tool.startsWith('#!/usr/bin/perl')) throw new Error('the bulk tool was not installed');
      return ok(this.bulk(command.slice(TOOL.length).split(' ')));
    }
    if (command.startsWith('docker ')) return this.docker(command.split(' ').slice(1));
    if (command.startsWith('echo ') && command.endsWith(' > /dev/kmsg')) return ok();
    const delegation = /^echo \+memory > (.*)\/cgroup\.subtree_control$/.exec(command)?.[1];
    if (delegation !== undefined) {
      this.delegated.add(delegation);
      return ok();
    }
    if (command.startsWith('dmesg | sed -n ')) return ok('kernel-matrix begins\n');
    switch (command) {
      case `mkdir ${this.root}/test`:
        this.test = new Set();
        return ok();
      case 'uname -r':
        return ok(`${release}\n`);
      case 'cat /proc/sys/kernel/random/boot_id':
        return ok(`${this.bootId}\n`);
      case 'cat /proc/cmdline':
        return ok(`root=/dev/nvme0n1p1 km.cgroup=${cgroup} km.entry=k-test\n`);
      case 'cat /proc/meminfo':
        return ok(
          `MemTotal: 3000000 kB\nMemFree: 2000000 kB\nSlab: ${20000 + this.live * 18} kB\nSUnreclaim: 9000 kB\n`,
        );
      case 'cat /proc/cgroups':
        // 3.10 does not count a removed directory whose id stays taken.
        return ok(`#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t9\t${this.live + this.dying}\t1\n`);
      case 'cat /sys/fs/cgroup/cgroup.stat':
        return ok(
          `nr_descendants ${this.live - 1}\nnr_subsys_memory ${this.live}\nnr_dying_subsys_memory ${this.dying}\n`,
        );
      case 'menu':
        return ok("menuentry 'Linux' --id 'k-test' {\n");
      case 'sync; echo 3 > /proc/sys/vm/drop_caches':
        if (this.traits.reclaim === 'drop_caches') this.lost = 0;
        return ok();
      default:
        throw new Error(`the model does not know: ${command}`);
    }
  }

  /** The bulk tool, as src/scenario/cgroup-slots/in-guest/cgroups.pl documents it. */
  private bulk([verb, ...args]: string[]): string {
    const [number, text] = TEXT[this.traits.errno];
    const refusal = `errno ${number} ${text}\n`;
    switch (verb) {
      case 'fill': {
        if (this.test === null) return 'errno 2 No such file or directory\nmade 0\n';
        let out = '';
        let made = 0;
        for (let n = Number(args[1]); n <= Number(args[2]); n++) {
          if (this.test.has(n)) {
            out += 'errno 17 File exists\n';
            break;
          }
          if (this.refusesInTest()) {
            out += refusal;
            break;
          }
          this.test.add(n);
          made += 1;
          this.now += 0.0003;
          if (made % 10_000 === 0) out += `progress ${made}\n`;
        }
        return `${out}made ${made}\n`;
      }
      case 'probe':
        return this.probe(
          Number(args[2]),
          Number(args[3]) - (args[5] ? this.live - Number(args[5]) : 0),
          Number(args[4]),
          refusal,
        );
      case 'take': {
        const going = [...(this.test ?? [])].sort((a, b) => a - b).slice(0, Number(args[1]));
        for (const n of going) this.removeTest(n);
        return `removed ${going.length}\n`;
      }
      case 'live':
        return `live ${this.live}\n`;
      case 'count':
        return `directories ${this.test?.size ?? 0}\n`;
      case 'clear': {
        const removed = this.test === null ? 0 : this.test.size + 1;
        this.test = null;
        if (this.traits.reclaim === 'removal') this.lost = 0;
        return `removed ${removed}\n`;
      }
      default:
        throw new Error(`the bulk tool has no ${verb}`);
    }
  }

  private probe(cap: number, want: number, settle: number, refusal: string): string {
    const began = this.now;
    let out = `live ${this.live}\n`;
    for (let pause = 0.25; ; pause = Math.min(1, pause * 2)) {
      const refuses = this.test === null ? this.free <= cap : !this.traits.neverRefuses;
      const seen = Math.min(cap, Math.max(0, this.free) + this.traits.probeError);
      out += `poll ${seen}\n${refuses && seen < cap ? refusal : ''}`;
      if (seen >= want || this.now - began >= settle) break;
      this.now += pause;
    }
    // The pause at the tool's end, in which the ids of its own directories come back.
    this.now += 0.5;
    return out;
  }

  private removeTest(n: number): void {
    this.test?.delete(n);
    this.late.push(this.now + GRACE_SECONDS);
  }

  private docker([verb, ...args]: string[]): Omit<CommandResult, 'seconds'> {
    const ok = (stdout = '') => ({ code: 0, stdout, stderr: '' });
    if (this.runs >= this.traits.daemonDiesAt) return dead();
    switch (verb) {
      case 'ps':
        return ok([...this.containers.keys()].map((id) => `${id.slice(0, 12)}\n`).join(''));
      case 'info':
        return ok(
          ' Server Version: 20.10.5+dfsg1\n Storage Driver: overlay2\n Cgroup Driver: cgroupfs\n' +
            ` Cgroup Version: ${this.traits.cgroup.slice(1)}\n runc version: 1.0.0~rc93\n`,
        );
      case 'inspect':
        return ok(`${this.containers.get(args.at(-1) ?? '')?.running ?? false}\n`);
      case 'rm':
        for (const id of args.slice(1)) this.remove(id);
        return ok(
          args
            .slice(1)
            .map((id) => `${id}\n`)
            .join(''),
        );
      case 'run':
        return this.create(args.includes('-m'));
      default:
        throw new Error(`the model does not know docker ${verb}`);
    }
  }

  private create(limited: boolean): Omit<CommandResult, 'seconds'> {
    this.runs += 1;
    this.now += 3;
    if (this.runs >= this.traits.daemonDiesAt) return dead();
    const id = this.runs.toString(16).padStart(64, 'a');
    // A refused run leaves a container in state Created, and prints its id.
    this.containers.set(id, { running: false, limited });
    const refused = (path: string) => ({
      code: 125,
      stdout: `${id}\n`,
      stderr:
        'docker: Error response from daemon: OCI runtime create failed: container_linux.go:367: starting container ' +
        'process caused: process_linux.go:340: applying cgroup configuration for process caused: ' +
        `mkdir ${path}: ${TEXT[this.traits.errno][1].toLowerCase()}: unknown.\n`,
    });
    if (!this.parent) {
      if (this.free <= 0) return refused(`${this.root}/docker`);
      this.parent = true;
    }
    if (this.free <= 0) return refused(`${this.root}/docker/${id}`);
    this.containers.set(id, { running: true, limited });
    return { code: 0, stdout: `${id}\n`, stderr: '' };
  }

  private remove(id: string): void {
    const name = [...this.containers.keys()].find((each) => each.startsWith(id));
    const container = name === undefined ? undefined : this.containers.get(name);
    if (name === undefined || container === undefined) throw new Error(`there is no container ${id}`);
    this.containers.delete(name);
    this.now += 1;
    if (!container.running) return;
    const { leaks, lateSeconds } = this.traits;
    if (leaks === 'all' || (leaks === 'limited' && container.limited)) this.lost += 1;
    else this.late.push(this.now + lateSeconds);
  }
}

function dead(): Omit<CommandResult, 'seconds'> {
  const stderr =
    'docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?.\n' +
    "See 'docker run --help'.\n";
  return { code: 125, stdout: '', stderr };
}
