const MIB_PER: Record<string, number> = { MiB: 1, GiB: 1024 };
const SECONDS_PER: Record<string, number> = { s: 1, m: 60, h: 3600 };
const BYTES_PER: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

export const MEMORY_PATTERN = /^(\d{1,6}(?:\.\d{1,3})?) ?(MiB|GiB)$/;
export const DURATION_PATTERN = /^(\d{1,6}(?:\.\d{1,3})?) ?(s|m|h)$/;
export const LIMIT_PATTERN = /^(\d{1,15})([bkmgBKMG]?)$/;

/** Memory such as `3GiB` or `512MiB` in MiB; null if it is not written so or no whole number of MiB. */
export function parseMemory(text: string): number | null {
  const mib = scaled(MEMORY_PATTERN.exec(text), MIB_PER);
  return mib !== null && Number.isInteger(mib) ? mib : null;
}

/** A duration such as `90s`, `10m` or `1h`, or a number of seconds, in seconds; null if it is neither. */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null;
  return scaled(DURATION_PATTERN.exec(value), SECONDS_PER);
}

/** A memory limit as `docker run -m` takes it (`100m`, `1g`, plain bytes) in bytes; null if it is not written so. */
export function parseLimit(text: string): number | null {
  const match = LIMIT_PATTERN.exec(text);
  return match && Number(match[1]) * BYTES_PER[match[2]!.toLowerCase()]!;
}

function scaled(match: RegExpExecArray | null, units: Record<string, number>): number | null {
  return match && Number(match[1]) * units[match[2]!]!;
}
