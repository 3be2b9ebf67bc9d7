/** Why num_cgroups shows what it shows at exhaustion: the source's open question, answered from measured parts only. */
import type { SlotsFacts } from '../facts.js';

export interface Explanation {
  /** num_cgroups of the memory row at exhaustion; null where the kernel prints no such row (v2 from 6.18 on). */
  shown: number | null;
  /** Directories made in the test directory. */
  made: number;
  /** The test directory itself. */
  own: 1;
  /** Every other living directory of the hierarchy, its root included. */
  otherLive: number;
  /** made + own + otherLive, as counted. */
  live: number;
  /** Removed cgroups that still count; null if not known. */
  dying: number | null;
  /** `measured`: from cgroup.stat (v2). `derived`: shown − live (v1, which reports none). */
  dyingFrom: 'measured' | 'derived' | null;
  /** shown − live − dying where that is not 0: what the measured parts do not explain. */
  unexplained: number | null;
  /** The errno that ended the making; null if the kernel never refused. */
  errno: string | null;
  /** All of it in one sentence. */
  text: string;
  from: number[];
}

/**
 * Explains the number shown at exhaustion; null if exhaustion is not recorded. Why kernels differ: on 3.10 the ids are
 * css_id's 1..65535; with mainline 73f576c04b94 (4.8, and 4.4.155) a memory cgroup has a private id, 1..65534, given back
 * when it goes offline, while num_cgroups counts it until it is freed; so the number can pass the ids there are.
 */
export function explainNumCgroups({ exhausted }: SlotsFacts): Explanation | null {
  if (exhausted === null) return null;
  const { reading } = exhausted;
  const shown = reading.numCgroups;
  const live = reading.liveDirectories;
  const derived = shown === null ? null : shown - live;
  // A negative difference is no number of dying cgroups: the two were read at different moments, or count different things.
  const dying = reading.dyingReported ?? (derived !== null && derived >= 0 ? derived : null);
  const rest = derived === null ? null : derived - (dying ?? 0);
  const parts: Omit<Explanation, 'text'> = {
    shown,
    made: exhausted.made,
    own: 1,
    otherLive: live - exhausted.directories - 1,
    live,
    dying,
    dyingFrom: dying === null ? null : reading.dyingReported === null ? 'derived' : 'measured',
    unexplained: rest === 0 ? null : rest,
    errno: exhausted.errno?.name ?? null,
    from: exhausted.from,
  };
  return { ...parts, text: inWords(parts, exhausted.directories, reading.liveReported) };
}

function inWords(parts: Omit<Explanation, 'text'>, directories: number, liveReported: number | null): string {
  const end = parts.errno === null ? 'the kernel did not refuse' : `refused with ${parts.errno}`;
  const others = `${parts.otherLive} other live ${parts.otherLive === 1 ? 'directory' : 'directories'}`;
  const made = directories === parts.made ? `${parts.made} made` : `${directories} found (${parts.made} were made)`;
  const sentences = [`${made} + 1 (test) + ${others} = ${parts.live} live (${end})`];
  if (parts.shown === null) {
    sentences.push('this kernel shows no num_cgroups for memory');
    if (parts.dying !== null) sentences.push(`cgroup.stat reports ${parts.dying} dying`);
  } else if (parts.dyingFrom === 'derived') {
    sentences.push(`num_cgroups shows ${parts.shown}, so ${parts.dying} dying (derived: shown − live)`);
  } else if (parts.dyingFrom === 'measured') {
    sentences.push(`num_cgroups shows ${parts.shown}; cgroup.stat reports ${parts.dying} dying`);
  } else {
    sentences.push(`num_cgroups shows ${parts.shown}`);
  }
  if (parts.unexplained !== null)
    sentences.push(`${parts.unexplained} of the number shown is not explained by these parts`);
  if (liveReported !== null && liveReported !== parts.live) sentences.push(`cgroup.stat reports ${liveReported} live`);
  return sentences.join('; ');
}
