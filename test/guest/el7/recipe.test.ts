import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RpmRow } from '../../../src/kernel/rpm.js';
import type { Plan } from '../../../src/config/plan.js';
import { GuestShell } from '../../../src/remote/guest-shell.js';
import { daemonJson } from '../../../src/guest/el7/docker.js';
import { UserError } from '../../../src/host/user-error.js';
import { el7Guest } from '../../../src/guest/el7/el7.js';
import { PRINT_MENU } from '../../../src/guest/el7/grub-menu.js';
import { el7Recipe } from '../../../src/guest/el7/recipe.js';
import { runSteps, StepFailed, type StepDone } from '../../../src/guest/el7/runner.js';
import type { El7Artifacts } from '../../../src/guest/el7/steps.js';
import { plan } from '../../fixtures/build.js';
import { rejection, TempJournal } from '../fakes.js';
import { Sandbox } from './sandbox.js';

const DOCKER = 'docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm';
const RELEASES = { '4.4': '4.4.159-1.el7.elrepo.x86_64', '4.18': '4.18.12-1.el7.elrepo.x86_64' };

let guest: Sandbox;
let journal: TempJournal;
beforeEach(() => {
  guest = new Sandbox();
  journal = new TempJournal();
});
afterEach(() => {
  guest.remove();
  journal.remove();
});

const row = (name: keyof typeof RELEASES, cmdline: string[] = []): RpmRow => ({
  source: 'rpm',
  rpm: `${name}.rpm`,
  urls: [],
  signed_by: 'centos7',
  name,
  release: RELEASES[name],
  cgroup: 'v1',
  cmdline,
});

function planOf(more: Partial<Plan> = {}): Plan {
  return {
    ...plan([row('4.4'), row('4.18')]),
    guest: { os: 'el7', package_sources: 'vault', vault_urls: ['https://vault.example/7.4.1708/'], rpms: [] },
    docker: {
      source: 'rpm',
      image: 'nginx:1.14.2',
      registry_mirrors: ['https://mirror.example'],
      storage_driver: 'overlay2',
      urls: [],
      signed_by: 'docker-ce',
      dependencies: [],
      image_urls: [],
    },
    ...more,
  };
}

function artifacts(more: Partial<El7Artifacts> = {}): El7Artifacts {
  return {
    docker: [guest.rpm(DOCKER), guest.rpm('container-selinux-2.42-1.noarch.rpm')],
    tools: [],
    kernels: new Map([
      ['4.4', [guest.rpm(`kernel-lt-${RELEASES['4.4']}.rpm`)]],
      ['4.18', [guest.rpm(`kernel-ml-${RELEASES['4.18']}.rpm`)]],
    ]),
    image: null,
    ...more,
  };
}

function provision(of = planOf(), files = artifacts()): Promise<StepDone[]> {
  const shell = new GuestShell(guest, journal.writer, null, 60);
  return runSteps(shell, el7Recipe(of, files, false).steps, 600);
}

