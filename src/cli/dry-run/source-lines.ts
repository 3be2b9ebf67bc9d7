/** Which line of the source procedure a command of the sequence stands for, and why it differs where it does. */
export interface SourceLine {
  source: string;
  why: string;
  /** The commands that stand for it. */
  fits: RegExp;
}

const CONTAINER = '<container>';

/** In the order of the source; the first that fits a command is taken. */
const SOURCE_LINES: SourceLine[] = [
  {
    source: 'docker rm -f $(docker ps -aq)',
    why: 'in two commands, as `docker rm -f` without a name is an error',
    fits: /^docker ps -aq$/,
  },
  {
    source: 'mkdir /sys/fs/cgroup/memory/test',
    why: '',
    fits: /^mkdir \/sys\/fs\/cgroup\/(?:memory\/)?test$/,
  },
  {
    source: 'for i in `seq 1 65535`;do mkdir /sys/fs/cgroup/memory/test/test-${i} || break; done',
    why: 'one process instead of a program for each directory (87 ms each under emulation), and up to max_directories',
    fits: / fill \S+ 1 \d{3,}$/,
  },
  { source: 'cat /proc/cgroups', why: '', fits: /^cat \/proc\/cgroups$/ },
  {
    source: 'rmdir /sys/fs/cgroup/memory/test/test-xxx',
    why: 'as many as the case has to have free: two before case 2 (one for the container, one for the parent cgroup Docker makes)',
    fits: / take \S+ \d+$/,
  },
  { source: 'docker run -id -m 100m nginx', why: 'the image by its tag', fits: /^docker run -id -m / },
  { source: 'docker run -id nginx', why: 'the image by its tag', fits: /^docker run -id / },
  { source: `docker rm -f ${CONTAINER}`, why: 'by the whole id', fits: /^docker rm -f [0-9a-f]{64}$/ },
];

export function sourceLineOf(command: string): SourceLine | null {
  return SOURCE_LINES.find((line) => line.fits.test(command)) ?? null;
}
