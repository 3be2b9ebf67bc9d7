import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { RpmRow } from '../../src/kernel/rpm.js';
import { heads, optionRefusal, planOf, profile, refusal, row } from './helpers.js';

const rows = (names: string[]) =>
  `kernels: [${names.map((name) => `{ name: ${name}, source: deb, suite: b, package: cc }`).join(', ')}]`;

/** Rows of one RPM, with more fields. */
const rpmRow = (more = '') =>
  `kernels: [{ name: a, source: rpm, release: 4.4.1, rpm: k.rpm${more === '' ? '' : `, ${more}`} }]`;

describe('what is left out', () => {
  it('is filled in for a profile of one row', () => {
    expect(planOf(profile(''))).toEqual({
      profile: 'p',
      file: '/etc/matrix/kernels.yaml',
      machine: { provider: 'qemu', cpus: 2, memory_mib: 3072, disk_bus: 'nvme', accelerator: 'auto' },
      guest: {
        os: 'debian',
        suite: 'bullseye',
        boot_kernel: { suite: 'bookworm-security', package: 'linux-image-6.1.*-cloud-amd64' },
      },
      docker: {
        source: 'deb',
        package: 'docker.io',
        urls: [],
        signed_by: 'none',
        dependencies: [],
        image: 'nginx',
        image_urls: [],
        registry_mirrors: [],
        storage_driver: 'overlay2',
      },
      sequence: { cycles: 3, limit: '100m', settle: 5, max_directories: 70000 },
      timeouts: { boot: 180, command: 120, docker: 180, exhaust: 1200, provision: 1200 },
      jobs: 1,
      compare: {
        alpha: 0.01,
        effect: 0.474,
        min_samples: 5,
        tolerance: {
          capacity: 0,
          lost_per_cycle: 0,
          bytes_per_cgroup: 0.1,
          seconds_per_cycle: 0.25,
          boot_seconds: 0.25,
        },
        fails: ['capacity', 'lost_per_cycle', 'bytes_per_cgroup'],
      },
      kernels: [
        { name: 'a', source: 'deb', suite: 'bookworm', package: 'linux-image-amd64', cgroup: 'v1', cmdline: [] },
      ],
      signing_keys: {},
    });
  });

  it('follows from the provider for Vagrant: CentOS 7 with its Docker', () => {
    const plan = planOf(
      profile(
        'machine: { provider: vagrant, box: c7 }',
        'kernels: [{ name: a, source: rpm, release: 3.10.0-1, rpm: k.rpm }]',
      ),
    );
    expect(plan.machine).toEqual({ provider: 'vagrant', box: 'c7', cpus: 8, memory_mib: 16384, box_urls: [] });
    expect(plan.guest).toEqual({
      os: 'el7',
      package_sources: 'vault',
      vault_urls: ['https://vault.centos.org/7.4.1708', 'https://archive.kernel.org/centos-vault/7.4.1708'],
      rpms: [],
    });
    expect(plan.docker).toMatchObject({ source: 'rpm', version: '17.06.2.ce-1.el7.centos', image: 'nginx:1.14.2' });
    expect(plan.docker.signed_by).toBe('docker-ce');
    expect(plan.docker.urls).toEqual([
      'https://download.docker.com/linux/centos/7/x86_64/stable/Packages/docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm',
      'https://mirrors.aliyun.com/docker-ce/linux/centos/7/x86_64/stable/Packages/docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm',
    ]);
    expect(plan.kernels[0]).toMatchObject({ urls: [], cgroup: 'v1', signed_by: 'centos7' });
  });

  it("is, for Docker's static archive, its place and the sha256 that is known of its version", () => {
    expect(planOf(profile('docker: { source: static }')).docker).toMatchObject({
      version: '17.06.2-ce',
      urls: ['https://download.docker.com/linux/static/stable/x86_64/docker-17.06.2-ce.tgz'],
      sha256: 'a15f62533e773c40029a61784a5a1c5bc7dd21e0beb5402fda109f80e1f2994d',
      image: 'nginx',
    });
  });

  it('is the key of an RPM by its file name, and one of the file where it says so', () => {
    const keys = 'signing_keys: { lab: { fingerprint: abcd012345abcd012345abcd012345abcd012345, path: lab.asc } }\n';
    const row = (name: string, more: string) => `{ name: ${name}, source: rpm, release: 4.4.1, ${more} }`;
    const plan = planOf(
      keys +
        profile(
          'machine: { provider: vagrant, box: c7 }',
          `kernels: [${[
            row('lt', 'rpm: kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm'),
            row('own', 'rpm: kernel-4.4.1.rpm, signed_by: lab'),
            row('hash', `rpm: kernel-4.4.1.rpm, signed_by: none, sha256: ${'ab'.repeat(32)}`),
          ].join(', ')}]`,
        ),
    );
    expect(plan.kernels.map((each) => (each as RpmRow).signed_by)).toEqual(['elrepo', 'lab', 'none']);
    expect(plan.signing_keys).toEqual({
      lab: { fingerprint: 'ABCD012345ABCD012345ABCD012345ABCD012345', path: '/etc/matrix/lab.asc', urls: [] },
    });
  });

  it('is the last of several default profiles; which can run is not told by the file', () => {
    const row = 'kernels: [{ name: a, source: file, path: k }]';
    const text = `version: 1\ndefault_profile: [x, y]\nprofiles:\n  x: { ${row} }\n  y: { ${row} }\n`;
    expect(planOf(text).profile).toBe('y');
  });

  it('resolves paths against the directory of the file', () => {
    const plan = planOf(
      profile(
        '',
        'kernels: [{ name: a, source: file, path: ../k/bzImage, modules: lib/6.1 }, { name: b, source: file, path: ~/bzImage }]',
      ),
    );
    expect(plan.kernels[0]).toMatchObject({
      path: '/etc/k/bzImage',
      modules: '/etc/matrix/lib/6.1',
      initramfs: 'auto',
    });
    expect(plan.kernels[1]).toMatchObject({ path: `${homedir()}/bzImage` });
  });

  it('writes checksums in lower case, as they are compared', () => {
    expect(planOf(row({ sha256: 'AB'.repeat(32) })).kernels[0]).toMatchObject({ sha256: 'ab'.repeat(32) });
  });
});

