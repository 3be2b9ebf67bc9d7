import { cpus } from 'node:os';
import { lockFileOf } from '../../artifact/lock-file.js';
import { artifactsOf } from '../../artifact/of-plan.js';
import { probeArtifact } from '../../artifact/probe.js';
import type { Plan } from '../../config/plan.js';
import { loadPlan } from '../../config/select.js';
import { AptSuite, findMirrors } from '../../host/apt.js';
import { cacheFolder, cacheRoot, freeDiskMib } from '../../host/cache.js';
import { hostNeeds, missingNeeds } from '../../host/setup.js';
import { UserError } from '../../host/user-error.js';
import { knownAccelerator } from '../../machine/qemu/accelerator.js';
import { listMachines } from '../../machine/qemu/registry.js';
import { affordableJobs, availableMemoryMib } from '../../matrix/host-limits.js';

export interface DoctorOptions {
  config: string;
  profile?: string;
}

/** One finding; `mend` is the command that would turn a bad one good. */
interface Finding {
  ok: boolean;
  topic: string;
  detail: string;
  mend?: string;
}

/** Disk a first run needs: userland, image, overlays, with some to spare. */
const DISK_MIB = 6000;

/** Seconds a URL may be silent before doctor takes it for dead. */
const RPM_SECONDS = 15;

/** `kernel-matrix doctor`: checks the host for a profile; exits with 0 if a matrix would run. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const plan = loadPlan(options.config, options);
  const findings: Finding[] = [];
  const add = (ok: boolean, topic: string, detail: string, mend?: string) =>
    findings.push({ ok, topic, detail, ...(mend === undefined ? {} : { mend }) });

  add(true, 'Node.js', process.version);
  if (plan.machine.provider !== 'qemu') {
    add(
      false,
      'provider',
      `${plan.machine.provider}: nothing fetches its files yet`,
      'npm run matrix -- --profile embedded',
    );
    findings.push(...(await rpms(plan)));
    return conclude(findings, plan.profile);
  }
  const missing = missingNeeds();
  for (const need of hostNeeds()) {
    const lacks = missing.includes(need);
    add(!lacks, need.provides, lacks ? `missing: ${need.why} (package ${need.package})` : need.why, 'npm run setup');
  }
  add(
    true,
    'accelerator',
    missing.length === 0 ? await knownAccelerator(plan.machine.accelerator) : 'not asked: QEMU is missing',
  );
  try {
    const { jobs, reduced } = affordableJobs(plan, plan.kernels.length, availableMemoryMib());
    add(
      true,
      'memory',
      reduced ?? `${availableMemoryMib()} MiB available, enough for ${jobs} machines of ${plan.machine.memory_mib} MiB`,
    );
  } catch (error) {
    add(false, 'memory', (error as Error).message);
  }
  add(true, 'processors', `${cpus().length}`);
  const free = freeDiskMib(cacheFolder());
  add(
    free >= DISK_MIB,
    'disk',
    `${free} MiB free in ${cacheRoot()}, ${DISK_MIB} MiB wanted`,
    'KERNEL_MATRIX_CACHE=/a/larger/disk npm run matrix',
  );
  findings.push(...(await suites(plan)));
  const machines = listMachines();
  add(true, 'machines', machines.length === 0 ? 'none is running' : machines.map((record) => record.id).join(', '));
  return conclude(findings, plan.profile);
}

/** Where the RPM of each row could be had. Only the first missing URL's reason is shown; a fetch would tell all. */
async function rpms(plan: Plan): Promise<Finding[]> {
  const lockFile = lockFileOf(plan.file);
  return Promise.all(
    artifactsOf(plan).map(async ({ artifact }): Promise<Finding> => {
      const rpm = artifact.name;
      const probe = await probeArtifact(artifact, { lockFile, stall: RPM_SECONDS });
      const [first] = probe.missing;
      const where = probe.from === 'url' ? (probe.urls.find((url) => url.answers)?.url ?? 'url') : probe.from;
      return first
        ? {
            ok: false,
            topic: rpm,
            detail: `missing: ${probe.urls.map((url) => `${url.url}: ${url.detail}`).join('; ')}`,
          }
        : { ok: true, topic: rpm, detail: `from ${where}` };
    }),
  );
}

/** Whether the Debian suites of the plan answer. A dead one costs its rows, not the run. */
async function suites(plan: ReturnType<typeof loadPlan>): Promise<Finding[]> {
  if (plan.guest.os !== 'debian') return [];
  try {
    const mirrors = await findMirrors(plan.guest);
    const wanted = new Set([
      plan.guest.boot_kernel.suite,
      ...plan.kernels.flatMap((row) => (row.source === 'deb' ? [row.suite] : [])),
    ]);
    return await Promise.all(
      [...wanted].map(async (suite): Promise<Finding> => {
        try {
          const opened = await AptSuite.open(suite, mirrors);
          return {
            ok: true,
            topic: suite,
            detail: opened.stale ? 'does not answer; the index fetched before would serve' : 'answers',
          };
        } catch (error) {
          return {
            ok: false,
            topic: suite,
            detail: error instanceof UserError ? error.parts.what : String(error),
            mend: 'set archive_mirror: in kernels.yaml',
          };
        }
      }),
    );
  } catch (error) {
    return [{ ok: false, topic: 'Debian mirror', detail: (error as Error).message }];
  }
}

function conclude(findings: Finding[], profile: string): number {
  const width = Math.max(...findings.map((finding) => finding.topic.length));
  for (const finding of findings) {
    process.stdout.write(`${finding.ok ? 'ok  ' : 'BAD '} ${finding.topic.padEnd(width)}  ${finding.detail}\n`);
  }
  const bad = findings.filter((finding) => !finding.ok);
  if (bad.length === 0) {
    process.stdout.write(`\nprofile ${profile} will run here: npm run matrix -- --profile ${profile}\n`);
    return 0;
  }
  const mends = [...new Set(bad.flatMap((finding) => finding.mend ?? []))];
  process.stdout.write(`\nprofile ${profile} will not run here${mends.length > 0 ? `; first: ${mends[0]}` : ''}\n`);
  return 3;
}
