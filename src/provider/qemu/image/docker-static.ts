import { existsSync, renameSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, scratchFolder } from '../../../host/cache.js';
import { withLock } from '../../../host/lock.js';
import { runTool } from '../../../host/tool.js';
import { UserError } from '../../../host/user-error.js';
import type { LocalFile } from '../../../kernel/local-file.js';

/** Docker's programs on this host, as its static archive has them. */
export interface DockerPrograms {
  folder: string;
  names: string[];
  /** Of the archive. */
  sha256: string;
}

/** The folder everything is in, in every static archive of Docker. */
const TOP = 'docker';

/** What a container cannot be run without, by the names each has had: up to 18.06 most began with `docker-`. */
const NEEDED = [['docker'], ['dockerd'], ['docker-containerd', 'containerd'], ['docker-runc', 'runc']];

/**
 * Unpacks Docker's static archive into the cache once. Its hash has been verified before (src/artifact).
 * @throws UserError if it is no such archive, would write outside its folder, or lacks a program.
 */
export async function unpackDocker(archive: LocalFile, signal: AbortSignal): Promise<DockerPrograms> {
  const folder = join(cacheFolder('docker'), archive.sha256);
  if (!existsSync(folder)) {
    await withLock(folder, { signal }, async () => {
      if (!existsSync(folder)) await unpack(archive, folder, signal);
    });
  }
  return { folder, names: (await readdir(folder)).sort(), sha256: archive.sha256 };
}

async function unpack(archive: LocalFile, folder: string, signal: AbortSignal): Promise<void> {
  const stage = scratchFolder('docker');
  try {
    const options = { timeout: 300, purpose: `unpacking ${archive.name}`, signal };
    const { stdout } = await runTool('tar', ['-tzf', archive.path], options);
    refuseEscapes(stdout.split('\n').filter(Boolean), archive);
    const flags = ['--no-same-owner', '--no-same-permissions'];
    await runTool('tar', ['-xzf', archive.path, '-C', stage, ...flags], options);
    const top = join(stage, TOP);
    await mkdir(top, { recursive: true });
    await refuseUnfit(top, archive);
    renameSync(top, folder);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** tar refuses `..` and takes leading slashes off by itself; here the error names the reason, before anything is written. */
function refuseEscapes(members: string[], archive: LocalFile): void {
  for (const member of members) {
    const parts = member.split('/').filter((part) => part !== '.');
    if (parts[0] === TOP && !parts.includes('..')) continue;
    if (parts.every((part) => part === '')) continue;
    throw new UserError({
      what: `${archive.name} is no static archive of Docker`,
      where: archive.place,
      why: `its member ${member} is not inside ${TOP}/, where all of Docker's are`,
      next: 'check urls: and sha256: under docker: in kernels.yaml; the archive was not unpacked',
    });
  }
}

async function refuseUnfit(top: string, archive: LocalFile): Promise<void> {
  const entries = await readdir(top, { withFileTypes: true });
  const odd = entries.find((entry) => !entry.isFile());
  const lacking = NEEDED.find((names) => !entries.some((entry) => names.includes(entry.name)));
  if (!odd && !lacking) return;
  throw new UserError({
    what: `${archive.name} is no static archive of Docker`,
    where: archive.place,
    why: odd
      ? `${TOP}/${odd.name} is a ${odd.isDirectory() ? 'folder' : 'link or a special file'}; only programs are expected`
      : `it has no ${TOP}/${lacking!.join(` or ${TOP}/`)}; in it: ${entries.map(({ name }) => name).join(', ') || 'nothing'}`,
    next: 'check urls: and sha256: under docker: in kernels.yaml',
  });
}
