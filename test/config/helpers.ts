import { FORMAT } from '../../src/cli/kernels-yaml.js';
import { ConfigError } from '../../src/config/errors.js';
import { parseConfig } from '../../src/config/load.js';
import type { Plan } from '../../src/config/plan.js';
import { selectPlan, type PlanOverrides } from '../../src/config/select.js';

/** The message a text of kernels.yaml is refused with. */
export function refusal(text: string): string {
  return thrown(() => parseConfig(text, 'kernels.yaml', FORMAT));
}

/** The refusal of options. */
export function optionRefusal(text: string, overrides: PlanOverrides): string {
  return thrown(() => planOf(text, overrides));
}

export function planOf(text: string, overrides: PlanOverrides = {}): Plan {
  return selectPlan(
    parseConfig(text, '/etc/matrix/kernels.yaml', FORMAT),
    '/etc/matrix/kernels.yaml',
    FORMAT,
    overrides,
  );
}

/** The heads of the problems, without source lines and carets. */
export function heads(text: string): string[] {
  return refusal(text)
    .split('\n')
    .filter((line) => line.startsWith('kernels.yaml:'));
}

/** A file with one profile `p`; its kernels are a row by default. */
export function profile(
  body: string,
  kernels = 'kernels: [{ name: a, source: deb, suite: bookworm, package: linux-image-amd64 }]',
): string {
  return `version: 1\nprofiles:\n  p:\n${[...body.split('\n'), kernels]
    .filter(Boolean)
    .map((line) => `    ${line}\n`)
    .join('')}`;
}

/** A file with one row, a deb kernel, with more fields. */
export function row(fields: Record<string, unknown>): string {
  const kernel = { name: 'a', source: 'deb', suite: 'bookworm', package: 'linux-image-amd64', ...fields };
  return profile('', `kernels: [${JSON.stringify(kernel)}]`);
}

function thrown(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}
