import type { SshMachineConfig } from './config.js';
import type { PlanOf } from '../provider.js';

/** What a run changes on an existing host, as text to print before anything is changed. */
export function statementOf(plan: PlanOf<SshMachineConfig>): string {
  const { machine, docker, guest } = plan;
  const releases = plan.kernels.map((row) => row.release ?? row.name).join(', ');
  const sources =
    guest.os === 'el7' && guest.package_sources !== 'keep'
      ? ['its package sources in /etc/yum.repos.d are switched off (the files are renamed)']
      : [];
  const lines = [
    ...sources,
    `perl is installed if it has none; Docker ${docker.version ?? ''} is installed, started and enabled; /etc/docker/daemon.json is replaced (the old one stays beside it)`,
    'EVERY container on it is removed, whoever made it',
    `kernels are installed: ${releases}; /etc/default/grub and grub.cfg are changed`,
    `it is rebooted ${plan.kernels.length} times, each time once into another kernel (grub2-reboot): a kernel that hangs falls back at a power cycle, which somebody has to give it`,
    'on each kernel all memory cgroups are used up for some minutes: nothing else can start a container then',
    'at the end its own kernel is the default again; it is neither rebooted nor powered off, so the last kernel tested still runs; Docker and the kernels stay installed',
  ];
  return `${machine.user}@${machine.host}:${machine.port} will be changed:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
}
