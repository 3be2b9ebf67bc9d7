import type { VagrantMachineConfig } from './config.js';

/**
 * The name Vagrant is to know a box by. Vagrant takes a box that it has under a name without looking at its content again
 * (seen with 2.3.4: another file with another checksum under a known name is not even read), so content that is known by
 * its hash has the hash in its name. A box without URLs is one that Vagrant has already, under its own name.
 */
export function boxName({ box, box_urls, box_sha256 }: VagrantMachineConfig): string {
  return isOurs({ box_urls, box_sha256 }) ? `${box}-${box_sha256!.slice(0, 12).toLowerCase()}` : box;
}

/** True if Vagrant knows the box by a name made here, so that only this program can have added it. */
export function isOurs({ box_urls, box_sha256 }: Pick<VagrantMachineConfig, 'box_urls' | 'box_sha256'>): boolean {
  return box_urls.length > 0 && box_sha256 !== undefined;
}
