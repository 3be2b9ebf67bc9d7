import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SshMachineConfig } from '../../../src/provider/ssh/config.js';
import { loadPlan } from '../../../src/cli/kernels-yaml.js';
import { commandsOf } from '../../../src/cli/dry-run/commands-of.js';

const KERNELS_YAML = fileURLToPath(new URL('../../../kernels.yaml', import.meta.url));

/** Every command line of the source procedure, verbatim but for the ids of its containers. */
const SOURCE = [
  'yum install -y yum-utils epel-release wget',
  'wget -O /etc/yum.repos.d/docker-ce.repo https://mirrors.aliyun.com/docker-ce/linux/centos/docker-ce.repo',
  'yum -y install docker-ce-17.06.2.ce-1.el7.centos.x86_64',
  'mkdir /etc/docker',
  'cat > /etc/docker/daemon.json << EOF',
  'https://registry.docker-cn.com',
  'systemctl start docker',
  'systemctl enable docker',
  'docker pull nginx',
  'rpm --import https://www.elrepo.org/RPM-GPG-KEY-elrepo.org',
  'rpm -Uvh https://www.elrepo.org/elrepo-release-7.0-3.el7.elrepo.noarch.rpm',
  'yum --disablerepo=\\* --enablerepo=elrepo-kernel repolist',
  'yum --disablerepo=\\* --enablerepo=elrepo-kernel list kernel*',
  'yum --disablerepo=\\* --enablerepo=elrepo-kernel install -y kernel-lt.x86_64',
  'yum --disablerepo=\\* --enablerepo=elrepo-kernel install -y kernel-ml.x86_64',
  'grep menuentry.*Core /etc/grub2.cfg',
  'docker rm -f $(docker ps -aq)',
  'mkdir /sys/fs/cgroup/memory/test',
  'for i in `seq 1 65535`;do mkdir /sys/fs/cgroup/memory/test/test-${i} || break; done',
  'cat /proc/cgroups',
  'rmdir /sys/fs/cgroup/memory/test/test-xxx',
  'docker run -id nginx',
  'docker rm -f ',
  'docker run -id -m 100m nginx',
];

describe('the commands of the centos7 profile', { timeout: 30_000 }, () => {
  const plan = loadPlan(KERNELS_YAML, { profile: 'centos7' });
  let text: string;
  let rows: string[];
  beforeAll(async () => {
    text = await commandsOf(plan);
    rows = text.split(/^kernel \S+ \(.*\):$/m).slice(1);
  });

  it.each(SOURCE)('hold the source line: %s', (line) => {
    expect(text.split('\n').some((each) => each.includes(line) && /source: |not run: |^# daemon/.test(each))).toBe(
      true,
    );
  });

  it('say why where a line is not carried out', () => {
    const lines = text.split('\n');
    const idle = lines.filter(
      (line, index) => line.startsWith('source: ') && !/^(?:source:|[$?]| {2}not run: )/.test(lines[index + 1] ?? ''),
    );
    expect(idle).toEqual([]);
  });

  it('are the recipe, then each kernel, in the order of the file', () => {
    expect(rows).toHaveLength(3);
    const at = (words: string) => text.indexOf(words);
    const order = [
      'localinstall',
      'docker pull',
      'kernel-lt-',
      'grub2-mkconfig',
      'kernel 3.10 (',
      'kernel 4.4 (',
      'kernel 4.18 (',
    ];
    const places = order.map(at);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('select each kernel after all installs by its exact title, and prove it', () => {
    plan.kernels.forEach(({ release }, index) => {
      expect(rows[index]).toContain(`$ grub2-set-default 'CentOS Linux (${release}) 7 (Core)'\n$ grub2-editenv list\n`);
      expect(rows[index]).toContain('$ reboot\n');
      expect(rows[index]).toContain('$ uname -r\n$ cat /proc/cmdline\n');
    });
  });

  it('churn as often as the plan says, without and with a limit', () => {
    const phase = (name: string) => rows[0]!.split(`# ${name}\n`)[1]!.split('\n# ')[0]!;
    const count = (part: string, line: string) => part.split('\n').filter((each) => each === line).length;
    expect(count(phase('case2'), '$ docker run -id nginx:1.14.2')).toBe(plan.sequence.cycles);
    expect(count(phase('case3'), '$ docker run -id -m 100m nginx:1.14.2')).toBe(plan.sequence.cycles);
  });

  it('on an existing host select for one boot only, and restore its own kernel', async () => {
    const machine: SshMachineConfig = { provider: 'ssh', host: 'h', port: 22, user: 'root' };
    const own = await commandsOf({ ...plan, machine, kernels: plan.kernels.slice(1, 2) });
    expect(own).toContain("$ grub2-reboot 'CentOS Linux (4.4.159-1.el7.elrepo.x86_64) 7 (Core)'");
    expect(own).not.toContain('grub2-set-default');
    expect(own.trimEnd().split('\n').at(-1)).toContain('grubby --set-default');
  });

  it('are none for a guest that is built, not installed', async () => {
    expect(await commandsOf(loadPlan(KERNELS_YAML))).toBe('');
  });
});
