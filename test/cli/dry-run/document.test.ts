import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadPlan } from '../../../src/cli/kernels-yaml.js';
import { commandsOf } from '../../../src/cli/dry-run/commands-of.js';

const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The commands and the lines of the source procedure, without the sentences that explain them. */
function withoutExplanations(text: string): string {
  return text.replace(/^(?:# .*| {2}not run: .*)$/gm, '#');
}

it('gives the commands that docs/centos7-dry-run.txt has; to update it: npm run --silent matrix -- --profile centos7 --dry-run > docs/centos7-dry-run.txt', async () => {
  const commands = withoutExplanations(await commandsOf(loadPlan(inProject('kernels.yaml'), { profile: 'centos7' })));
  const document = withoutExplanations(readFileSync(inProject('docs/centos7-dry-run.txt'), 'utf8'));
  expect(commands).toContain('\n? ');
  expect(document.slice(-commands.length)).toBe(commands);
});
