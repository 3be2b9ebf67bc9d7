import { accessSync, constants, readFileSync } from 'node:fs';
import type { VagrantMachineConfig } from './config.js';
import { findProgram } from '../../host/setup.js';
import { runTool } from '../../host/tool.js';
import { knownAccelerator } from '../qemu/accelerator.js';
import { bad, good, type Check, type Finding } from '../../base/finding.js';

/** Deadline in seconds for a vagrant command; Vagrant needs one or two to start. */
const ASK_SECONDS = 60;

/** Whether machines can be created through Vagrant. Each check assumes that those before it succeeded. */
export function vagrantChecks(machine: VagrantMachineConfig): Check[] {
  return [() => virtualisation(machine), () => hypervisor(machine)];
}

async function hypervisor(machine: VagrantMachineConfig): Promise<Finding[]> {
  if (findProgram('vagrant') === null) return [];
  const version = await ask(['--version']);
  const plugins = await ask(['plugin', 'list']);
  const libvirt = /^vagrant-libvirt\b.*$/m.exec(plugins)?.[0];
  const virtualbox = findProgram('VBoxManage');
  const found = [...(libvirt ? [libvirt] : []), ...(virtualbox ? [virtualbox] : [])];
  const detail = `${version.trim()}; ${found.length > 0 ? found.join(', ') : 'neither the plugin vagrant-libvirt nor VirtualBox'}`;
  const wanted = machine.hypervisor;
  const there = wanted === 'libvirt' ? libvirt : wanted === 'virtualbox' ? virtualbox : found[0];
  if (there) return [good('Vagrant provider', detail), ...(there === libvirt ? [await libvirtd()] : [])];
  const lacks =
    wanted === 'virtualbox'
      ? 'VirtualBox is not installed (VBoxManage)'
      : 'the plugin vagrant-libvirt is not installed';
  return [
    bad(
      'Vagrant provider',
      `${detail}${wanted ? `; ${lacks}, which hypervisor: ${wanted} needs` : ''}`,
      wanted === 'virtualbox'
        ? "install VirtualBox; or set hypervisor: libvirt with a libvirt box's box_urls and box_sha256"
        : 'sudo apt-get install vagrant-libvirt (Debian), or vagrant plugin install vagrant-libvirt',
    ),
  ];
}

async function ask(words: string[]): Promise<string> {
  const { stdout } = await runTool('vagrant', words, { timeout: ASK_SECONDS, purpose: 'asking Vagrant what it has' });
  return stdout;
}

/** Whether the daemon that vagrant-libvirt uses answers. */
async function libvirtd(): Promise<Finding> {
  if (findProgram('virsh') === null) return good('libvirt', 'not checked: virsh is not installed');
  try {
    await runTool('virsh', ['-c', 'qemu:///system', 'uri'], { timeout: 15, purpose: 'asking libvirt' });
    return good('libvirt', 'qemu:///system answers');
  } catch (error) {
    const why = (error as Error).message.split('\n').find((line) => line.includes('error:')) ?? 'it does not answer';
    return bad('libvirt', `qemu:///system: ${why.trim()}`, 'sudo systemctl start libvirtd');
  }
}

/** Whether hardware virtualisation works, by the result of the embedded provider's test boot if there is one. */
async function virtualisation(machine: VagrantMachineConfig): Promise<Finding[]> {
  const topic = 'virtualisation';
  if (machine.emulated) return [good(topic, 'emulated: true, the processor is emulated')];
  const flag = /\b(vmx|svm)\b/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
  const embedded = 'npm run matrix -- --profile embedded';
  const mend =
    machine.hypervisor === 'virtualbox' ? embedded : `set emulated: true under machine: (slow), or ${embedded}`;
  if (machine.hypervisor === 'virtualbox') {
    return [
      flag ? good(topic, `the processor has ${flag}`) : bad(topic, 'the processor has neither vmx nor svm', mend),
    ];
  }
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    return [bad(topic, `/dev/kvm: ${(error as NodeJS.ErrnoException).code ?? 'no access'}`, mend)];
  }
  // The device node alone proves nothing, but a kernel that did not boot does.
  const known = findProgram('qemu-system-x86_64') === null ? 'not tried' : await knownAccelerator('auto');
  return [known.startsWith('tcg') ? bad(topic, known, mend) : good(topic, `/dev/kvm; ${known}`)];
}
