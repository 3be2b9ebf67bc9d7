import type { Plan } from '../../config/plan.js';
import { runtimeOf } from '../../runtime/index.js';
import { excerpt } from '../../base/text/excerpt.js';
import { plainLines } from '../../base/text/plain.js';
import { UserError } from '../../host/user-error.js';
import type { Guest } from '../guest.js';
import type { GuestShell } from '../../remote/guest-shell.js';
import { menuEntries, PRINT_MENU } from './grub-menu.js';
import { el7BootLoader } from './boot-loader.js';
import { imageSteps } from './docker.js';
import { el7Recipe } from './recipe.js';
import { runSteps } from './runner.js';
import type { El7Artifacts } from './steps.js';

/**
 * A CentOS 7 guest, or one of a distribution built from the same sources.
 * @param oneShot the machine is an existing host: each row is booted once, and the host's own kernel stays the default.
 * @throws UserError if CentOS 7 does not support the plan.
 */
export function el7Guest(plan: Plan, artifacts: El7Artifacts, oneShot: boolean): Guest {
  const recipe = el7Recipe(plan, artifacts, oneShot);
  const { timeouts, docker } = plan;
  return {
    bootLoader: el7BootLoader(oneShot),
    provision: async (shell, onStep) => {
      await requireMenu(shell);
      await runSteps(shell, recipe.steps, timeouts.provision, onStep);
    },
    prepare: async (shell) => {
      await runtimeOf(plan).waitReady(shell, 'journalctl -u docker -n 15 --no-pager');
      // Once more after each boot: under another storage driver the image would be gone.
      await runSteps(shell, imageSteps(docker, artifacts.image), timeouts.provision);
    },
  };
}

/** Checks that kernels can be selected on this host, before anything is changed on it. @throws UserError if not. */
async function requireMenu(shell: GuestShell): Promise<void> {
  const { stdout, stderr, code } = await shell.run(PRINT_MENU);
  if (code === 0 && menuEntries(stdout).length > 0) return;
  throw new UserError({
    what: `${shell.machine}: no readable GRUB 2 boot menu was found, so no kernel can be selected; nothing was changed`,
    where: '/etc/grub2.cfg, /etc/grub2-efi.cfg',
    why: excerpt(plainLines(stderr.trim())) || 'it has no menuentry with a title',
    next: 'guest.os el7 supports CentOS, RHEL, Oracle Linux and Scientific Linux 7; EL 8 and newer store their menus in other files',
  });
}
