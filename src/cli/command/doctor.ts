import { Option } from 'commander';
import { largest } from '../../base/lists.js';
import { listProfiles, loadPlan } from '../kernels-yaml.js';
import type { Finding } from '../../base/finding.js';
import { examine } from '../../doctor/profile.js';
import { hostSize } from '../../provider/host-size.js';
import { automaticJobs } from '../../run/host-limits.js';
import { EXIT } from '../exit-codes.js';
import { plain, plainLines } from '../../base/text/plain.js';
import { suite as suiteName } from '../../config/fields.js';
import { show } from '../../config/breach.js';
import { kernelsOfSuite } from '../../kernel/deb-check.js';
import { UserError } from '../../host/user-error.js';
import { describeOffer, type DebOffer } from '../../kernel/deb-offers.js';
import type { CliCommand } from '../command.js';
import { CONFIG } from '../options.js';

export interface DoctorOptions {
  config: string;
  profile?: string;
  /** A Debian suite: its kernels are listed, and nothing else is done. */
  kernels?: string;
}

export const command: CliCommand = {
  options: [
    CONFIG,
    new Option('--profile <name>', 'profile to check for (default: each of default_profile)'),
    new Option(
      '--kernels <suite>',
      'list the kernels that a Debian suite offers, and what is left of each; nothing else',
    ),
  ],
  help: `
For each file that a profile needs from elsewhere it tells which URL answers, whether it is cached, and what is missing; for each row
from Debian which kernel it is by the index of today, and which of its packages have been withdrawn. No file is downloaded. Exits
with 0 if a profile will run here, with 3 if none will.
`,
  run: doctor,
};

/**
 * `kernel-matrix doctor`: checks this host for a profile, or for each profile that `matrix` may choose.
 * @returns 0 if a matrix would run, 3 if none would.
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  if (options.kernels !== undefined) return listKernels(options.kernels, options);
  const profiles = options.profile === undefined ? listProfiles(options.config).defaults : [options.profile];
  const results: { profile: string; findings: Finding[] }[] = [];
  for (const profile of profiles) {
    const plan = loadPlan(options.config, { profile, automaticJobs: (whole) => automaticJobs(whole, hostSize()) });
    process.stderr.write(`looking at what profile ${plan.profile} needs\n`);
    const findings = await examine(plan);
    results.push({ profile: plan.profile, findings });
    print(`${results.length > 1 ? '\n' : ''}profile ${plan.profile}\n${table(findings)}`);
  }
  print(`\n${results.map(({ profile, findings }) => conclusion(profile, findings)).join('\n')}\n`);
  const runs = results.find(({ findings }) => findings.every(({ ok }) => ok));
  if (runs) print(`\nnpm run matrix${options.profile === undefined ? '' : ` -- --profile ${runs.profile}`}\n`);
  return runs ? EXIT.expected : EXIT.notMeasured;
}

/** A line for each finding; what takes several is indented below its topic. */
export function table(findings: readonly Finding[]): string {
  const width = largest(findings.map(({ topic }) => topic.length));
  const indent = ' '.repeat(width + 8);
  return findings
    .map(
      ({ ok, topic, detail }) =>
        `  ${ok ? 'ok ' : 'BAD'} ${topic.padEnd(width)}  ${plainLines(detail).replaceAll('\n', `\n${indent}`)}\n`,
    )
    .join('');
}

/** Whether a profile will run, and if not, what to do first. */
export function conclusion(profile: string, findings: readonly Finding[]): string {
  const wrong = findings.filter(({ ok }) => !ok);
  if (wrong.length === 0) return `profile ${profile} will run here`;
  const mend = wrong.find((finding) => finding.mend !== undefined)?.mend;
  const what = wrong.map(({ topic }) => topic).join(', ');
  return `profile ${profile} will not run here (${what})${mend === undefined ? '' : `; first: ${mend}`}`;
}

/** Lists the kernels of a suite, from the mirrors of the profile. @throws UserError, ConfigError */
async function listKernels(suite: string, { config, profile }: DoctorOptions): Promise<number> {
  const named = suiteName.safeParse(suite);
  if (!named.success)
    throw new UserError({
      what: `--kernels: expected ${named.error.issues[0]!.message}, got ${show(suite)}`,
      kind: 'usage',
    });
  const { guest } = loadPlan(config, { profile });
  const found = await kernelsOfSuite(suite, guest.os === 'debian' ? guest : {});
  if (found.stale !== null) process.stderr.write(`${suite} does not answer: its index as fetched before is used\n`);
  print(kernelTable(found.offers));
  return EXIT.expected;
}

/** The kernels of a suite: package, version, and which of its files are left. */
export function kernelTable(offers: readonly DebOffer[]): string {
  const lines = [
    ['package', 'version', 'what is left of it'],
    ...offers.map((offer) => [offer.image.package, offer.image.version, describeOffer(offer)]),
  ].map((cells) => cells.map(plain));
  const width = (column: number) => lines.reduce((most, cells) => Math.max(most, cells[column]!.length), 0);
  const [name, version] = [width(0), width(1)];
  return lines.map(([a, b, c]) => `${a!.padEnd(name)}  ${b!.padEnd(version)}  ${c!}\n`).join('');
}

function print(text: string): void {
  process.stdout.write(text);
}
