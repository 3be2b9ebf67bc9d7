import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPlan } from '../../../src/cli/kernels-yaml.js';
import type { DebianGuestConfig } from '../../../src/config/plan.js';
import type { DebianMirrors } from '../../../src/host/apt.js';
import { runTool } from '../../../src/host/tool.js';
import { ensureUserland, userlandRecipe } from '../../../src/provider/qemu/image/userland.js';

/**
 * Writes an image as `docker save` does: a layer, a configuration named by its hash, and the list of both. The layer is the
 * root of the embedded guest's nginx, out of a userland that the other tests need too.
 */
export async function saveImageArchive(
  target: string,
  name: string,
  mirrors: DebianMirrors,
  work: string,
  signal: AbortSignal,
): Promise<void> {
  const { guest, docker } = loadPlan(join(import.meta.dirname, '../../../kernels.yaml'), { profile: 'embedded' });
  const recipe = userlandRecipe(guest as DebianGuestConfig, docker);
  const userland = await ensureUserland(recipe, mirrors, { onProgress: () => undefined, signal });
  const folder = join(work, 'image');
  mkdirSync(join(folder, 'layer'), { recursive: true });
  const purpose = "making the container's image";
  const member = './opt/kernel-matrix/image.tar';
  await runTool('tar', ['-xf', userland, '-C', work, member], { timeout: 60, purpose, signal });
  const layer = readFileSync(join(work, member));
  writeFileSync(join(folder, 'layer/layer.tar'), layer);
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '2018-10-02T19:20:34Z',
    config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['nginx', '-g', 'daemon off;'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created: '2018-10-02T19:20:34Z' }],
  });
  const configName = `${sha256(config)}.json`;
  writeFileSync(join(folder, configName), config);
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: configName, RepoTags: [name], Layers: ['layer/layer.tar'] }]),
  );
  await runTool('tar', ['-cf', target, '-C', folder, 'manifest.json', configName, 'layer'], {
    timeout: 60,
    purpose,
    signal,
  });
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
