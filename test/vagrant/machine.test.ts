/**
 * Vagrant, vagrant-libvirt and libvirt themselves, through the program's own Vagrantfile and provider. The box is the
 * embedded guest: nothing else can be obtained on a machine that reaches Debian's packages only.
 */
import { reportInput } from '../../src/report/input.js';
import { slotsOf } from '../../src/scenario/cgroup-slots/facts.js';
import { readJournal, replay, createJournal } from '../../src/scenario/journal.js';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPlan } from '../../src/cli/kernels-yaml.js';
import type { VagrantMachineConfig } from '../../src/provider/vagrant/config.js';
import { debianGuest } from '../../src/guest/debian/debian.js';
import { makeKeys } from '../../src/provider/qemu/keys.js';
import { entryId } from '../../src/provider/qemu/image/menu.js';
import { prepareQemu, type PreparedQemu } from '../../src/provider/qemu/provider.js';
import { removeBoxes } from '../../src/provider/vagrant/boxes.js';
import type { Machine } from '../../src/provider/machine.js';
import { startVagrant } from '../../src/provider/vagrant/machine.js';
import { vagrantProvider } from '../../src/provider/vagrant/provider.js';
import { listVagrantMachines, sweepVagrant } from '../../src/provider/vagrant/registry.js';
import type { Backend } from '../../src/run/backend-interface.js';
import { runMatrix } from '../../src/run/run.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { judgeRun } from '../../src/verdict/kernel.js';
import { writeConfig } from '../vm/support.js';
import { embeddedBox } from './embedded-box.js';
import { holdings, startLibvirt } from './libvirt.js';
import { lacking, VAGRANT } from '../needs.js';

const BOOT_SECONDS = 300;
const forever = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'km-vagrant-'));
const plan = loadPlan(
  writeConfig(
    folder,
    `machine: { provider: qemu, cpus: 1, memory: 3GiB, disk_bus: virtio, accelerator: tcg }
guest: { os: debian }
sequence: { cycles: 1 }
timeouts: { boot: ${BOOT_SECONDS}s }
jobs: 1
kernels:
  - name: 5.10
    source: deb
    suite: bullseye-security
    package: linux-image-5.10.*-cloud-amd64
    expect: clean
`,
  ),
);

let stopLibvirt = () => Promise.resolve();
let before: string[] = [];
let prepared: PreparedQemu;
let config: VagrantMachineConfig;
let machine: Machine | undefined;

beforeAll(async () => {
  const quiet = () => undefined;
  prepared = await prepareQemu(
    { plan, run: 'vagrant-test', keepable: false, files: { kernels: new Map(), missing: new Map(), docker: null } },
    { artifacts: quiet, image: quiet, accelerator: quiet },
    forever,
  );
  // The kernels and the image come from the user's cache, the records of machines and boxes go into one of this test.
  const box = await embeddedBox(prepared.image.disk, folder, await makeKeys(forever));
  vi.stubEnv('KERNEL_MATRIX_CACHE', join(folder, 'cache'));
  config = {
    provider: 'vagrant',
    hypervisor: 'libvirt',
    emulated: true,
    cpus: 1,
    memory_mib: 3072,
    box: 'kernel-matrix-test',
    box_urls: [box.url],
    box_sha256: box.sha256,
  };
  stopLibvirt = await startLibvirt();
  before = holdings();
});

afterAll(async () => {
  try {
    // Still there if a test failed; a sweep spares what belongs to this very process.
    await machine?.destroy();
    await sweepVagrant({ kept: true });
    for (const { error } of await removeBoxes()) if (error) throw error;
  } finally {
    await stopLibvirt();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  }
});

