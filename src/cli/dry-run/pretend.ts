/**
 * A guest that is not there: it answers what the sequence has to hear to go on, as a healthy kernel with the source's numbers
 * would, and keeps every command. So a dry run shows the commands of the very code that runs, not of a copy of it.
 */
import type { CommandResult, Session } from '../../remote/session.js';

const TOOL = 'perl /run/kernel-matrix/cgroups.pl ';
/** As the source counted on 3.10: the 65487th was refused. */
const MADE = 65486;

export class PretendGuest implements Session {
  readonly machine = 'm1';
  readonly commands: string[] = [];
  private free = 0;
  private parent = false;
  private holder = false;
  private full = false;
  private boots = 0;
  /** The menu's name of the entry that was selected. */
  private selected = '';

  /** @param release what `uname -r` answers. @param boot what the boot loader answers. */
  constructor(
    private readonly release: string,
    private readonly cgroup: 'v1' | 'v2',
    private readonly boot: { menu: string; cmdline: string; readBack(name: string): string },
  ) {}

  run(command: string): Promise<CommandResult> {
    this.commands.push(command);
    const answer = this.answer(command);
    const result = typeof answer === 'string' ? { stdout: answer } : answer;
    return Promise.resolve({ code: 0, stdout: '', stderr: '', seconds: 0, ...result });
  }

  close(): void {}

  private answer(command: string): string | Partial<CommandResult> {
    if (command.startsWith(TOOL)) return this.tool(command.slice(TOOL.length).split(' '));
    if (command.startsWith('docker run -id')) return this.create();
    if (command.startsWith('docker rm -f')) return this.remove();
    if (command.startsWith('docker inspect')) return 'true\n';
    if (command.startsWith('docker info'))
      return `Server Version: 17.06.2-ce\nCgroup Version: ${this.cgroup.slice(1)}\n`;
    if (command.includes('menuentry')) return this.boot.menu;
    const chosen = /^grub2?-(?:set-default|reboot) (.*)$/.exec(command)?.[1];
    if (chosen !== undefined) {
      this.selected = chosen.replace(/^'(.*)'$/, '$1');
      return '';
    }
    if (/^grub2?-editenv list$/.test(command)) return this.boot.readBack(this.selected);
    if (command === 'reboot') {
      this.boots += 1;
      return '';
    }
    return FIXED[command] ?? this.reading(command);
  }

  private reading(command: string): string {
    switch (command) {
      case 'uname -r':
        return `${this.release}\n`;
      case 'cat /proc/sys/kernel/random/boot_id':
        return `boot-${this.boots}\n`;
      case 'cat /proc/cmdline':
        return `${this.boot.cmdline}\n`;
      default:
        return '';
    }
  }

  private tool([command = '', ...args]: string[]): string {
    switch (command) {
      case 'fill': {
        const [, from = '1'] = args;
        const made = this.full ? this.free : MADE;
        this.full = true;
        this.free = 0;
        return `made ${from === '1' || made > 0 ? made : 0}\nerrno 28 No space left on device\n`;
      }
      case 'probe':
        return `live ${this.live()}\npoll ${this.free}\nerrno 28 No space left on device\n`;
      case 'take':
        this.free += Number(args[1]);
        return `removed ${args[1]}\n`;
      case 'live':
        return `live ${this.live()}\n`;
      case 'count':
        return `directories ${MADE}\n`;
      default:
        return 'removed 0\n';
    }
  }

  private live(): number {
    return MADE + Number(this.parent) + Number(this.holder);
  }

  private create(): string | Partial<CommandResult> {
    const need = this.parent ? 1 : 2;
    if (this.free < need) {
      const stderr = 'mkdir /sys/fs/cgroup/memory/docker: no space left on device';
      return { code: 125, stderr };
    }
    this.free -= need;
    this.parent = true;
    this.holder = true;
    return `${'c0ffee00'.repeat(8)}\n`;
  }

  private remove(): string {
    if (this.holder) this.free += 1;
    this.holder = false;
    return '';
  }
}

const FIXED: Record<string, string> = {
  'cat /proc/cgroups': '#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t7\t65535\t1\n',
  'cat /proc/meminfo': 'MemTotal: 1 kB\nMemFree: 1 kB\nSlab: 1 kB\nSUnreclaim: 1 kB\n',
};
