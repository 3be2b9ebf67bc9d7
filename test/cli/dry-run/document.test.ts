import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadPlan } from '../../../src/cli/kernels-yaml.js';
import { describePlan } from '../../../src/cli/describe-plan.js';
import { commandsOf } from '../../../src/cli/dry-run/commands-of.js';
import { schedule } from '../../../src/run/schedule/schedule.js';

const KERNELS_YAML = fileURLToPath(new URL('../../../kernels.yaml', import.meta.url));

it('is what docs/centos7-dry-run.txt shows; to write it anew: npx vitest run test/cli/dry-run --update=true', async () => {
  const plan = loadPlan(KERNELS_YAML, { profile: 'centos7' });
  const order = schedule(plan.kernels, { machines: plan.jobs, cycles: 3, past: [], accelerator: null });
  const text = `${describePlan(plan, 'asked for with --profile', order)}${await commandsOf(plan)}`;
  await expect(text).toMatchFileSnapshot('../../../docs/centos7-dry-run.txt');
});