const isCopy = (holding: string) => /vol-list kernel-matrix-test-[0-9a-f]{12}_vagrant_box_image_/.test(holding);
const left = () => holdings().filter((each) => !before.includes(each) && !isCopy(each));
const stages: string[] = [];
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  stages.push(`${name} ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}

describe.skipIf(lacking(VAGRANT))('a machine of the real Vagrant', () => {
  const start = (name: string) =>
    startVagrant(
      { run: 'vt', name, folder: join(folder, name), config, bootTimeout: BOOT_SECONDS, onProgress: () => undefined },
      forever,
    );
  const ask = async (command: string) => {
    const session = await machine!.connect(BOOT_SECONDS, forever);
    try {
      return (await session.run(command, { timeout: 60 })).stdout.trim();
    } finally {
      session.close();
    }
  };

  it('comes up, is reached over SSH, and writes its console', async () => {
    machine = await timed('up', () => start('m1'));
    expect(await ask('id -un; uname -r')).toMatch(/^root\n6\.1\./);
    expect(machine.console!.tail(200).join('\n')).toMatch(/kernel-matrix: 6\.1\.\S+ is up/);
    expect(listVagrantMachines()).toMatchObject([{ id: 'vt-m1' }]);
    expect(left().join('\n')).toMatch(/list vt-m1-m1/);
  });

  it('is destroyed with nothing left', async () => {
    await timed('destroy', () => machine!.destroy());
    expect(left()).toEqual([]);
    expect(listVagrantMachines()).toEqual([]);
  });

  it('is found and destroyed after its owner was killed in the middle of up', async () => {
    const script = join(import.meta.dirname, 'fixtures/up-and-wait.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, join(folder, 'm2'), JSON.stringify(config)], {
      env: process.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Waiting for domain to get an IP address')) resolve();
      });
      child.once('exit', () => reject(new Error(`it ended first:\n${said}`)));
    });
    child.kill('SIGKILL');
    expect(left().join('\n')).toMatch(/list vt-m2-m2/);
    expect(await timed('sweep', () => sweepVagrant({ kept: false }))).toMatchObject([
      { record: { id: 'vt-m2' }, error: null },
    ]);
    expect(left()).toEqual([]);
    expect(listVagrantMachines()).toEqual([]);
  });
});

describe.skipIf(lacking(VAGRANT))('the matrix on the real Vagrant', () => {
  it('switches the kernel, proves it, measures it to its limit, and leaves nothing', async () => {
    const file = join(folder, 'run', 'journal.jsonl');
    const journal = createJournal(file);
    const own = { ...plan, machine: config };
    journal.append({
      kind: 'run.started',
      run: 'vm',
      profile: plan.profile,
      profileReason: 'test/vagrant',
      tool: { name: 'kernel-matrix', version: 'test', node: process.version },
      host: { os: process.platform, cpus: 1, memoryMib: 0 },
      plan: own,
    });
    const progress: string[] = [];
    const observer = {
      event: () => undefined,
      progress: ({ message }: { message: string }) => progress.push(message),
      close: () => undefined,
    };
    const prepare = (): Promise<Backend> => {
      const targets: Backend['targets'] = new Map();
      for (const [name, kernel] of prepared.kernels) {
        targets.set(name, { kernel: name, entry: entryId(name), release: kernel.release });
        const { source, release, version, origin, sha256, files } = kernel;
        journal.append({
          kind: 'artifact.resolved',
          kernel: name,
          package: kernel.package,
          ...{ source, release, version, origin, sha256, files },
        });
      }
      const provider = vagrantProvider({ run: 'vm', config, bootTimeout: BOOT_SECONDS, onProgress: () => undefined });
      return Promise.resolve({
        provider,
        guest: debianGuest(plan),
        targets,
        missing: prepared.missing,
        accelerator: null,
      });
    };
    await timed('matrix', () =>
      runMatrix(
        {
          run: 'vm',
          folder: join(folder, 'run'),
          plan: own,
          rows: plan.kernels,
          keep: false,
          consoleFile: (kernel) => `${kernel}.log`,
        },
        journal,
        observer,
        forever,
        prepare,
      ),
    );
    journal.close();
    const facts = replay((await readJournal(file)).events, file);
    const verdicts = judgeRun(facts);
    process.stdout.write(
      `${renderTerminal(reportInput(facts), { width: 160, colour: false })}\n${stages.join(', ')}\n`,
    );
    const [row] = facts.rows;
    expect(row?.outcome).toMatchObject({ outcome: 'measured' });
    expect(row?.boot).toMatchObject({ entry: 'k-5.10', release: row?.artifact?.release });
    expect(row?.boot?.bootIdAfter).not.toBe(row?.boot?.bootIdBefore);
    expect(slotsOf(row!).exhausted?.errno?.name).toBe('ENOSPC');
    expect(slotsOf(row!).exhausted?.made).toBeGreaterThan(65_000);
    expect(verdicts).toMatchObject([{ kernel: '5.10', status: 'as-expected' }]);
    expect(left()).toEqual([]);
    expect(listVagrantMachines()).toEqual([]);
  });

  it('leaves a copy of the box until it is told to remove what it brought', async () => {
    expect(holdings().filter(isCopy)).toHaveLength(1);
    expect(await timed('box removal', removeBoxes)).toMatchObject([{ error: null }]);
    expect(holdings()).toEqual(before);
    expect(existsSync(join(folder, 'cache/vagrant/boxes'))).toBe(true);
  });
});
