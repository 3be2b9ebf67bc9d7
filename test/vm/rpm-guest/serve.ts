import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Mirror } from '../../artifact/mirror.js';
import type { RpmGuest } from './guest.js';

/** Starts a server with everything a matrix on the stand-in needs: the archived tree below vault/, the RPMs below rpms/. */
export async function serveRpmGuest(guest: RpmGuest): Promise<Mirror> {
  const mirror = await Mirror.start();
  for (const entry of readdirSync(guest.vault, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    mirror.serve(`vault${file.slice(guest.vault.length)}`, readFileSync(file));
  }
  for (const file of Object.values(guest.rpms)) mirror.serve(`rpms/${basename(file)}`, readFileSync(file));
  return mirror;
}
