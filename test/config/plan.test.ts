import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { heads, optionRefusal, planOf, profile, refusal, row } from './helpers.js';

const rows = (names: string[]) =>
  `kernels: [${names.map((name) => `{ name: ${name}, source: deb, suite: b, package: cc }`).join(', ')}]`;

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
      docker: { source: 'deb', package: 'docker.io', image: 'nginx', registry_mirrors: [], storage_driver: 'overlay2' },
      sequence: { cycles: 3, limit: '100m', settle: 5, max_directories: 70000 },
      timeouts: { boot: 180, command: 120, docker: 180, exhaust: 1200, provision: 1200 },
      jobs: 1,
      kernels: [
        { name: 'a', source: 'deb', suite: 'bookworm', package: 'linux-image-amd64', cgroup: 'v1', cmdline: [] },
      ],
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
    });
    expect(plan.docker).toMatchObject({ source: 'rpm', version: '17.06.2.ce-1.el7.centos', image: 'nginx:1.14.2' });
    expect(plan.kernels[0]).toMatchObject({ urls: [], cgroup: 'v1' });
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
      'kernels[0].source: expected rpm or file, as source: deb needs a debian guest and this one is el7, got deb',
    ],
    [
      'el7 with too little memory',
      profile('machine: { provider: vagrant, box: b, memory: 4GiB }', 'kernels: [{ name: a, source: file, path: k }]'),
      'kernels.yaml:4:51: profiles.p.machine.memory: expected at least 8GiB, which exhaustion on CentOS 7 needs, got 4GiB',
    ],
    [
      'el7 in QEMU',
      profile('guest: { os: el7 }', 'kernels: [{ name: a, source: file, path: k }]'),
      'guest.os: expected os: debian, as the embedded provider (qemu) builds its guest from Debian packages, got el7',
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
      profile('jobs: 2\nmachine: { provider: ssh, host: h }\nguest: { os: debian }'),
      'jobs: expected 1 with provider ssh, which is one host, got 2',
    ],
    [
      'a host of unknown system',
      profile('machine: { provider: ssh, host: h }'),
      'guest: expected os: debian or os: el7, as an existing host does not say, got nothing',
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

  it('keeps the rules that go with the number of jobs', () => {
    expect(optionRefusal(profile('machine: { ssh_port: 65534 }'), { jobs: 8 })).toBe(
      '--jobs: expected at most 2 with ssh_port 65534, got 8',
    );
    expect(optionRefusal(profile('machine: { provider: ssh, host: h }\nguest: { os: debian }'), { jobs: 2 })).toContain(
      'which is one host',
    );
  });
});
