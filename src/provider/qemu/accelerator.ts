import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../host/write-file.js';
import { cacheFolder } from '../../host/cache.js';
import { runTool } from '../../host/tool.js';
import { acceleratorFlags, type Accelerator } from './command-line.js';

/** Which accelerator a guest gets, and why. */
export interface AcceleratorChoice {
  accelerator: Accelerator;
  reason: string;
}

/** A kernel and an initramfs that print a line and power off. */
export interface ProbePayload {
  vmlinuz: string;
  initramfs: string;
}

/** With working KVM the probe takes two or three seconds; a KVM that hangs in the boot ROM never ends. */
const PROBE_SECONDS = 20;
const PROBE_MARK = 'kernel-matrix: probe is up';

/**
 * Chooses the accelerator by booting a real kernel under KVM: the device node may open, even make a VM, and still be
 * unable to run one. The finding is kept until the host reboots or QEMU changes.
 * @param payload made only if the probe has to run.
 */
export async function chooseAccelerator(
  wanted: 'auto' | Accelerator,
  payload: () => Promise<ProbePayload>,
  signal: AbortSignal,
): Promise<AcceleratorChoice> {
  const finding = await decided(wanted);
  if ('accelerator' in finding) return finding;
  const refusal = await tryKvm(await payload(), signal);
  const choice: AcceleratorChoice = refusal
    ? { accelerator: 'tcg', reason: `a kernel booted under KVM did not come up: ${refusal}` }
    : { accelerator: 'kvm', reason: 'a kernel booted under KVM came up' };
  writeWhole(findingFile(), `${JSON.stringify({ key: finding.key, ...choice }, null, 2)}\n`);
  return choice;
}

/** What is known without booting anything: the choice, or the key under which a probe's finding will be kept. */
async function decided(wanted: 'auto' | Accelerator): Promise<AcceleratorChoice | { key: string }> {
  if (wanted !== 'auto') return { accelerator: wanted, reason: 'set in kernels.yaml' };
  if (!existsSync('/dev/kvm')) return { accelerator: 'tcg', reason: 'there is no /dev/kvm' };
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return { accelerator: 'tcg', reason: '/dev/kvm may not be opened by this user (group kvm)' };
  }
  const version = (
    await runTool('qemu-system-x86_64', ['--version'], { timeout: 10, purpose: 'asking QEMU its version' })
  ).stdout;
  const key = `${version.split('\n')[0]} boot ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  const known = readFinding(findingFile());
  return known?.key === key ? { accelerator: known.accelerator, reason: `${known.reason} (found earlier)` } : { key };
}

/** The accelerator as far as it is known, in words; boots nothing. */
export async function knownAccelerator(wanted: 'auto' | Accelerator): Promise<string> {
  const finding = await decided(wanted);
  return 'accelerator' in finding
    ? `${finding.accelerator}: ${finding.reason}`
    : '/dev/kvm is there; the first run tries a real boot with it and falls back to emulation';
}

/** The accelerator a machine would get; null if only a boot can tell, or QEMU is not there to be asked. */
export async function acceleratorIfKnown(wanted: 'auto' | Accelerator): Promise<Accelerator | null> {
  const finding = await decided(wanted).catch(() => null);
  return finding !== null && 'accelerator' in finding ? finding.accelerator : null;
}

function findingFile(): string {
  return join(cacheFolder(), 'accelerator.json');
}

function readFinding(file: string): ({ key: string } & AcceleratorChoice) | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { key: string } & AcceleratorChoice;
  } catch {
    return null;
  }
}

/** Boots the payload under KVM; returns null if it came up, else what happened. */
async function tryKvm(payload: ProbePayload, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'qemu-system-x86_64', '-machine', 'pc', ...acceleratorFlags('kvm'), '-m', '512'],
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
        ...['-kernel', payload.vmlinuz, '-initrd', payload.initramfs, '-append', 'console=ttyS0 km.probe panic=-1'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    let errors = '';
    const timer = setTimeout(() => end(`no sign of life within ${PROBE_SECONDS} s`), PROBE_SECONDS * 1000);
    const onAbort = () => {
      child.kill('SIGKILL');
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const end = (refusal: string | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      resolve(refusal);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
      if (output.includes(PROBE_MARK)) end(null);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('latin1')));
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, ended) => end(errors.trim().split('\n').at(-1) || `QEMU ended (${ended ?? code})`));
  });
}
