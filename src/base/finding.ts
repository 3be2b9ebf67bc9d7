/** The result of one check. */
export interface Finding {
  /** False if it prevents a run. */
  ok: boolean;
  topic: string;
  /** The result as text; several lines for several places. */
  detail: string;
  /** The command, or the change to kernels.yaml, that fixes it. */
  mend?: string;
}

/** A check. Checks run in order, the cheapest first. */
export type Check = () => Finding[] | Promise<Finding[]>;

export function good(topic: string, detail: string): Finding {
  return { ok: true, topic, detail };
}

export function bad(topic: string, detail: string, mend?: string): Finding {
  return { ok: false, topic, detail, ...(mend === undefined ? {} : { mend }) };
}

/** The first finding that prevents a run; null if there is none. */
export function firstBad(findings: readonly Finding[]): Finding | null {
  return findings.find((finding) => !finding.ok) ?? null;
}
