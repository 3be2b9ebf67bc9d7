/**
 * The words a recipe is written in. A recipe is data: it is made of the plan alone, shown by --dry-run and carried out by
 * `runner.ts`.
 */

/** A command line for the guest's shell; with `inputFile` a file of this host is what it reads on standard input. */
export interface Action {
  command: string;
  /** Path on this host. */
  inputFile?: string;
}

/** One idempotent step. */
export interface Step {
  name: string;
  /** Exits with 0 if the step's end is there already. Changes nothing. */
  check: string;
  /** What brings it about, in order; each must succeed. */
  act: Action[];
  why: string;
  /** Lines of the source procedure this step stands for, verbatim. */
  source: string[];
  /** What it means if the check still fails after the acts. */
  otherwise: string;
}

/** A line of the source procedure that is not carried out, and why not. */
export interface LeftOut {
  source: string;
  why: string;
}

/** An RPM on this host that has been verified. */
export interface RpmFile {
  /** File name, `name-version-release.arch.rpm`. */
  name: string;
  /** Path on this host. */
  path: string;
  /** sha256 of the file in lower case, to know a whole copy in the guest from a half one. */
  sha256: string;
}

/** A verified file on this host that is no RPM. */
export type LocalFile = RpmFile;

/** Everything the recipe is made of that is not in the plan. */
export interface El7Artifacts {
  /** Docker's own RPM first, then those it depends on. */
  docker: RpmFile[];
  /** RPMs of programs the sequence needs (perl), where no package source has them. */
  tools: RpmFile[];
  /** The RPMs of each row, its kernel first; by the row's name. */
  kernels: Map<string, RpmFile[]>;
  /** A `docker save` archive of the image; null pulls it. */
  image: LocalFile | null;
}

/** The name by which `rpm -q` knows the package in a file: `name-version-release.arch`. */
export function packageOf(rpm: { name: string }): string {
  return rpm.name.replace(/\.rpm$/, '');
}
