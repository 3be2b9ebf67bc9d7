import { describe, expect, it } from 'vitest';
import { BadSshConfig, parseSshConfig } from '../../../src/machine/vagrant/ssh-config.js';

const section = (name: string, body: string) => `Host ${name}\n${body.replace(/^(?=.)/gm, '  ')}\n\n`;

describe('parseSshConfig', () => {
  it('takes the section of its machine, values in quotes and several keys', () => {
    const text =
      section(
        'm1',
        'HostName 192.168.121.7\nUser vagrant\nPort 22\nIdentityFile "/home/a b/key"\nIdentityFile /second\n',
      ) + section('m10', 'HostName other\nPort 99\nIdentityFile /other\n');
    expect(parseSshConfig(text, 'm1')).toEqual({
      host: '192.168.121.7',
      port: 22,
      user: 'vagrant',
      keys: ['/home/a b/key', '/second'],
    });
    expect(parseSshConfig(text, 'm10')).toMatchObject({ host: 'other', port: 99 });
  });

  it('reads keywords in any case, with = and Windows line ends, the first value counting', () => {
    expect(parseSshConfig('host m1\r\nhostname = h\r\nHOSTNAME g\r\nUSER root\r\nidentityfile=/k\r\n', 'm1')).toEqual({
      host: 'h',
      port: 22,
      user: 'root',
      keys: ['/k'],
    });
  });

  it.each([
    ['', 'it said nothing'],
    [section('m2', 'HostName h\nIdentityFile /k\n'), 'no way to m1'],
    [section('m1', 'HostName h\n'), 'no way to m1'],
    [section('m1', 'HostName h\nPort x\nIdentityFile /k\n'), 'no way to m1'],
  ])('refuses %j', (text, words) => {
    expect(() => parseSshConfig(text, 'm1')).toThrow(BadSshConfig);
    expect(() => parseSshConfig(text, 'm1')).toThrow(words);
  });
});
