/** `matrix --dry-run`. */
import { providerOf } from '../../provider/table.js';
import { takeBaseline } from '../baseline.js';
import { describePlan } from '../describe-plan.js';
import { EXIT } from '../exit-codes.js';
import { foreseen } from '../foresee.js';
import { describeShard, planFor, type MatrixOptions } from '../planned-run.js';
import { commandsOf } from './commands-of.js';

/** Prints what a run with these options would do, and does nothing. @returns the exit code. @throws as a run would. */
export async function dryRun(options: MatrixOptions): Promise<number> {
  const print = (text: string) => process.stdout.write(text);
  const { plan, reason, shard } = await planFor(options);
  const { baseline: named, config, runsDir } = options;
  const baseline = named ? await takeBaseline(named, { config, runsDir, profile: plan.profile }) : null;
  if (shard) print(`${describeShard(shard, plan)}\n`);
  if (plan.kernels.length === 0) return EXIT.expected;
  print(describePlan(plan, reason, await foreseen(plan, runsDir)));
  if (baseline !== null) print(`compared with run ${baseline.summary.run} (${baseline.place})\n`);
  print(providerOf(plan.machine).existing?.statement(plan) ?? '');
  print(await commandsOf(plan));
  return EXIT.expected;
}
