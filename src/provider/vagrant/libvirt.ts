import { findProgram } from '../../host/setup.js';
import { runTool } from '../../host/tool.js';

/** Seconds of one virsh command; the slowest, a list, took 8 s on a host whose KVM hangs (libvirt asks QEMU about it). */
const VIRSH_SECONDS = 120;
/** The default storage pool of vagrant-libvirt. */
const POOL = 'default';

/** False where virsh (libvirt-clients) is missing: then nothing can be looked for but by Vagrant itself. */
export function hasVirsh(): boolean {
  return findProgram('virsh') !== null;
}

/**
 * Removes a domain and its disks that Vagrant does not know of. vagrant-libvirt writes a machine's id down after the
 * disk and the domain are made (create_domain.rb of 0.11.2): killed before that, `vagrant destroy` finds nothing to do.
 * @param name of the domain, unique to one machine of one run. Its disks are `<name>.img` and `<name>-<device>.…`.
 * @returns what was removed.
 * @throws UserError if libvirt does not answer, or keeps it.
 */
export async function removeDomain(name: string): Promise<string[]> {
  const removed: string[] = [];
  const domains = lines(await virsh(['list', '--all', '--name'], 'looking for machines that were left'));
  if (domains.includes(name)) {
    const running = lines(await virsh(['list', '--name'], 'looking for machines that were left'));
    if (running.includes(name)) await virsh(['destroy', name], `ending machine ${name}`);
    await virsh(['undefine', '--managed-save', '--snapshots-metadata', name], `removing machine ${name}`);
    removed.push(name);
  }
  return [...removed, ...(await removeVolumes((volume) => volume === `${name}.img` || volume.startsWith(`${name}-`)))];
}

/**
 * Removes the disks that machines of a box were overlays of. vagrant-libvirt copies a box into the storage pool once, as
 * `<box>_vagrant_box_image_<version>_<disk>.img`, and leaves it there whatever becomes of machine and box.
 * @returns what was removed.
 * @throws UserError if libvirt does not answer, or keeps it.
 */
export async function removeBoxVolumes(box: string): Promise<string[]> {
  const prefix = `${box.replaceAll('/', '-VAGRANTSLASH-')}_vagrant_box_image_`;
  return removeVolumes((volume) => volume.startsWith(prefix));
}

async function removeVolumes(wanted: (volume: string) => boolean): Promise<string[]> {
  const pools = lines(await virsh(['pool-list', '--name'], 'looking for storage pools'));
  if (!pools.includes(POOL)) return [];
  const listed = volumeNames(await virsh(['vol-list', POOL], 'looking for disks that were left'));
  const found = listed.filter(wanted);
  for (const volume of found) await virsh(['vol-delete', '--pool', POOL, volume], `removing disk ${volume}`);
  return found;
}

/** Names out of `virsh vol-list`: two columns, the second a path that ends with the name. */
function volumeNames(listing: string): string[] {
  return listing.split('\n').flatMap((line) => {
    const text = line.trimEnd();
    const path = text.indexOf(' /');
    const name = text.slice(1, Math.max(path, 1)).trimEnd();
    return text.startsWith(' ') && name !== '' && text.endsWith(`/${name}`) ? [name] : [];
  });
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Runs virsh against the libvirt that vagrant-libvirt takes. */
async function virsh(words: string[], purpose: string): Promise<string> {
  const uri = process.env['LIBVIRT_DEFAULT_URI'] || 'qemu:///system';
  return (await runTool('virsh', ['--quiet', '--connect', uri, ...words], { timeout: VIRSH_SECONDS, purpose })).stdout;
}
