import { Option } from 'commander';
import { loadPlan } from '../kernels-yaml.js';
import { needsOf } from '../../doctor/needs.js';
import { KERNEL_SOURCES } from '../../kernel/index.js';
import { installNeeds, missingNeeds, TEST_NEEDS } from '../../host/setup.js';
import type { CliCommand } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { CONFIG } from '../options.js';

export interface SetupOptions {
  config: string;
  profile?: string;
  /** What `npm test` needs too. */
  tests?: boolean;
}

export const command: CliCommand = {
  options: [
    CONFIG,
    new Option('--profile <name>', 'profile to install for (default: the last of default_profile)'),
    new Option('--tests', 'what npm test needs too'),
  ],
  run: setup,
};

/** `kernel-matrix setup`: installs the host packages that a profile lacks, or says that there is nothing to do. */
export async function setup(options: SetupOptions): Promise<number> {
  const plan = loadPlan(options.config, options);
  const needs = [
    ...needsOf(plan),
    ...(options.tests ? [...TEST_NEEDS, ...KERNEL_SOURCES.flatMap((source) => source.needs)] : []),
  ];
  const missing = missingNeeds(needs);
  if (missing.length === 0) {
    process.stdout.write(`all host programs of profile ${plan.profile} are there; nothing to install\n`);
    return EXIT.expected;
  }
  process.stdout.write(`profile ${plan.profile}: missing on this host:\n`);
  for (const need of missing) process.stdout.write(`  ${need.package.padEnd(24)} ${need.provides}: ${need.why}\n`);
  await installNeeds(missing, (line) => process.stdout.write(`${line}\n`));
  const left = missingNeeds(needs);
  for (const need of left) process.stderr.write(`still missing: ${need.provides} (package ${need.package})\n`);
  return left.length === 0 ? EXIT.expected : EXIT.usage;
}
