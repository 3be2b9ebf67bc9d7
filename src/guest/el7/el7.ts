import type { Plan } from '../../config/plan.js';
import { waitForDocker } from '../docker.js';
import type { Guest } from '../guest.js';
import { el7BootLoader } from './boot-loader.js';
import { imageSteps } from './docker.js';
import { el7Recipe } from './recipe.js';
import { runSteps } from './runner.js';
import type { El7Artifacts } from './steps.js';

/**
 * A CentOS 7 guest.
 * @param oneShot the machine is an existing host: rows are booted once each, its own kernel stays the default.
 * @throws UserError if the plan asks for what cannot be done on CentOS 7.
 */
export function el7Guest(plan: Plan, artifacts: El7Artifacts, oneShot: boolean): Guest {
  const recipe = el7Recipe(plan, artifacts, oneShot);
  const { timeouts, docker } = plan;
  return {
    bootLoader: el7BootLoader(oneShot),
    provision: async (shell, onStep) => {
      await runSteps(shell, recipe.steps, timeouts.provision, onStep);
    },
    prepare: async (shell) => {
      await waitForDocker(shell, timeouts.docker, 'journalctl -u docker -n 15 --no-pager');
      // Once more after each boot: under another storage driver the image would be gone.
      await runSteps(shell, imageSteps(docker, artifacts.image), timeouts.provision);
    },
  };
}
