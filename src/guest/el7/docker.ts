import type { DockerConfig, El7GuestConfig } from '../../config/plan.js';
import { UserError } from '../../host/user-error.js';
import { shell as sh } from '../../remote/quote.js';
import { copyFile, copyRpm, isInstalled, placeOf } from './files.js';
import { installFiles } from './sources.js';
import { packageOf, type El7Artifacts, type RpmFile, type Step } from './steps.js';

const DAEMON_JSON = '/etc/docker/daemon.json';

/**
 * The daemon's configuration. The storage driver is pinned, as an image loaded under one driver is not there under another;
 * below kernel 4.0 Docker 17.06 takes overlay2 only with its kernel check off (and would fall back to overlay).
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

/** Steps that install Docker and have it running. @throws UserError if Docker comes from anything but RPMs. */
export function dockerSteps(docker: DockerConfig, rpms: RpmFile[], guest: El7GuestConfig): Step[] {
  const [own] = rpms;
  if (docker.source !== 'rpm' || !own) {
    throw new UserError({
      what: `Docker from source ${docker.source} cannot be installed on CentOS 7 yet`,
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
    // Those of the dependencies that are there in a newer version are passed over.
    act: [{ command: installFiles(guest, rpms) }],
    why: 'exactly this version, out of the file that was verified on the host; what it depends on comes from the package sources, which sign it',
    source: [`yum -y install ${name}`],
    otherwise: `${name} is not installed; another version of Docker that is newer has to be removed first`,
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
      why: 'registry mirrors from kernels.yaml (https://registry.docker-cn.com of the source is dead since 2019), and the storage driver pinned so that images survive the change of kernels',
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
      why: 'it has to be there after each reboot into another kernel',
      source: ['systemctl enable docker'],
      otherwise: 'systemd does not enable docker.service',
    },
    {
      name: 'Docker runs',
      check: 'systemctl is-active --quiet docker && docker version >/dev/null 2>&1',
      act: [{ command: 'systemctl start docker' }],
      why: 'the image is fetched by the running daemon',
      source: ['systemctl start docker'],
      otherwise: 'the daemon does not run; journalctl -u docker tells why',
    },
    {
      name: 'storage driver in use',
      // Also if a provision was stopped between the writing of daemon.json and the start of the daemon.
      check: sh`test "$(docker info --format {{.Driver}} 2>/dev/null)" = ${docker.storage_driver}`,
      act: [{ command: 'systemctl restart docker' }],
      why: 'a daemon that ran before daemon.json was written has another one',
      source: [],
      otherwise: `Docker does not take the storage driver ${docker.storage_driver}; overlay2 on xfs needs a file system made with ftype=1 (xfs_info / tells)`,
    },
  ];
}

/** Steps that bring the container image, needed once for a storage driver; checked after each boot. */
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
        why: 'by a tag of its time: Docker 17.06.2 cannot read the format of today’s nginx:latest',
        otherwise: `${docker.image} could not be pulled; docker.image_archive in kernels.yaml takes a docker save archive instead`,
      },
    ];
  }
  return [
    copyFile(archive, present),
    {
      ...base,
      act: [{ command: sh`docker load -i ${placeOf(archive)}` }],
      why: 'out of an archive of docker save that was verified on the host: the guest needs no registry',
      otherwise: `the archive ${archive.path} does not hold ${docker.image}: docker save ${docker.image} makes one that does`,
    },
  ];
}
