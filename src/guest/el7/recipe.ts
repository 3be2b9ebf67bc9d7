import type { El7GuestConfig, KernelRow, Plan } from '../../config/plan.js';
import { copyRpm } from './files.js';
import { dockerSteps, imageSteps } from './docker.js';
import { KERNELS_LEFT_OUT, kernelSteps, type WantedKernel } from './kernels.js';
import { installFiles, SOURCES_LEFT_OUT, sourceSteps } from './sources.js';
import type { El7Artifacts, LeftOut, Step } from './steps.js';

/** The steps on a CentOS 7 machine before the first row. */
export interface Recipe {
  steps: Step[];
  /** Lines of the source procedure that are left out. */
  leftOut: LeftOut[];
}

/** The kernel of a row; null if its RPMs are not available. @throws RangeError for a row without a release, which the schema refuses. */
export function wantedKernel(row: KernelRow, artifacts: El7Artifacts): WantedKernel | null {
  const rpms = artifacts.kernels.get(row.name);
  if (!rpms) return null;
  if (row.release === undefined) throw new RangeError(`row ${row.name} has no release`);
  return { row, release: row.release, rpms };
}

/**
 * The whole recipe, in order: package sources, tools of the sequence, Docker, image, kernels, menu.
 * @param oneShot the machine is an existing host, whose own kernel stays the default.
 * @throws UserError if CentOS 7 does not support the plan.
 */
export function el7Recipe(plan: Plan, artifacts: El7Artifacts, oneShot: boolean): Recipe {
  const kernels = plan.kernels.flatMap((row) => wantedKernel(row, artifacts) ?? []);
  const guest = plan.guest as El7GuestConfig;
  return {
    steps: [
      ...sourceSteps(guest),
      ...toolSteps(artifacts.tools, guest),
      ...dockerSteps(plan.docker, artifacts.docker, guest),
      ...imageSteps(plan.docker, artifacts.image),
      ...kernelSteps(kernels, oneShot),
    ],
    leftOut: [...SOURCES_LEFT_OUT, ...KERNELS_LEFT_OUT],
  };
}

/** Steps that install perl, which creates and counts cgroups in one process; a minimal CentOS 7 lacks it. */
function toolSteps(rpms: El7Artifacts['tools'], guest: El7GuestConfig): Step[] {
  const present = 'perl -Mstrict -Mwarnings -e 1';
  return [
    ...rpms.map((rpm) => ({ ...copyRpm(rpm), check: `${present} || ${copyRpm(rpm).check}` })),
    {
      name: 'perl',
      check: present,
      act: [
        {
          command: rpms.length > 0 ? installFiles(guest, rpms) : 'yum -y install perl',
        },
      ],
      why: 'creates and counts 65 thousand directories in one process; the shell loop of the source starts a program for each',
      source: [],
      otherwise: 'perl is not installed, and no package source has it: set guest.package_sources to vault',
    },
  ];
}
