import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RpmRow } from '../../src/kernel/rpm.js';
import type { KernelRow, Plan } from '../../src/config/plan.js';
import { fetchPlanFiles } from '../../src/run/plan-files.js';
import { bytes, deadUrl, sha256 } from '../artifact/mirror.js';
import { useBench } from '../artifact/bench.js';
import { plan } from '../fixtures/build.js';
import { rejection, TempJournal } from '../guest/fakes.js';

const bench = useBench();
const DOCKER = bytes(5000, 'docker');
const KERNEL = bytes(7000, 'kernel');

let journal: TempJournal;
beforeEach(() => {
  journal = new TempJournal([]);
});
afterEach(() => journal.remove());

const row = (name: string, urls: string[]): RpmRow => ({
  source: 'rpm',
  rpm: `${name}.rpm`,
  urls,
  sha256: sha256(KERNEL),
  signed_by: 'none',
  name,
  release: '4.4.1',
  cgroup: 'v1',
  cmdline: [],
});

function planOf(kernels: KernelRow[], docker: Partial<Plan['docker']> = {}): Plan {
  const base = plan(kernels);
  return {
    ...base,
    file: join(bench.root, 'project', 'kernels.yaml'),
    docker: {
      ...base.docker,
      source: 'static',
      version: '1',
      urls: [bench.mirror.serve('docker.tgz', DOCKER)],
      sha256: sha256(DOCKER),
      ...docker,
    },
  };
}

const said: string[] = [];
const observer = {
  event: () => undefined,
  progress: ({ message }: { message: string }) => said.push(message),
  close: () => undefined,
};
const fetch = (of: Plan, signal = new AbortController().signal) => fetchPlanFiles(of, journal.writer, observer, signal);

describe('the files of a plan', () => {
  it('are fetched, verified and told in the journal, with the places that did not serve', async () => {
    const dead = await deadUrl('k.rpm');
    const url = bench.mirror.serve('k.rpm', KERNEL);
    const files = await fetch(planOf([row('k', [dead, url])]));
    expect(files.kernels.get('k')).toMatchObject([{ name: 'k.rpm', sha256: sha256(KERNEL), place: url }]);
    expect(files.of('docker').map(({ name }) => name)).toEqual(['docker-1.tgz']);
    expect(files.of('machine')).toEqual([]);
    expect(journal.of('artifact.fetched')).toMatchObject([
      { use: 'Docker', name: 'docker-1.tgz', from: 'url', verifiedBy: 'sha256 in the configuration', refused: [] },
      { use: 'kernel k', name: 'k.rpm', place: url, size: KERNEL.length, refused: [{ place: dead }] },
    ]);
    expect(said).toContain('kernel k: k.rpm');
  });

  it('cost only its row where a kernel is not available', async () => {
    const files = await fetch(planOf([row('k', [bench.mirror.serve('k.rpm', KERNEL)]), row('gone', [])]));
    expect([...files.kernels.keys()]).toEqual(['k']);
    expect(files.missing.get('gone')?.message).toContain('gone.rpm is not available');
  });

  it('of a kernel in several RPMs are all of them, or its row is lost with the one that is missing', async () => {
    const urls = [bench.mirror.serve('k.rpm', KERNEL)];
    const parts = (name: string, places: string[]): RpmRow => {
      const own = row(name, urls);
      return {
        ...{ ...own, rpm: 'k.rpm' },
        modules_rpms: [
          { rpm: 'k.rpm', urls, sha256: sha256(KERNEL), signed_by: 'none' },
          { ...own, rpm: `${name}-m.rpm`, urls: places },
        ],
      };
    };
    const files = await fetch(planOf([parts('a', [bench.mirror.serve('a-m.rpm', KERNEL)]), parts('b', [])]));
    expect(files.kernels.get('a')?.map(({ name }) => name)).toEqual(['k.rpm', 'k.rpm', 'a-m.rpm']);
    expect(files.kernels.has('b')).toBe(false);
    expect(files.missing.get('b')?.message).toContain('b-m.rpm is not available');
  });

  it('end the run where no kernel can be obtained', async () => {
    expect((await rejection(fetch(planOf([row('gone', [])])))).message).toContain('gone.rpm is not available');
  });

  it('end the run where what every row needs is not what it should be', async () => {
    const url = bench.mirror.serve('k.rpm', KERNEL);
    const wrong = planOf([row('k', [url])], { sha256: sha256('another') });
    expect((await rejection(fetch(wrong))).message).toContain('docker-1.tgz is not available');
    expect(journal.of('artifact.fetched')).toEqual([]);
  });

  it('take an image archive of the user’s own where it lies, and only if its hash is right where one is given', async () => {
    const archive = join(bench.root, 'nginx.tar');
    writeFileSync(archive, 'an image');
    const kernels = [row('k', [bench.mirror.serve('k.rpm', KERNEL)])];
    const files = await fetch(planOf(kernels, { image_archive: archive }));
    expect(files.of('image')).toEqual([
      { name: 'nginx.tar', path: archive, sha256: sha256('an image'), place: archive },
    ]);
    expect(journal.of('artifact.fetched')[1]).toMatchObject({ from: 'own file' });
    const wrong = planOf(kernels, { image_archive: archive, image_sha256: sha256('another') });
    expect((await rejection(fetch(wrong))).message).toContain(`wanted is ${sha256('another')}`);
    const missing = planOf(kernels, { image_archive: `${archive}.gone` });
    expect((await rejection(fetch(missing))).message).toContain('docker save');
  });

  it('are not fetched any further once the run is stopped', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    expect(await rejection(fetch(planOf([row('k', [])]), stop.signal))).toMatchObject({ message: 'enough' });
  });
});
