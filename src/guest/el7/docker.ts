import type { DockerConfig, El7GuestConfig } from '../../config/plan.js';
import { UserError } from '../../host/user-error.js';
import { shell as sh } from '../../remote/quote.js';
import { copyFile, copyRpm, isInstalled, placeOf } from './files.js';
import { installFiles } from './sources.js';
import { packageOf, type El7Artifacts, type RpmFile, type Step } from './steps.js';

const DAEMON_JSON = '/etc/docker/daemon.json';

/**
 * The daemon's configuration. The storage driver is fixed, because an image loaded under one driver is missing under another. Below
 * kernel 4.0, Docker 17.06 accepts overlay2 only with its kernel check off, and would otherwise fall back to overlay.
 */
export function daemonJson(docker: DockerConfig): string {
  const options = docker.storage_driver === 'overlay2' ? ['overlay2.override_kernel_check=true'] : [];
  return `${JSON.stringify(
    {
      ...(docker.registry_mirrors.length > 0 ? { 'registry-mirrors': docker.registry_mirrors } : {}),
      'storage-driver': docker.storage_driver,
      ...(options.length > 0 ? { 'storage-opts': options } : {}),
    },
    null,
    4,
  )}\n`;
}

/** Steps that install and start Docker. @throws UserError if Docker does not come from RPMs. */
export function dockerSteps(docker: DockerConfig, rpms: RpmFile[], guest: El7GuestConfig): Step[] {
  const [own] = rpms;
  if (docker.source !== 'rpm' || !own) {
    throw new UserError({
      what: `Docker from source ${docker.source} is not supported on CentOS 7`,
      where: 'docker.source in kernels.yaml',
      next: 'set it to rpm',
    });
  }
  return [...rpms.map((rpm) => copyRpm(rpm, own)), install(own, rpms, guest), ...configure(docker), ...service(docker)];
}

function install(own: RpmFile, rpms: RpmFile[], guest: El7GuestConfig): Step {
  const name = packageOf(own);
  return {
    name: 'Docker',
    check: isInstalled(name),
    // Dependencies that are installed in a newer version are skipped.
    act: [{ command: installFiles(guest, rpms) }],
    why: 'exactly this version, from the file that was verified on the host; dependencies come signed from the package sources',
    source: [`yum -y install ${name}`],
    otherwise: `${name} is not installed; remove a newer version of Docker first`,
  };
}

function configure(docker: DockerConfig): Step[] {
  const text = daemonJson(docker);
  return [
    {
      name: 'daemon.json',
      check: sh`printf %s ${text} | cmp -s - ${DAEMON_JSON}`,
      act: [
        { command: 'mkdir -p /etc/docker' },
        { command: sh`! test -e ${DAEMON_JSON} || cp -n ${DAEMON_JSON} ${`${DAEMON_JSON}.before-kernel-matrix`}` },
        { command: sh`printf %s ${text} > ${DAEMON_JSON}` },
      ],
      why: 'registry mirrors from kernels.yaml (https://registry.docker-cn.com of the source has been down since 2019), and a fixed storage driver, so that images survive a kernel change',
      source: ['mkdir /etc/docker', 'cat > /etc/docker/daemon.json << EOF', '    "registry-mirrors":[…]'],
      otherwise: `${DAEMON_JSON} cannot be written`,
    },
  ];
}

function service(docker: DockerConfig): Step[] {
  return [
    {
      name: 'Docker starts with the machine',
      check: 'systemctl is-enabled --quiet docker',
      act: [{ command: 'systemctl enable docker' }],
      why: 'Docker must run after each reboot into another kernel',
      source: ['systemctl enable docker'],
      otherwise: 'systemd does not enable docker.service',
    },
    {
      name: 'Docker runs',
      check: 'systemctl is-active --quiet docker && docker version >/dev/null 2>&1',
      act: [{ command: 'systemctl start docker' }],
      why: 'the running daemon pulls the image',
      source: ['systemctl start docker'],
      otherwise: 'the daemon does not run; see journalctl -u docker',
    },
    {
      name: 'storage driver in use',
      // Also needed if a provision was interrupted between writing daemon.json and starting the daemon.
      check: sh`test "$(docker info --format {{.Driver}} 2>/dev/null)" = ${docker.storage_driver}`,
      act: [{ command: 'systemctl restart docker' }],
      why: 'a daemon that started before daemon.json was written uses another one',
      source: [],
      otherwise: `Docker does not accept the storage driver ${docker.storage_driver}; overlay2 on xfs needs a file system made with ftype=1 (see xfs_info /)`,
    },
  ];
}

/** Steps that load the container image. Needed once per storage driver; checked after each boot. */
export function imageSteps(docker: DockerConfig, archive: El7Artifacts['image']): Step[] {
  const present = sh`docker image inspect ${docker.image} >/dev/null 2>&1`;
  const base = {
    name: `image ${docker.image}`,
    check: present,
    source: ['docker pull nginx'],
  };
  if (archive === null) {
    return [
      {
        ...base,
        act: [{ command: sh`docker pull ${docker.image}` }],
        why: 'an old tag, because Docker 17.06.2 cannot read the format of the current nginx:latest',
        otherwise: `${docker.image} could not be pulled; set docker.image_archive in kernels.yaml to a docker save archive instead`,
      },
    ];
  }
  return [
    copyFile(archive, present),
    {
      ...base,
      act: [{ command: sh`docker load -i ${placeOf(archive)}` }],
      why: 'from a docker save archive that was verified on the host, so the guest needs no registry',
      otherwise: `the archive ${archive.path} does not contain ${docker.image}; create one with docker save ${docker.image}`,
    },
  ];
}
