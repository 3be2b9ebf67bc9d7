/** One thing looked at. */
export interface Finding {
  /** False if a matrix cannot run as long as this is so. */
  ok: boolean;
  topic: string;
  /** What was found, in words; several lines for several places. */
  detail: string;
  /** The command, or the change to kernels.yaml, that would turn a bad one good. */
  mend?: string;
}

/** Something to look at. Checks are asked in order, the cheapest first. */
export type Check = () => Finding[] | Promise<Finding[]>;

export function good(topic: string, detail: string): Finding {
  return { ok: true, topic, detail };
}

export function bad(topic: string, detail: string, mend?: string): Finding {
  return { ok: false, topic, detail, ...(mend === undefined ? {} : { mend }) };
}

/** What there is to mend it with, of the first finding that is bad; null if none is. */
export function firstBad(findings: readonly Finding[]): Finding | null {
  return findings.find((finding) => !finding.ok) ?? null;
}
