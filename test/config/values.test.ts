import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heads, planOf, profile, refusal, row } from './helpers.js';

const HOSTILE = [
  'a b',
  "a'b",
  'a"b',
  '$(reboot)',
  '`reboot`',
  'a\nb',
  'a;b',
  'a|b',
  'a&b',
  'a\\b',
  '-rf',
  '${x}',
  'a\u0000b',
  '',
  'a,b c',
  'a\n',
];
const deb = (field: string) => (value: unknown) => row({ [field]: value });
const inProfile = (path: string) => (value: unknown) => {
  const [section, key] = path.split('.');
  return profile(`${section}: ${JSON.stringify({ [key!]: value })}`);
};
const rpm = (field: string) => (value: unknown) =>
  profile(
    '',
    `kernels: [${JSON.stringify({ name: 'a', source: 'rpm', release: '4.4.1', rpm: 'k.rpm', [field]: value })}]`,
  );
const machine = (fields: object, field: string) => (value: unknown) =>
  profile(`machine: ${JSON.stringify({ ...fields, [field]: value })}`);
/** As `machine`, of a provider that runs CentOS 7. */
const el7Machine = (fields: object, field: string) => (value: unknown) =>
  profile(
    `machine: ${JSON.stringify({ ...fields, [field]: value })}\nguest: { os: el7 }`,
    'kernels: [{ name: a, source: rpm, release: 4.4.1, rpm: k.rpm }]',
  );
const docker = (field: string) => (value: unknown) =>
  profile(
    `docker: ${JSON.stringify({ source: 'static', image_urls: ['http://h/i'], image_sha256: 'ab'.repeat(32), [field]: value })}`,
  );
const signingKey = (field: string) => (value: unknown) =>
  `${profile('')}signing_keys: ${JSON.stringify({ lab: { fingerprint: 'ab'.repeat(20), path: 'k', [field]: value } })}\n`;
const inList = (make: (value: unknown) => string) => (value: unknown) => make([value]);
const ssh = { provider: 'ssh', host: 'lab1' };

describe('values that would mean something to a shell are refused', () => {
  const fields: [string, (value: unknown) => string, string][] = [
    ['name', deb('name'), '6.1_x+y-z'],
    ['release', deb('release'), '4.18.12-1.el7.elrepo.x86_64'],
    ['suite', deb('suite'), 'bookworm-security'],
    ['package', deb('package'), 'linux-image-6.1.*-cloud-amd64'],
    ['version', deb('version'), '1:6.1.140-1+b1~deb12'],
    ['sha256', deb('sha256'), 'AB'.repeat(32)],
    ['cmdline', inList(deb('cmdline')), 'console=ttyS0,115200'],
    ['rpm', rpm('rpm'), 'kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm'],
    ['urls', inList(rpm('urls')), 'https://example.org:8443/a/b%20c.rpm'],
    ['signed_by', rpm('signed_by'), 'elrepo'],
    ['docker urls', inList(docker('urls')), 'https://example.org/docker-17.06.2-ce.tgz'],
    ['image_urls', inList(docker('image_urls')), 'https://example.org/nginx.tar'],
    ['image_sha256', docker('image_sha256'), 'ab'.repeat(32)],
    ['rpm of a dependency', (value) => docker('dependencies')([{ rpm: value }]), 'libcgroup-0.41-13.el7.x86_64.rpm'],
    ['fingerprint', signingKey('fingerprint'), 'AB'.repeat(20)],
    ['path of a key', signingKey('path'), 'keys/lab.asc'],
    ['box_urls', inList(el7Machine({ provider: 'vagrant', box: 'b' }, 'box_urls')), 'https://example.org/c7.box'],
    ['image', inProfile('docker.image'), 'registry.lab:5000/team/nginx:1.14.2'],
    ['docker package', inProfile('docker.package'), 'docker.io'],
    ['docker version', inProfile('docker.version'), '17.06.2.ce-1.el7.centos'],
    ['storage_driver', inProfile('docker.storage_driver'), 'overlay2'],
    ['registry_mirrors', inList(inProfile('docker.registry_mirrors')), 'http://127.0.0.1:5000'],
    ['limit', inProfile('sequence.limit'), '100m'],
    ['mirror', inProfile('guest.mirror'), 'http://mirror.lab/debian'],
    ['guest suite', inProfile('guest.suite'), 'bullseye'],
    ['host', el7Machine(ssh, 'host'), 'fe80::1'],
    ['user', el7Machine(ssh, 'user'), 'root'],
    ['key', el7Machine(ssh, 'key'), '~/.ssh/id_ed25519'],
    ['box', el7Machine({ provider: 'vagrant' }, 'box'), 'centos/7'],
    ['memory', machine({ provider: 'qemu' }, 'memory'), '3GiB'],
    [
      'path',
      (value) => profile('', `kernels: [${JSON.stringify({ name: 'a', source: 'file', path: value })}]`),
      '../linux-6.12/arch/x86/boot/bzImage',
    ],
  ];

  it.each(fields)('%s', (_, make, good) => {
    expect(heads(make(good))).toEqual([]);
    for (const bad of HOSTILE) expect(heads(make(bad)), JSON.stringify(bad)).toHaveLength(1);
  });

  it.each(['ftp://a/b', 'https://user:pw@host/x', 'https://', 'file:///etc/passwd', 'https://a/?x=1', '//a/b'])(
    'URL %s',
    (url) => {
      expect(heads(rpm('urls')([url]))[0]).toContain('expected an http or https URL');
    },
  );

  it('keeps releases to what uname can answer', () => {
    expect(heads(row({ release: `5.10.${'1'.repeat(59)}` }))).toEqual([]);
    expect(heads(row({ release: `5.10.${'1'.repeat(60)}` }))[0]).toContain('at most 64 characters');
    for (const bad of ['44', '5', 'v5.10', '5.', '../5.10']) expect(heads(row({ release: bad }))).toHaveLength(1);
  });
});

