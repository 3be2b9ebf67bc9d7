/**
 * The plain way to do the same: one machine that is rebooted from kernel to kernel, and every command a process of `ssh` of its own.
 * The commands are those of a run of ours, from its journal, so both do the same work in the guest.
 */
import type { RowFacts } from '../src/run-events/facts.js';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../src/config/plan.js';
import { listMachines } from '../src/provider/qemu/registry.js';
import { withGuest } from './guest.js';

/** What a script would not do: making a machine fit to be saved, and giving its memory back. */
const OURS_ALONE = /rekey|virtio_balloon|^date -s/;
const REBOOT = /^telinit /;
/** One machine for all kernels has the image from its first on; a machine of ours may be another for every kernel. */
const IMAGE_ASKED = /^docker image inspect /;
const IMAGE_LOADED = /^docker import /;
const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';
const BULK_TOOL = join(import.meta.dirname, '../src/scenario/cgroup-slots/in-guest/cgroups.pl');

/** @returns seconds of each row, in the order they are given; the first includes the machine's start. */
export async function plainWay(folder: string, plan: Plan, rows: readonly RowFacts[]): Promise<number[]> {
  const seconds: number[] = [];
  let since = performance.now();
  await withGuest(
    folder,
    async () => {
      const ssh = sshInto(`bench-${process.pid}`);
      const load = rows.flatMap(({ commands }) => commands.shown).find(({ command }) => IMAGE_LOADED.test(command))!;
      for (const row of rows) {
        await plainRow(ssh, row, load.command);
        seconds.push((performance.now() - since) / 1000);
        since = performance.now();
      }
    },
    plan,
  );
  return seconds;
}

type Ssh = (command: string, input?: string) => Promise<{ code: number; stdout: string }>;

async function plainRow(ssh: Ssh, row: RowFacts, loadImage: string): Promise<void> {
  // Containers have other ids than in the run that is done again.
  const ids = new Map<string, string>();
  for (const { command, code, stdout } of row.commands.shown) {
    if (OURS_ALONE.test(command) || IMAGE_LOADED.test(command)) continue;
    if (IMAGE_ASKED.test(command)) {
      if ((await ssh(command)).code === 0) continue;
      const { code: failed, stdout: said } = await ssh(loadImage);
      if (failed !== 0) throw new Error(`${row.kernel.name}: ${loadImage} ended with ${failed}: ${said}`);
      continue;
    }
    if (REBOOT.test(command)) {
      await reboot(ssh, command);
      continue;
    }
    const now = command.replace(/\b[0-9a-f]{64}\b/g, (id) => ids.get(id) ?? id);
    const answer = await ssh(now, command.includes('cat > /run/kernel-matrix') ? readFileSync(BULK_TOOL, 'utf8') : '');
    if ((answer.code === 0) !== (code === 0))
      throw new Error(`${row.kernel.name}: ${now} ended with ${answer.code}, not ${code}: ${answer.stdout}`);
    const [then] = /^[0-9a-f]{64}$/m.exec(stdout) ?? [];
    const [id] = /^[0-9a-f]{64}$/m.exec(answer.stdout) ?? [];
    if (then && id) ids.set(then, id);
  }
}

async function reboot(ssh: Ssh, command: string): Promise<void> {
  const before = (await ssh(BOOT_ID)).stdout;
  await ssh(command);
  for (;;) {
    await sleep(1000);
    const { code, stdout } = await ssh(BOOT_ID);
    if (code === 0 && stdout !== before) return;
  }
}

function sshInto(run: string): Ssh {
  const machine = listMachines().find((each) => each.run === run)!;
  const words = [
    ...['-q', '-p', String(machine.sshPort), '-i', machine.privateKey, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', 'root@127.0.0.1'],
  ];
  return (command, input = '') =>
    new Promise((settle, reject) => {
      const child = spawn('ssh', [...words, command], { stdio: ['pipe', 'pipe', 'ignore'] });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.once('error', reject);
      child.once('close', (code) => settle({ code: code ?? 255, stdout }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
}
