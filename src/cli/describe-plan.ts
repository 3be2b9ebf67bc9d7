import { artifactsOf, describeUse } from '../run/plan-artifacts.js';
import type { DockerConfig, KernelRow, Plan } from '../config/plan.js';
import { sourceOf } from '../kernel/table.js';
import { providerOf } from '../provider/table.js';
import { hierarchyOf } from '../scenario/cgroup-slots/hierarchy.js';
import { describeSchedule, type Schedule } from '../run/schedule/schedule.js';

/** The plan in words, for --dry-run: what would be started, and what is done on each kernel. */
export function describePlan(plan: Plan, reason: string, order: Schedule): string {
  const { sequence, docker, timeouts } = plan;
  const lines = [
    `profile ${plan.profile}: ${reason}`,
    `machines: ${providerOf(plan.machine).describe(plan.machine)}, ${order.machines} at a time`,
    `time: ${describeSchedule(order)}`,
    `guest: ${plan.guest.os}${plan.guest.os === 'debian' ? ` ${plan.guest.suite}` : ''}; Docker ${describeDocker(docker)}`,
    `deadlines: boot ${timeouts.boot} s, command ${timeouts.command} s, docker ${timeouts.docker} s, exhaustion ${timeouts.exhaust} s`,
    ...describeFiles(plan),
    '',
    'kernels, in the order they are started:',
  ];
  for (const row of order.rows) {
    const test = hierarchyOf(row.cgroup).test;
    lines.push(
      '',
      `${row.name}  ${sourceOf(row).describe(row, plan.guest.os === 'debian')}; cgroup ${row.cgroup}; ${row.expect ? `expected ${row.expect}` : 'nothing expected'}`,
      `  boot      menu entry ${describeEntry(row, plan)}, read back, reboot; new boot_id, uname -r ${row.release ?? '(as the kernel itself says)'}`,
      '  clean     docker rm -f of every container; marker to /dev/kmsg; readings',
      `  exhaust   mkdir ${test}/test-N until refused (at most ${sequence.max_directories})`,
      '  calibrate the capacity probe must see 0, then 1 after one rmdir, then 0',
      `  case 1    docker run -id ${docker.image}: must be refused`,
      `  case 2    rmdir of 2; ${sequence.cycles} times docker run -id ${docker.image}, docker rm -f, probe`,
      `  case 3    ${sequence.cycles} times docker run -id -m ${sequence.limit} ${docker.image}, docker rm -f, probe; ends at the first refusal`,
      `  aftermath docker run -id ${docker.image} once more`,
      '  hold      one container kept, all slots taken: the next is refused; after docker rm -f it is made',
      '  recover   sync; echo 3 > /proc/sys/vm/drop_caches; probe; rmdir of all; if slots are lost: filled once more',
    );
  }
  return `${lines.join('\n')}\n`;
}

function describeDocker({ source, package: name, version }: DockerConfig): string {
  const kind = { deb: 'from the Debian package', rpm: 'from the RPM', static: 'from its static archive' }[source];
  return [kind, source === 'static' ? undefined : name, version].filter(Boolean).join(' ');
}

/** What is fetched first, what vouches for it, and from where. */
function describeFiles(plan: Plan): string[] {
  const planned = artifactsOf(plan);
  if (planned.length === 0) return [];
  const lines = [
    '',
    'files fetched and verified on this host first (cache, then KERNEL_MATRIX_ARTIFACTS, then in this order):',
  ];
  for (const { use, artifact, ownFile } of planned) {
    const { name, key, sha256, urls } = artifact;
    const proofs = [key && `signed by ${key.owner} ${key.fingerprint}`, sha256 && `sha256 ${sha256}`].filter(Boolean);
    lines.push(`  ${describeUse(use)}: ${name} (${proofs.join(', ') || 'a file of your own'})`);
    for (const place of ownFile === undefined ? urls : [ownFile]) lines.push(`    ${place}`);
  }
  return lines;
}

function describeEntry(row: KernelRow, plan: Plan): string {
  if (plan.guest.os === 'debian') return `k-${row.name} by grub-set-default`;
  return `of ${row.release} by ${providerOf(plan.machine).existing ? 'grub2-reboot' : 'grub2-set-default'}`;
}