describe('unquoted numbers where a text is meant', () => {
  it('are the text that stands in the file', () => {
    const kernels =
      'kernels: [{ name: 5.10, source: deb, suite: b, package: cc, release: 5.10, version: 1.50, cmdline: [5, 0x10] }, { name: 5.1, source: deb, suite: b, package: cc }, { name: 1e3, source: deb, suite: b, package: cc, sha256: 1111111111222222222233333333334444444444555555555566666666667777 }]';
    const plan = planOf(profile('docker: { version: 20.10 }', kernels));
    expect(plan.kernels.map((each) => each.name)).toEqual(['5.10', '5.1', '1e3']);
    expect(plan.kernels[0]).toMatchObject({ release: '5.10', version: '1.50', cmdline: ['5', '0x10'] });
    expect(plan.kernels[2]).toMatchObject({
      sha256: '1111111111222222222233333333334444444444555555555566666666667777',
    });
    expect(plan.docker.version).toBe('20.10');
  });

  it('are taken as the names of profiles too', () => {
    const text =
      'version: 1\ndefault_profile: 5.10\nprofiles:\n  5.10: { kernels: [{ name: a, source: file, path: k }] }\n';
    expect(planOf(text).profile).toBe('5.10');
  });

  it('are no numbers where a number is meant but a text is quoted', () => {
    expect(heads(profile('jobs: "2"'))[0]).toMatch(/jobs: expected a whole number from 1 to 64, got "2"$/);
  });
});

describe('memory and durations', () => {
  it.each([
    ['memory: 3GiB', 3072],
    ['memory: 1536MiB', 1536],
    ['memory: 1.5GiB', 1536],
  ])('%s', (machineText, mib) => {
    expect(planOf(profile(`machine: { ${machineText} }`)).machine).toMatchObject({ memory_mib: mib });
  });

  it.each(['3072', '3GB', '3g', '-3GiB', '0.3MiB', '512MiB', '1023MiB'])('memory %s is refused', (text) => {
    expect(heads(profile(`machine: { memory: ${text} }`))[0]).toMatch(/machine\.memory: expected .*GiB.*, got/);
  });

  it.each([
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['45', 45],
    ['1.5m', 90],
  ])('boot: %s', (text, seconds) => {
    expect(planOf(profile(`timeouts: { boot: ${text} }`)).timeouts.boot).toBe(seconds);
  });

  it('says how a duration is written, and its limits', () => {
    expect(heads(profile('timeouts: { boot: soon }'))).toEqual([
      'kernels.yaml:4:23: profiles.p.timeouts.boot: expected a duration such as 90s, 10m or 1h, or a number of seconds, got soon',
    ]);
    expect(heads(profile('timeouts: { boot: 0s }'))[0]).toContain(
      'expected a duration from 1 to 86400 seconds, got 0s',
    );
    expect(heads(profile('timeouts: { boot: .inf }'))).toHaveLength(1);
    expect(planOf(profile('sequence: { settle: 0 }')).sequence.settle).toBe(0);
  });

  it("refuses a limit below Docker's", () => {
    expect(heads(profile('sequence: { limit: 5m }'))[0]).toContain(
      "expected a memory limit of at least 6m, Docker's own minimum, got 5m",
    );
  });
});

