import { describe, expect, it } from 'vitest';
import { algorithmsFor, hostKeyOf, parseKnownHosts } from '../../src/remote/host-key.js';

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIGRtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODlhYmNk';

describe('a host key', () => {
  it('is told with its type, which is in it', () => {
    expect(hostKeyOf(Buffer.from(KEY, 'base64'))).toEqual({ type: 'ssh-ed25519', key: KEY });
  });

  it.each([[''], ['AA=='], ['AAAAAw=='], [Buffer.from('\0\0\0\x03\x1b[2').toString('base64')]])(
    'that is none has no type (%j)',
    (key) => expect(hostKeyOf(Buffer.from(key, 'base64')).type).toBe('(unknown)'),
  );

  it('is asked for by the algorithms that sign with it', () => {
    const key = (type: string) => ({ type, key: '' });
    expect(algorithmsFor([key('ssh-ed25519'), key('ssh-rsa'), key('ssh-ed25519')])).toEqual([
      'ssh-ed25519',
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-rsa',
    ]);
  });

  it('is read from known_hosts, hashed or not, apart from what is revoked', () => {
    const text = `# Host lab found: line 1\nlab,10.0.0.1 ssh-ed25519 ${KEY} a comment\n|1|a=|b= ssh-rsa AAAA\n@revoked lab ssh-rsa BBBB\n@cert-authority lab ssh-rsa CCCC\n\n`;
    expect(parseKnownHosts(text)).toEqual({
      keys: [
        { type: 'ssh-ed25519', key: KEY },
        { type: 'ssh-rsa', key: 'AAAA' },
      ],
      revoked: [{ type: 'ssh-rsa', key: 'BBBB' }],
    });
  });
});
