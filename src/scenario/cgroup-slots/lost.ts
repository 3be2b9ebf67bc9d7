import type { CapacitySample } from './events.js';

/**
 * Slots lost between two capacity probes: the fall in capacity that no living directory explains. The cgroup /docker
 * that stays after the first container is a living directory, so it is no loss. Negative if slots came back.
 */
export function lostSlots(
  before: Pick<CapacitySample, 'capacity' | 'liveDirectories'>,
  after: Pick<CapacitySample, 'capacity' | 'liveDirectories'>,
): number {
  return before.capacity - after.capacity - (after.liveDirectories - before.liveDirectories);
}