describe('the el7 recipe', { timeout: 30_000 }, () => {
  it('takes a bare guest to Docker, image, kernels and menu', async () => {
    const done = await provision();
    expect(
      done.every((step) => step.acted || step.name.startsWith('initramfs of') || step.name === 'storage driver in use'),
    ).toBe(true);
    expect(guest.has('etc/yum.repos.d/CentOS-Base.repo')).toBe(false);
    expect(guest.read('etc/yum.repos.d/kernel-matrix.repo')).toContain(
      'baseurl=https://vault.example/7.4.1708/os/x86_64/\n',
    );
    expect(JSON.parse(guest.read('etc/docker/daemon.json'))).toEqual({
      'registry-mirrors': ['https://mirror.example'],
      'storage-driver': 'overlay2',
      'storage-opts': ['overlay2.override_kernel_check=true'],
    });
    expect(guest.has('enabled') && guest.has('running') && guest.has('images/nginx:1.14.2')).toBe(true);
    expect(guest.read('etc/default/grub')).toBe('GRUB_TIMEOUT=1\n\nGRUB_DEFAULT=saved\n\nGRUB_DISABLE_SUBMENU=true\n');
    for (const release of Object.values(RELEASES))
      expect(guest.read('boot/grub2/grub.cfg')).toContain(`(${release}) 7 (Core)`);
    // Kernels by rpm, never by yum, which would remove older ones.
    expect(guest.commands.filter((command) => /^(yum|rpm -i).*kernel-(lt|ml)-/.test(command))).toEqual([
      expect.stringMatching(/^rpm -ivh --oldpackage .*kernel-lt-/),
      expect.stringMatching(/^rpm -ivh --oldpackage .*kernel-ml-/),
    ]);
  });

  it('acts on nothing the second time', async () => {
    const files = artifacts();
    await provision(planOf(), files);
    guest.commands.length = 0;
    const steps = el7Recipe(planOf(), files, false).steps;
    expect((await provision(planOf(), files)).filter((step) => step.acted)).toEqual([]);
    expect(guest.commands).toEqual(steps.map((step) => step.check));
  });

  it('has every command in the journal', async () => {
    await provision();
    expect(journal.of('command').map((event) => event.command)).toEqual(guest.commands);
  });

  it.each([
    ['copying Docker', /^mv .*docker-ce/],
    ['installing Docker', /localinstall .*docker-ce/],
    ['writing daemon.json', /^printf .*> \/etc\/docker\/daemon.json/s],
    ['starting Docker', /^systemctl start/],
    ['installing a kernel', /^rpm -ivh .*kernel-ml/],
    ['making the menu', /^grub2-mkconfig/],
  ])('goes on after an interruption while %s, and ends alike', { timeout: 30_000 }, async (_, at) => {
    guest.before = (command) => {
      if (at.test(command)) throw new Error('interrupted');
    };
    const files = artifacts();
    expect((await rejection(provision(planOf(), files))).message).toBe('interrupted');
    guest.before = () => undefined;
    const before = guest.commands.length;
    await provision(planOf(), files);
    expect(guest.commands.slice(before).some((command) => at.test(command))).toBe(true);
    expect((await provision(planOf(), files)).filter((step) => step.acted)).toEqual([]);
    expect(guest.read('running')).toBe(guest.read('etc/docker/daemon.json'));
  });

  it('copies a file again that arrived in part, and tells one that never arrives whole', async () => {
    const files = artifacts();
    await guest.run('mkdir -p /var/lib/kernel-matrix', { timeout: 1 });
    guest.touch(`var/lib/kernel-matrix/${DOCKER}`);
    await provision(planOf(), files);
    expect(guest.read(`var/lib/kernel-matrix/${DOCKER}`)).toBe(DOCKER);

    guest.remove();
    guest = new Sandbox();
    const wrong = artifacts();
    wrong.docker[0]!.sha256 = '0'.repeat(64);
    const error = await rejection(provision(planOf(), wrong));
    expect(error).toBeInstanceOf(StepFailed);
    expect(error.message).toContain('differs from the verified file');
    expect(guest.commands.some((command) => command.startsWith('yum') && command.includes('localinstall'))).toBe(false);
  });

  it('mends a kernel without its initramfs, and says so clearly where it cannot', async () => {
    guest.touch('broken-dracut');
    const done = await provision();
    expect(done.filter((step) => step.name.startsWith('initramfs of')).map((step) => step.acted)).toEqual([true, true]);
    expect(guest.read('boot/grub2/grub.cfg')).toContain(`initrd16 /initramfs-${RELEASES['4.4']}.img`);

    guest.remove();
    guest = new Sandbox();
    guest.touch('broken-dracut');
    guest.touch('full-boot');
    const error = await rejection(provision());
    expect(error).toBeInstanceOf(StepFailed);
    expect(error.message).toContain(`kernel ${RELEASES['4.4']} cannot boot`);
    expect(error.message).toContain('no initrd line');
  });

  it('does not take the initrd line of another entry for its own', async () => {
    await provision();
    const other = guest.read('boot/grub2/grub.cfg').replace(`\tinitrd16 /initramfs-${RELEASES['4.4']}.img\n`, '');
    const steps = el7Recipe(planOf(), artifacts(), false).steps;
    const check = steps.find((step) => step.name === `initramfs of ${RELEASES['4.4']}`)!.check;
    expect((await guest.run(check, { timeout: 1 })).code).toBe(0);
    await guest.run(`cat > /boot/grub2/grub.cfg <<'END'\n${other}END\n`, { timeout: 1 });
    expect((await guest.run(check, { timeout: 1 })).code).toBe(1);
  });

  it.each([
    [
      'of Oracle Linux',
      (release: string) => `'Oracle Linux Server (${release} with Unbreakable Enterprise Kernel) 7.4'`,
      '',
      0,
    ],
    [
      'of RHEL, with a submenu of somebody',
      (release: string) => `"Red Hat (${release}) 7.4 (Maipo)"`,
      "submenu 'Ours' {\n}\n",
      0,
    ],
    [
      'with the submenu of grub2-mkconfig',
      (release: string) => `'CentOS (${release})'`,
      "submenu 'Advanced options for CentOS' {\n}\n",
      1,
    ],
    [
      'that names kernels and loads others',
      (release: string) => `'${release}' {\n linux16 /vmlinuz-${release}.debug\n}\nmenuentry 'x'`,
      '',
      1,
    ],
  ])('a menu %s is judged by the kernels that it loads', async (_, title, more, code) => {
    const entries = Object.values(RELEASES).map((release) =>
      title(release).includes('linux16')
        ? `menuentry ${title(release)} {\n}\n`
        : `menuentry ${title(release)} {\n\tlinux16 /vmlinuz-${release}\n}\n`,
    );
    const config = `set default="\${saved_entry}"\n${entries.join('')}${more}`;
    await guest.run(`cat > /boot/grub2/grub.cfg <<'END'\n${config}END\n`, { timeout: 1 });
    const step = el7Recipe(planOf(), artifacts(), false).steps.find(({ name }) => name === 'boot menu')!;
    expect(await guest.run(step.check, { timeout: 1 })).toMatchObject({ code, stderr: '' });
  });

  it('changes nothing on a host whose menu cannot be read', async () => {
    const shell = new GuestShell(guest, journal.writer, null, 60);
    const { provision: whole } = el7Guest(planOf(), artifacts(), false);
    for (const config of ['', 'blscfg\n', 'title CentOS (2.6.32)\n\tkernel /vmlinuz-2.6.32\n']) {
      await guest.run(`cat > /boot/grub2/grub.cfg <<'END'\n${config}END\n`, { timeout: 1 });
      const before = guest.commands.length;
      const error = await rejection(whole!(shell, () => undefined));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain('nothing was changed');
      expect(guest.commands.slice(before)).toEqual([PRINT_MENU]);
    }
  });

  it('restarts a daemon that runs with another storage driver', async () => {
    const files = artifacts();
    await provision(planOf(), files);
    const { docker } = planOf();
    const done = await provision(planOf({ docker: { ...docker, storage_driver: 'vfs' } }), files);
    expect(done.filter((step) => step.acted).map((step) => step.name)).toEqual([
      'daemon.json',
      'storage driver in use',
    ]);
    expect(guest.has('etc/docker/daemon.json.before-kernel-matrix')).toBe(true);
    expect(guest.read('running')).toContain('vfs');
  });

  it('loads the image from an archive instead of pulling it', async () => {
    await provision(planOf(), artifacts({ image: guest.rpm('image.tar', 'nginx:1.14.2') }));
    expect(guest.commands.some((command) => command.startsWith('docker pull'))).toBe(false);
    expect(guest.has('images/nginx:1.14.2')).toBe(true);
  });

  it("writes a row's words into its entry", async () => {
    await provision(planOf({ kernels: [row('4.4', ['cgroup.memory=nokmem'])] }));
    expect(guest.read('args')).toContain('cgroup.memory=nokmem');
  });

  it.each(['none', 'keep'] as const)('package sources: %s', async (package_sources) => {
    await provision(planOf({ guest: { os: 'el7', package_sources, vault_urls: [], rpms: [] } }));
    expect(guest.has('etc/yum.repos.d/kernel-matrix.repo')).toBe(false);
    expect(guest.has('etc/yum.repos.d/CentOS-Base.repo')).toBe(package_sources === 'keep');
  });
});

