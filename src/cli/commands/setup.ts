import { installNeeds, missingNeeds } from '../../host/setup.js';

/** `kernel-matrix setup`: installs the host packages that are missing, or says that there is nothing to do. */
export async function setup(): Promise<number> {
  const missing = missingNeeds();
  if (missing.length === 0) {
    process.stdout.write('all host programs are there; nothing to install\n');
    return 0;
  }
  process.stdout.write('missing on this host:\n');
  for (const need of missing) process.stdout.write(`  ${need.package.padEnd(24)} ${need.provides}: ${need.why}\n`);
  await installNeeds(missing, (line) => process.stdout.write(`${line}\n`));
  const left = missingNeeds();
  for (const need of left) process.stderr.write(`still missing: ${need.provides} (package ${need.package})\n`);
  return left.length === 0 ? 0 : 2;
}
