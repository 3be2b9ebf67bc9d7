import { append } from '../base/lists.js';
import type { MachineConfig } from '../config/plan.js';
import { PROVIDERS } from './index.js';
import type { KnownMachine, Provider, Swept } from './provider.js';

/** The provider of a machine. @throws RangeError for an unknown one, which the schema refuses. */
export function providerOf({ provider }: Pick<MachineConfig, 'provider'>): Provider {
  const found = PROVIDERS.find(({ id }) => id === provider);
  if (!found) throw new RangeError(`no provider ${provider}`);
  return found;
}

/** Machines of this user that left a record, of every provider. */
export function knownMachines(): (KnownMachine & { provider: Provider })[] {
  return PROVIDERS.flatMap((provider) => provider.machines().map((machine) => ({ ...machine, provider })));
}

/** Removes what runs that are gone have left, of every provider; see {@link Provider.sweep}. */
export async function sweepMachines(options: { kept: boolean }): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const provider of PROVIDERS) append(swept, await provider.sweep(options));
  return swept;
}

/** Kills the machines of this very process; see {@link Provider.killAll}. */
export function killMachines(): void {
  for (const provider of PROVIDERS) {
    try {
      provider.killAll();
    } catch {
      // Those of the others are killed all the same.
    }
  }
}
