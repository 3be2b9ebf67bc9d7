/**
 * The types of a recipe. A recipe is data: it is made from the plan alone, shown by --dry-run and executed by `runner.ts`.
 */

/** A command line for the guest's shell; `inputFile` is a file on this host for its standard input. */
export interface Action {
  command: string;
  /** Path on this host. */
  inputFile?: string;
}

/** One idempotent step. */
export interface Step {
  name: string;
  /** Exits with 0 if nothing has to be done. Changes nothing. */
  check: string;
  /** Actions after which the check succeeds, in order; each must succeed. */
  act: Action[];
  why: string;
  /** Lines of the source procedure this step stands for, verbatim. */
  source: string[];
  /** The error message if the check still fails after the actions. */
  otherwise: string;
}

/** A line of the source procedure that is left out, and why. */
export interface LeftOut {
  source: string;
  why: string;
}

/** A verified RPM on this host. */
export interface RpmFile {
  /** File name, `name-version-release.arch.rpm`. */
  name: string;
  /** Path on this host. */
  path: string;
  /** sha256 of the file in lower case, to detect an incomplete copy in the guest. */
  sha256: string;
}

/** A verified file on this host that is not an RPM. */
export type LocalFile = RpmFile;

/** The inputs of a recipe beside the plan. */
export interface El7Artifacts {
  /** Docker's own RPM first, then its dependencies. */
  docker: RpmFile[];
  /** RPMs of tools that the sequence needs (perl), if no package source has them. */
  tools: RpmFile[];
  /** The RPMs of each row by its name, the kernel first. */
  kernels: Map<string, RpmFile[]>;
  /** A `docker save` archive of the image; null to pull it. */
  image: LocalFile | null;
}

/** The package in a file, as `rpm -q` names it: `name-version-release.arch`. */
export function packageOf(rpm: { name: string }): string {
  return rpm.name.replace(/\.rpm$/, '');
}
