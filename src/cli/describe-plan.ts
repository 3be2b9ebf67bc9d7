import { append } from '../base/lists.js';
import { artifactsOf, describeUse } from '../run/plan-artifacts.js';
import type { DockerConfig, KernelRow, Plan } from '../config/plan.js';
import { sourceOf } from '../kernel/table.js';
import { providerOf } from '../provider/table.js';
import { scenariosOf } from '../scenario/index.js';
import { describeSchedule, type Schedule } from '../run/schedule/schedule.js';

/** The plan in words, for --dry-run: what would be started, and what is done on each kernel. */
export function describePlan(plan: Plan, reason: string, order: Schedule): string {
  const { docker, timeouts } = plan;
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
    lines.push(
      '',
      `${row.name}  ${sourceOf(row).describe(row, plan.guest.os === 'debian')}; cgroup ${row.cgroup}; ${row.expect ? `expected ${row.expect}` : 'nothing expected'}`,
      `  boot      menu entry ${describeEntry(row, plan)}, read back, reboot; new boot_id, uname -r ${row.release ?? '(as the kernel itself says)'}`,
    );
    append(lines, stepLines(row, plan));
  }
  return `${lines.join('\n')}\n`;
}

/** What is done on a kernel once it has booted. */
function stepLines(row: KernelRow, plan: Plan): string[] {
  return scenariosOf(plan).flatMap(({ steps }) =>
    steps.map((step) => `  ${step.phase.padEnd(9)} ${step.describe(row, plan)}`),
  );
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