describe('hostile values', () => {
  const HOSTILE = `a'b "c" $(touch PWNED) \`touch PWNED\`; touch PWNED\n&& touch PWNED`;

  it('arrive as they are and run nothing', async () => {
    const { docker } = planOf();
    const of = planOf({
      guest: { os: 'el7', package_sources: 'vault', vault_urls: [HOSTILE], rpms: [] },
      docker: {
        ...docker,
        registry_mirrors: [HOSTILE],
        storage_driver: 'overlay2',
        urls: [],
        signed_by: 'docker-ce',
        dependencies: [],
        image_urls: [],
        image: HOSTILE.replaceAll('/', ''),
      },
      kernels: [row('4.4', [HOSTILE])],
    });
    // Some of these cannot succeed; what matters is what they leave.
    for (const step of el7Recipe(of, artifacts(), false).steps) {
      for (const command of [step.check, ...step.act.map((act) => act.command)])
        await guest.run(command, { timeout: 1 });
    }
    expect(guest.has('PWNED') || guest.has('boot/PWNED')).toBe(false);
    expect(guest.read('etc/yum.repos.d/kernel-matrix.repo')).toContain(HOSTILE);
    expect(JSON.parse(guest.read('etc/docker/daemon.json'))).toMatchObject({ 'registry-mirrors': [HOSTILE] });
    expect(guest.read('args')).toContain(HOSTILE);
  });

  it('are escaped in daemon.json', () => {
    const { docker } = planOf();
    expect(JSON.parse(daemonJson({ ...docker, registry_mirrors: [HOSTILE] }))).toMatchObject({
      'registry-mirrors': [HOSTILE],
    });
  });
});