describe('a character that is not allowed', () => {
  const url = (value: string) =>
    profile('', `kernels: [{ name: a, source: rpm, release: 1.2, rpm: a.rpm, urls: [${JSON.stringify(value)}] }]`);
  it.each([
    [row({ cmdline: ['memmap=4G!4G'] }), '"!" at character 10'],
    [row({ cmdline: ['trace_event=cgroup:*'] }), '"*" at character 20'],
    [row({ cmdline: ['a b'] }), 'a space at character 2'],
    [row({ cmdline: ['-x'] }), '"-" cannot be its first character'],
    [row({ name: 'ü/x' }), '"ü" at character 1'],
    [row({ suite: 'book\u0007worm' }), 'U+0007 at character 5'],
    [row({ source: 'file', path: 'a,b' }), '"," at character 2'],
    [url('https://host/a?b'), '"?" at character 15'],
    [row({ sha256: `${'a'.repeat(63)}g` }), '"g" at character 64'],
  ])('is named with its place: %#', (text, words) => {
    expect(refusal(text)).toContain(words);
  });

  it('is named, whatever it is, and only if it is the reason', () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(word, (value) => {
        const [problem] = heads(row({ cmdline: [value] }));
        const bad = [...value].findIndex((each) => !/[A-Za-z0-9_.,:=/@+%-]/.test(each));
        if (bad >= 0) expect(refusal(row({ cmdline: [value] }))).toContain(` at character ${bad + 1} is not allowed`);
        else expect(problem ?? '').not.toContain('is not allowed');
      }),
      { numRuns: 200 },
    );
  });
});

it.each(['%YAML 1.1\n---\n', ''])('a date is its text in every version of YAML (%j)', (directive) => {
  const text =
    directive +
    profile(
      '',
      'kernels: [{ name: a, source: deb, suite: b, package: cc, known_failure: { reason: x, until: 2027-01-31 } }, { name: 2027-01-31, source: deb, suite: b, package: cc }]',
    );
  const [first, second] = planOf(text).kernels;
  expect(first?.known_failure?.until).toBe('2027-01-31');
  expect(second?.name).toBe('2027-01-31');
  expect(refusal(text.replace('until: 2027-01-31', 'until: 2027-01-31T10:00:00Z'))).toContain(
    'got 2027-01-31T10:00:00Z',
  );
});

it.each([
  ['http://127.0.0.1:99999/', 'a port from 1 to 65535'],
  ['http://127.0.0.1:0/', 'a port from 1 to 65535'],
  ['http://1.2.3.999/', 'a valid address'],
  ['http://h/a%zz', 'whole % sequences'],
  ['http://h/a%ff', 'whole % sequences'],
])('the URL %s, which could not be opened, is refused with its line', (url, words) => {
  const text = profile(`docker: { source: deb, registry_mirrors: ['${url}'] }`);
  expect(heads(text)).toEqual([
    expect.stringMatching(/^kernels.yaml:4:\d+: profiles.p.docker.registry_mirrors\[0\]: /),
  ]);
  expect(refusal(text)).toContain(words);
  expect(heads(profile("docker: { source: deb, registry_mirrors: ['http://h:65535/a%20b'] }"))).toEqual([]);
});

it('the port of a registry is one', () => {
  expect(refusal(profile("docker: { image: 'reg.example:99999/nginx:1.14' }"))).toContain('a port up to 65535');
});
