/**
 * The newest kernel of every Debian suite that kernels.yaml names is found, fetched and looked at, without a machine: packages are
 * renamed, split and withdrawn every few weeks, and this tells it within a day. Minutes are for downloads of 30 to 50 MB a kernel.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import type { DebKernelSource, DebianGuestConfig, Plan } from '../../src/config/plan.js';
import { selectPlan } from '../../src/config/select.js';
import { AptSuite, findMirrors, type DebianMirrors } from '../../src/host/apt.js';
import { describeOffer, lackOf } from '../../src/kernel/deb-offers.js';
import { requireDrivers } from '../../src/provider/qemu/image/drivers.js';
import { chooseDeb } from '../../src/kernel/deb.js';
import { resolveDebKernel } from '../../src/kernel/resolve.js';
import { lacking, MACHINES } from '../needs.js';

const KERNELS_YAML = resolve(import.meta.dirname, '../../kernels.yaml');
const MINUTES = 60_000;

/** kernels.yaml with the rows it has in comments, as a user would use them. */
const config = parseConfig(
  readFileSync(KERNELS_YAML, 'utf8').replace(/^( {6})# ((?:- name| {2}\w+):.*)$/gm, '$1$2'),
  KERNELS_YAML,
);
const plans = Object.keys(config.profiles)
  .map((profile) => selectPlan(config, KERNELS_YAML, { profile }))
  .filter((plan): plan is Plan & { guest: DebianGuestConfig } => plan.guest.os === 'debian');

type Source = Pick<DebKernelSource, 'suite' | 'package'>;
const rows: [name: string, source: Source][] = plans.flatMap((plan) => [
  [`the first kernel of ${plan.profile}`, plan.guest.boot_kernel],
  ...plan.kernels.flatMap((row): [string, Source][] => (row.source === 'deb' ? [[`row ${row.name}`, row]] : [])),
]);
const suites = [...new Set(rows.map(([, { suite }]) => suite))];

describe.skipIf(lacking(MACHINES))('the newest kernel', () => {
  let mirrors: DebianMirrors;
  beforeAll(async () => {
    mirrors = await findMirrors(plans[0]!.guest);
  });

  it.each(rows)(
    'of %s has a kernel of this guest, its modules, and the drivers of every bus it has had',
    async (_, source) => {
      const kernel = await resolveDebKernel({ source: 'deb', ...source }, mirrors, {
        onProgress: () => undefined,
        signal: AbortSignal.timeout(5 * MINUTES),
      });
      expect(kernel.withdrawn).toBeNull();
      expect(kernel.package).toContain(kernel.release);
      expect(kernel.moduleRoot).not.toBeNull();
      for (const bus of ['virtio', 'nvme'] as const) await requireDrivers('newest', kernel, bus);
      process.stdout.write(
        `${source.suite}: ${kernel.package} ${kernel.version}${kernel.note ? ` (${kernel.note})` : ''}\n`,
      );
    },
    6 * MINUTES,
  );

  // By the index alone: bullseye-security lists kernels whose files are gone from the mirrors.
  it.each(suites)('of the whole suite %s is a kernel, and has all its packages', async (suite) => {
    const opened = await AptSuite.open(suite, mirrors);
    const { offers } = await chooseDeb(opened, { package: 'linux-image-*-cloud-amd64' });
    process.stdout.write(
      `${suite}: ${offers.length} kernels, ${offers[0].image.package}: ${describeOffer(offers[0])}\n`,
    );
    expect(offers[0].image.package).toMatch(/^linux-image-\d+\.\d+\.\d+/);
    expect(lackOf(offers[0]), describeOffer(offers[0])).toBeNull();
  });

  it('is asked of each suite that has a row, the commented one of trixie-backports too', () => {
    expect(suites).toEqual(expect.arrayContaining(['bullseye-security', 'bookworm-security', 'trixie-backports']));
  });
});