describe('rules between fields', () => {
  it.each([
    [
      'two rows of one name',
      profile('', rows(['a', 'b', 'a'])),
      'kernels[2].name: expected a name no other row of the profile has, got a, the name of kernels[0]',
    ],
    [
      "the boot kernel's name",
      profile('', rows(['boot'])),
      "kernels[0].name: expected another name than boot, which the guest's own boot kernel has, got boot",
    ],
    [
      'deb kernel in el7',
      profile('machine: { provider: vagrant, box: b }'),
      'kernels[0].source: expected rpm, as a guest with os: el7 installs its kernels, got deb',
    ],
    [
      'el7 with too little memory',
      profile('machine: { provider: vagrant, box: b, memory: 4GiB }', rpmRow()),
      'kernels.yaml:4:51: profiles.p.machine.memory: expected at least 8GiB, which exhaustion on CentOS 7 needs, got 4GiB',
    ],
    [
      'el7 in QEMU',
      profile('guest: { os: el7 }', rpmRow()),
      'guest.os: expected os: debian, as provider qemu runs no other guest, got el7',
    ],
    [
      'Docker as RPM in Debian',
      profile('docker: { source: rpm }'),
      'docker.source: expected deb or static, as the guest is debian, got rpm',
    ],
    [
      'ports beyond the last',
      profile('jobs: 4\nmachine: { ssh_port: 65533 }'),
      'machine.ssh_port: expected at most 65532, as 4 jobs count up from it, got 65533',
    ],
    [
      'jobs on one host',
      profile('jobs: 2\nmachine: { provider: ssh, host: h }\nguest: { os: el7 }', rpmRow()),
      'jobs: expected 1 with provider ssh, which is one host, got 2',
    ],
    [
      'a host of unknown system',
      profile('machine: { provider: ssh, host: h }'),
      'guest: expected os: el7, as an existing host does not say, got nothing',
    ],
    [
      'Debian on an existing host',
      profile('machine: { provider: ssh, host: h }\nguest: { os: debian }'),
      'kernels.yaml:5:18: profiles.p.guest.os: expected os: el7, as provider ssh runs no other guest, got debian',
    ],
    [
      'Debian in Vagrant, without its name',
      profile('machine: { provider: vagrant, box: b }\nguest: { suite: bookworm }'),
      'kernels.yaml:5:12: profiles.p.guest: expected os: el7, as provider vagrant runs no other guest, got no os, which means debian',
    ],
    [
      'an unknown default',
      `${profile('')}default_profile: q\n`,
      'default_profile: expected one of the profiles p, got q',
    ],
    [
      'a near default',
      `${profile('')}  qemu: { kernels: [{ name: a, source: file, path: k }] }\ndefault_profile: quemu\n`,
      'default_profile: expected one of the profiles p or qemu, got quemu; did you mean qemu?',
    ],
    [
      'no default of several',
      `${profile('')}  q: { kernels: [{ name: a, source: file, path: k }] }\n`,
      'default_profile: expected one of the profiles p or q, as there are several, got nothing',
    ],
    [
      'a profile name',
      profile('').replace('  p:', '  "-p":'),
      'kernels.yaml:3:3: profiles["-p"]: expected a profile name that starts with a letter or digit',
    ],
    [
      'no profile',
      'version: 1\nprofiles: {}\n',
      'kernels.yaml:2:11: profiles: expected at least one profile, got none',
    ],
    [
      'a key nobody declares',
      profile('', rpmRow('signed_by: elrpo')),
      'kernels[0].signed_by: expected a key of signing_keys, or centos7, elrepo, docker-ce or none, got elrpo; did you mean elrepo?',
    ],
    [
      'an RPM nothing vouches for',
      profile('', rpmRow('signed_by: none')),
      'kernels[0].signed_by: expected a sha256 beside signed_by: none, as nothing else tells the right file, got none',
    ],
    [
      'a key that cannot be obtained',
      `${profile('')}signing_keys: { lab: { fingerprint: ${'a'.repeat(40)} } }\n`,
      'signing_keys.lab: expected path or urls, so that the key can be obtained, got neither',
    ],
    [
      "a key by the name of one of this program's",
      `${profile('')}signing_keys: { elrepo: { fingerprint: ${'a'.repeat(40)}, path: k } }\n`,
      'signing_keys.elrepo: expected a name of letters, digits and . _ + - other than centos7, elrepo, docker-ce, none, got elrepo',
    ],
    [
      'a static Docker nothing vouches for',
      profile('docker: { source: static, version: 17.09.0-ce }'),
      "docker.version: expected a sha256 beside it, as Docker's static archives carry no signature, got 17.09.0-ce",
    ],
    [
      'an image archive nothing vouches for',
      profile('docker: { image_urls: [https://lab/nginx.tar] }'),
      'docker.image_urls: expected an image_sha256 beside it, as an archive carries no signature, got a list',
    ],
    [
      'URLs of a Docker that comes from a Debian package',
      profile('docker: { urls: [https://lab/docker.tgz] }'),
      'docker.urls: expected nothing, as Docker comes from a Debian package (source: deb), got a list',
    ],
    [
      'an unknown profile among the defaults',
      `${profile('')}default_profile: [p, q]\n`,
      'default_profile[1]: expected one of the profiles p, got q',
    ],
    ['no kernel', profile('', 'kernels: []'), 'kernels: expected a list of at least one kernel, got an empty list'],
  ])('%s', (_, text, expected) => {
    const found = heads(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it.each(['cycles: 0', 'cycles: 1001', 'cycles: 1.5', 'cycles: x', 'max_directories: 0'])('sequence %s', (text) => {
    expect(heads(profile(`sequence: { ${text} }`))[0]).toMatch(/expected a whole number from 1 to \d+, got/);
  });

  it.each(['ssh_port: 1023', 'ssh_port: 65536', 'cpus: 0'])('machine %s', (text) => {
    expect(heads(profile(`machine: { ${text} }`))).toHaveLength(1);
  });

  it('lets a name be 64 characters long', () => {
    expect(refusal(row({ name: 'x'.repeat(64) }))).toBe('');
    expect(refusal(row({ name: 'x'.repeat(65) }))).toContain('at most 64 characters');
  });
});

describe('the command line', () => {
  const text = `${profile('', rows(['5.10', '6.1', '6.12']).replace(']', ', { name: old, source: rpm, release: 4.4.159-1.el7.elrepo.x86_64, rpm: k.rpm }]'))}  other: { kernels: [{ name: a, source: file, path: k }] }\ndefault_profile: p\n`;
  const chosen = (kernels: string | string[]) => planOf(text, { kernels }).kernels.map((each) => each.name);

  it('chooses rows by name or release and keeps the order of the file', () => {
    expect(chosen('6.12,5.10')).toEqual(['5.10', '6.12']);
    expect(chosen(['6.1', ' 6.1 '])).toEqual(['6.1']);
    expect(chosen('4.4.159-1.el7.elrepo.x86_64')).toEqual(['old']);
    expect(chosen('4.4')).toEqual(['old']);
    expect(chosen('5')).toEqual(['5.10']);
  });

  it('lists the rows and suggests one for an unknown name', () => {
    expect(optionRefusal(text, { kernels: '5.11,6.1' })).toBe(
      '--kernels: expected one or more of 5.10, 6.1, 6.12, old (profile p), got 5.11; did you mean 5.10?',
    );
    expect(optionRefusal(text, { kernels: '6' })).toBe(
      '--kernels: expected the name of one kernel, got 6, which fits 6.1, 6.12',
    );
    expect(optionRefusal(text, { kernels: ' , ' })).toContain('got nothing');
  });

  it('overrides cycles, jobs and the profile', () => {
    const plan = planOf(text, { cycles: '7', jobs: 3 });
    expect([plan.sequence.cycles, plan.jobs]).toEqual([7, 3]);
    expect(planOf(text, { profile: 'other' }).kernels[0]).toMatchObject({ path: '/etc/matrix/k' });
  });

  it('reports everything wrong with the options at once', () => {
    expect(optionRefusal(text, { cycles: '1001', jobs: 'x', kernels: 'nope' }).split('\n')).toEqual([
      '--cycles: expected a whole number from 1 to 1000, got 1001',
      '--jobs: expected a whole number from 1 to 64, got x',
      '--kernels: expected one or more of 5.10, 6.1, 6.12, old (profile p), got nope',
    ]);
    expect(optionRefusal(text, { profile: 'othr' })).toBe(
      '--profile: expected one of the profiles of /etc/matrix/kernels.yaml (p, other), got othr; did you mean other?',
    );
    expect(optionRefusal(text, { profile: 'constructor' })).toContain('--profile: expected');
  });

  it('takes jobs from the command line, else from the file, else as many as it is told the host can take', () => {
    const automaticJobs = () => 5;
    expect(planOf(text, { automaticJobs }).jobs).toBe(5);
    expect(planOf(text, { automaticJobs, jobs: '2' }).jobs).toBe(2);
    expect(planOf(profile('jobs: 4'), { automaticJobs }).jobs).toBe(4);
    expect(planOf(text).jobs).toBe(1);
  });

  it('keeps the rules that go with the number of jobs', () => {
    expect(optionRefusal(profile('machine: { ssh_port: 65534 }'), { jobs: 8 })).toBe(
      '--jobs: expected at most 2 with ssh_port 65534, got 8',
    );
    expect(
      optionRefusal(profile('machine: { provider: ssh, host: h }\nguest: { os: el7 }', rpmRow()), { jobs: 2 }),
    ).toBe('--jobs: expected 1 with provider ssh, which is one host, got 2');
  });
});

describe('comparisons', () => {
  it('keep the defaults of what is not said, tolerances one by one', () => {
    const { compare } = planOf(profile('compare: { alpha: 0.05, tolerance: { boot_seconds: 0.5 }, fails: [] }'));
    expect(compare).toEqual({
      alpha: 0.05,
      effect: 0.474,
      min_samples: 5,
      tolerance: { capacity: 0, lost_per_cycle: 0, bytes_per_cgroup: 0.1, seconds_per_cycle: 0.25, boot_seconds: 0.5 },
      fails: [],
    });
  });

  it.each([
    ['compare: { alpha: 2 }', 'compare.alpha: expected a number from 0.000001 to 0.5, got 2'],
    ['compare: { min_samples: 1 }', 'compare.min_samples: expected a whole number from 2 to 1000, got 1'],
    [
      'compare: { tolerance: { boot_seconds: -1 } }',
      'compare.tolerance.boot_seconds: expected a number from 0 to 1000',
    ],
    ['compare: { fails: [speed] }', 'compare.fails[0]: expected capacity, lost_per_cycle'],
    [
      'compare: { fail: [] }',
      'compare.fail: expected one of the keys alpha, effect, min_samples, tolerance, fails, got fail; did you mean fails?',
    ],
  ])('are refused as %s', (text, expected) => {
    expect(heads(profile(text)).join('\n')).toContain(expected);
  });
});

describe('a known failure', () => {
  it('has a reason and a last day', () => {
    const known_failure = { reason: "https://bugs/1: it's <known> & `odd`", until: '2028-02-29' };
    expect(planOf(row({ known_failure })).kernels[0]).toMatchObject({ known_failure });
  });

  it.each([
    [{ reason: 'x' }, 'known_failure.until: expected a date such as 2027-01-31, got nothing'],
    [{ until: '2027-01-31' }, 'known_failure.reason: expected a reason in words'],
    [{ reason: ' ', until: '2027-01-31' }, 'known_failure.reason: expected a reason in words'],
    [{ reason: 'a\u001b[2J', until: '2027-01-31' }, 'known_failure.reason: expected a reason in words'],
    [{ reason: 'x', until: '2027-02-29' }, 'known_failure.until: expected a date'],
    [{ reason: 'x', until: 'tomorrow' }, 'known_failure.until: expected a date'],
    [true, 'known_failure: expected a map with reason and until'],
  ])('is refused as %j', (known_failure, expected) => {
    expect(heads(row({ known_failure })).join('\n')).toContain(expected);
  });
});
