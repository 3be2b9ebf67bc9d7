import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VAGRANTFILE_FOLDER, vagrantSettings } from '../../src/provider/vagrant/settings.js';
import { lacking, VAGRANT } from '../needs.js';

const folder = mkdtempSync(join(tmpdir(), 'km-validate-'));
const HOSTILE = `b"o'x $(touch PWNED) #{exit}`;

/**
 * Vagrant refuses a provider that is not usable before it looks at its settings, and VirtualBox is no Debian package: a program
 * that only tells VirtualBox's version stands for it. What is checked is Vagrant's own class for the provider's settings.
 */
function standIn(version: string): string {
  const bin = join(folder, `virtualbox-${version}`);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'VBoxManage'), `#!/bin/sh\n[ "$1" = --version ] && echo ${version}\n`);
  chmodSync(join(bin, 'VBoxManage'), 0o755);
  return bin;
}

function validate(provider: 'libvirt' | 'virtualbox', from = VAGRANTFILE_FOLDER) {
  const bin = provider === 'virtualbox' ? `${standIn('7.0.20r163906')}:` : '';
  const { status, stdout, stderr } = spawnSync('vagrant', ['validate', '--no-color'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${bin}${process.env['PATH'] ?? ''}`,
      KERNEL_MATRIX_VAGRANT_SETTINGS: join(folder, 'settings.json'),
      VAGRANT_CWD: from,
      VAGRANT_DOTFILE_PATH: join(folder, 'state'),
      VAGRANT_DEFAULT_PROVIDER: provider,
      VAGRANT_CHECKPOINT_DISABLE: '1',
      VAGRANT_HOME: join(folder, 'home'),
    },
  });
  return { status, said: stdout + stderr };
}

beforeAll(() => {
  const settings = vagrantSettings(
    {
      provider: 'vagrant',
      cpus: 2,
      memory_mib: 8192,
      box: HOSTILE,
      box_urls: ['https://boxes.example/c7.box'],
      box_sha256: 'ab'.repeat(32),
      emulated: true,
    },
    'r1-m1',
    60,
    [
      { name: 'm1', console: '/tmp/console-1.log' },
      { name: 'm2', console: null },
    ],
  );
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(lacking(VAGRANT)).each(['libvirt', 'virtualbox'] as const)('the Vagrantfile for %s', (provider) => {
  const what = provider === 'virtualbox' ? " (Vagrant's own settings class; no VirtualBox here)" : '';

  it(`is valid to the real vagrant validate${what}`, () => {
    expect(validate(provider)).toEqual({ status: 0, said: 'Vagrantfile validated successfully.\n' });
  });

  it('would be refused with a setting the provider does not have', () => {
    const copy = join(folder, `bad-${provider}`);
    cpSync(VAGRANTFILE_FOLDER, copy, { recursive: true });
    const text = readFileSync(join(copy, 'Vagrantfile'), 'utf8');
    const bad = text.replace(new RegExp(`^(\\s+${provider})\\.cpus = `, 'm'), '$1.nonsense = ');
    expect(bad).not.toBe(text);
    writeFileSync(join(copy, 'Vagrantfile'), bad);
    const { status, said } = validate(provider, copy);
    expect(status).toBe(1);
    expect(said).toContain("shouldn't exist: nonsense");
  });
});
