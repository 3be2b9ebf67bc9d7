import { describe, expect, it } from 'vitest';
import { FORMAT } from '../../src/cli/kernels-yaml.js';
import { ConfigError } from '../../src/config/errors.js';
import { parseConfig, readConfig } from '../../src/config/load.js';
import { heads, profile, refusal, row } from './helpers.js';

describe('the text of an error', () => {
  it('names file, line, column, key path, what was expected and what was got, and shows the line', () => {
    const text = [
      'version: 1',
      'profiles:',
      '  embedded:',
      '    kernels:',
      '      - { name: a, source: deb, suite: b, package: cc }',
      '      - name: "4.4"',
      '        source: rpm',
      '        rpm: k.rpm',
      '        release: 44',
      '',
    ].join('\n');
    expect(refusal(text)).toBe(
      [
        'kernels.yaml:9:18: profiles.embedded.kernels[1].release: expected a kernel release such as 4.4.159-1.el7.elrepo.x86_64, got 44',
        '        release: 44',
        '                 ^',
      ].join('\n'),
    );
  });

  it('points at an unknown key and suggests the one that was meant', () => {
    const text = profile('machine:\n  provider: qemu\n  memroy: 3GiB');
    expect(refusal(text)).toBe(
      [
        'kernels.yaml:6:7: profiles.p.machine.memroy: expected one of the keys provider, cpus, memory, disk_bus, accelerator, ssh_port, got memroy; did you mean memory?',
        '      memroy: 3GiB',
        '      ^',
      ].join('\n'),
    );
  });

  it('names levels without end as what they are, and follows aliases of aliases in time', () => {
    expect(refusal('- '.repeat(20_000))).toContain(
      'kernels.yaml:1:1: expected some levels of lists and maps, got thousands',
    );
    const lists = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('');
    expect(refusal(`a0: &a0 x\n${lists}`)).toContain('expected at most 50000 values after aliases are followed');
  });

  it('shows a key that cannot be seen', () => {
    expect(refusal(profile('"jo\\x85bs": 1'))).toContain('["jo?bs"]');
  });

  it('points at the map a key is missing from', () => {
    expect(
      refusal(profile('', 'kernels:\n  - name: a\n    source: deb\n    suite: bookworm'.replaceAll('\n', '\n    '))),
    ).toBe(
      [
        'kernels.yaml:5:9: profiles.p.kernels[0].package: expected a Debian package name such as linux-image-6.1.*-cloud-amd64, got nothing',
        '      - name: a',
        '        ^',
      ].join('\n'),
    );
  });

  it('reports everything at once, in the order of the file, rules between fields included', () => {
    const text = profile(
      'machine: { cpus: 0 }\nguest: { os: el7 }\njobs: many',
      'kernels: [{ name: a, source: deb, suit: x, package: cc }, { name: a, source: file, path: k }]',
    );
    expect(heads(text).map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'kernels.yaml:4:22 profiles.p.machine.cpus',
      'kernels.yaml:5:18 profiles.p.guest.os',
      'kernels.yaml:6:11 profiles.p.jobs',
      'kernels.yaml:7:15 profiles.p.kernels[0].suite',
      'kernels.yaml:7:34 profiles.p.kernels[0].source',
      'kernels.yaml:7:39 profiles.p.kernels[0].suit',
      'kernels.yaml:7:71 profiles.p.kernels[1].name',
      'kernels.yaml:7:82 profiles.p.kernels[1].source',
    ]);
  });

  it('carries the problems, and the exit code for configuration errors', () => {
    try {
      parseConfig('version: 2', 'k.yaml', FORMAT);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      const { problems, parts } = error as ConfigError;
      expect(parts.kind).toBe('config');
      expect(problems.map((each) => each.path)).toEqual(['profiles', 'version']);
      expect(problems.find((each) => each.path === 'version')).toMatchObject({
        file: 'k.yaml',
        line: 1,
        column: 10,
        source: 'version: 2',
      });
    }
  });

  it('keeps the caret right after tabs, in long lines and with Windows line ends', () => {
    expect(refusal('version:\t2\r\nprofiles: {}\r\n')).toContain('\nversion:\t2\n        \t^\n');
    const [, source, caret] = refusal(row({ cmdline: [...Array<string>(60).fill('quiet'), 'a b'] })).split('\n');
    expect(source!.slice(caret!.length - 1)).toMatch(/^"a b"/);
  });

  it('does not pass control characters on to the terminal', () => {
    // eslint-disable-next-line no-control-regex
    expect(refusal(row({ name: '\u001b[31m\u202e' })).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

describe('the branch of a union', () => {
  it.each([
    [
      'kernels: [{ name: a, source: dep }]',
      'profiles.p.kernels[0].source: expected deb, file or rpm, got dep; did you mean deb?',
    ],
    ['kernels: [{ name: a }]', 'profiles.p.kernels[0].source: expected deb, file or rpm, got nothing'],
    ['kernels: [word]', 'profiles.p.kernels[0]: expected a kernel with source: deb, file, rpm, got word'],
    [
      'kernels: [{ name: a, source: file }]',
      'profiles.p.kernels[0].path: expected a path without spaces, quotes, commas or other characters that shells treat specially, got nothing',
    ],
    [
      'kernels: [{ name: a, source: rpm, rpm: k.rpm }]',
      'profiles.p.kernels[0].release: expected a kernel release such as 4.4.159-1.el7.elrepo.x86_64, got nothing',
    ],
  ])('%s', (kernels, expected) => {
    const found = heads(profile('', kernels));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it.each([
    [
      'machine: { provider: quemu, cpus: 99999 }',
      'machine.provider: expected qemu, vagrant or ssh, got quemu; did you mean qemu?',
    ],
    ['machine: { provider: qemu, disk_bus: scsi }', 'machine.disk_bus: expected nvme, virtio or sata, got scsi'],
    ['guest: { os: debain }', 'guest.os: expected debian or el7, got debain; did you mean debian?'],
  ])('%s', (body, expected) => {
    const found = heads(profile(body));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });
});

describe('YAML', () => {
  it.each([
    ['', 'kernels.yaml:1:1: expected version and profiles, got an empty file'],
    ['# nothing yet\n', 'kernels.yaml:1:1: expected version and profiles, got an empty file'],
    ['- a\n', 'kernels.yaml:1:1: expected a map with version and profiles, got a list'],
    ['version: 1\n---\nversion: 1\n', 'expected one YAML document, got a second one'],
    ['version: 1\nversion: 1\n', 'kernels.yaml:2:1: version: expected each key once in a map, got version again'],
    ['version: [1\n', 'kernels.yaml:2:1: expected YAML, got a mistake in it: '],
    ['version: 1\n\tprofiles: 1\n', 'expected YAML, got a mistake in it: '],
    ['version: !!js/function 1\n', 'kernels.yaml:1:10: expected YAML, got a mistake in it: Unresolved tag'],
    ['__proto__: 1\n', 'kernels.yaml:1:1: expected a plain word as a key, got __proto__'],
    ['version: *one\n', 'kernels.yaml:1:10: version: expected the name of an anchor that stands above, got *one'],
    ['version: &a [*a]\n', 'which contains itself'],
  ])('refuses %j', (text, expected) => {
    expect(refusal(text)).toContain(expected);
  });

  it('refuses aliases that grow without bound', () => {
    const letters = 'abcdefg'.split('');
    const bomb = letters.map(
      (each, index) =>
        `${each}: &${each} [${Array(10)
          .fill(index === 0 ? '1' : `*${letters[index - 1]}`)
          .join(', ')}]`,
    );
    expect(refusal(bomb.join('\n'))).toContain('expected at most 50000 values after aliases are followed, got more');
  });

  it('follows aliases and merge keys, and points at the place where a wrong value is written', () => {
    const text = (second: string) =>
      `version: 1\nprofiles:\n  p:\n    kernels:\n      - &base\n        name: a\n        source: deb\n        suite: ${second}\n        package: linux-image-amd64\n      - <<: *base\n        name: b\n`;
    expect(parseConfig(text('bookworm'), 'k', FORMAT).profiles['p']!.kernels[1]).toMatchObject({
      name: 'b',
      suite: 'bookworm',
    });
    expect(heads(text('a;b'))).toEqual([
      'kernels.yaml:8:16: profiles.p.kernels[0].suite: expected a Debian suite such as bookworm-security, got "a;b": ";" at character 2 is not allowed',
      'kernels.yaml:8:16: profiles.p.kernels[1].suite: expected a Debian suite such as bookworm-security, got "a;b": ";" at character 2 is not allowed',
    ]);
  });

  it('says why a file cannot be read', () => {
    expect(() => readConfig('/nowhere/kernels.yaml', FORMAT)).toThrow(
      '/nowhere/kernels.yaml: expected a file that can be read, got: ENOENT',
    );
  });

  it('names the RPM of a split kernel that is wrong, by its line', () => {
    const text = (os: string) => `version: 1
profiles:
  p:
    machine: { provider: ${os === 'el7' ? 'vagrant, box: b' : 'qemu'} }
    guest: { os: ${os} }
    kernels:
      - name: el8
        source: rpm
        release: 4.18.0-1.el8.x86_64
        rpm: kernel-core-4.18.0-1.el8.x86_64.rpm
        modules_rpms:
          - { rpm: kernel-modules-4.18.0-1.el8.x86_64.rpm, signed_by: nobody }
          - { rpm: kernel-core-4.18.0-1.el8.x86_64.rpm }
          - { url: 'https://mirror.example/x.rpm' }
`;
    const found = heads(text('debian'));
    const at = (line: number, words: string) =>
      expect(found, words).toContainEqual(expect.stringMatching(new RegExp(`^kernels.yaml:${line}:.*${words}`)));
    at(12, 'a key of signing_keys');
    at(13, 'an RPM that the row does not name before');
    at(14, 'url');
    expect(heads(text('el7'))).toContainEqual(
      expect.stringMatching(/modules_rpms.*expected nothing, as a guest with os: el7/),
    );
  });
});
