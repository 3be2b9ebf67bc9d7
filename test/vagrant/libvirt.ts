/** libvirt on a host that has no init to start it: a container, or a machine of CI. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Seconds until libvirtd answers: it asks every QEMU what it can do first. */
const ANSWER_SECONDS = 180;

/**
 * Starts virtlogd and libvirtd unless libvirt answers already; the network is made by vagrant-libvirt itself.
 * @returns what stops those that were started.
 * @throws if this user may not, or libvirt does not come up.
 */
export async function startLibvirt(): Promise<() => Promise<void>> {
  if (await answers()) return () => Promise.resolve();
  if (process.getuid?.() !== 0) throw new Error('libvirt does not answer; start libvirtd, or run this as root');
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.reverse()) await each();
  };
  try {
    for (const [name, file] of [
      ['virtlogd', '/run/virtlogd.pid'],
      ['libvirtd', '/run/libvirtd.pid'],
    ] as const) {
      if (alive(file)) continue;
      await daemon(name);
      stops.push(() => end(file));
    }
    for (const deadline = performance.now() + ANSWER_SECONDS * 1000; !(await answers());) {
      if (performance.now() > deadline) throw new Error(`libvirtd does not answer after ${ANSWER_SECONDS} s`);
      await sleep(200);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/**
 * /dev/kvm is hidden from libvirtd, in a mount namespace of its own: where KVM opens but hangs, as on these machines, each
 * definition of a domain has libvirt wait for a QEMU that tries it (measured: `up` 148 s with, 35 s without).
 */
async function daemon(name: string): Promise<void> {
  const hide = existsSync('/dev/kvm') ? 'mount --bind /dev/null /dev/kvm && ' : '';
  await run('unshare', ['--mount', 'sh', '-c', `${hide}exec ${name} -d`]);
}

async function answers(): Promise<boolean> {
  return run('virsh', ['-c', 'qemu:///system', 'version']).then(
    () => true,
    () => false,
  );
}

function pidOf(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').trim());
  return Number.isInteger(pid) && pid > 1 ? pid : null;
}

function alive(file: string): boolean {
  const pid = pidOf(file);
  return pid !== null && existsSync(`/proc/${pid}`);
}

async function end(file: string): Promise<void> {
  const pid = pidOf(file);
  if (pid === null || !alive(file)) return;
  process.kill(pid, 'SIGTERM');
  while (existsSync(`/proc/${pid}`)) await sleep(100);
}

/** What libvirt holds now, for comparison: domains, disks and networks, one a line. */
export function holdings(): string[] {
  const ask = (...words: string[]) =>
    spawnSync('virsh', ['--quiet', '-c', 'qemu:///system', ...words], { encoding: 'utf8' })
      .stdout.split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => `${words[0]} ${line.replace(/\s.*/, '')}`);
  const volumes = ask('pool-list', '--name').includes('pool-list default') ? ask('vol-list', 'default') : [];
  return [...ask('list', '--all', '--name'), ...volumes, ...ask('net-list', '--name')].sort();
}
