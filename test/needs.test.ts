import { describe, expect, it, vi } from 'vitest';
import { missingNeeds, TEST_NEEDS } from '../src/host/setup.js';
import { KERNEL_SOURCES } from '../src/kernel/index.js';
import { KERNEL_TOOLS, lacking, MACHINES, RPM_TOOLS, SSH_KEYGEN } from './needs.js';

const GONE = 'no-such-program';

/** What is printed of programs, and whether their tests are skipped. */
function asked(programs: string[], env: NodeJS.ProcessEnv) {
  const printed: string[] = [];
  return { skipped: lacking(programs, env, (line) => printed.push(line)), printed: printed.join('') };
}

describe('tests that need a program', () => {
  it.each([{}, { CI: 'true' }])('run where it is there, with %j', (env) => {
    expect(asked(['node', 'sh'], env)).toEqual({ skipped: false, printed: '' });
  });

  it.each([{}, { CI: '' }, { CI: 'false' }])(
    'are skipped where it is missing, and the reason names it, with %j',
    (env) => {
      const { skipped, printed } = asked(['sh', GONE], env);
      expect(skipped).toBe(true);
      expect(printed).toContain(GONE);
    },
  );

  it.each([{ CI: 'true' }, { CI: '1' }])('fail where it is missing in CI, with %j', (env) => {
    expect(() => lacking(['sh', GONE], env)).toThrow(GONE);
  });

  it('name the Debian package, and the command that installs all of them', () => {
    vi.stubEnv('PATH', '/nowhere');
    try {
      const { printed } = asked(['shellcheck'], {});
      expect(printed).toContain('Debian package shellcheck');
      expect(printed).toContain('npm run setup -- --tests');
      expect(asked(['shellcheck', 'vagrant'], {}).printed).toMatch(/apt-get install .*shellcheck vagrant/);
      expect(missingNeeds(TEST_NEEDS).map(({ provides }) => provides)).toContain('shellcheck');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('are of programs that setup installs', () => {
    const needs = [...TEST_NEEDS, ...KERNEL_SOURCES.flatMap((source) => source.needs)];
    const installed = [...MACHINES, ...needs.map(({ provides }) => provides)];
    const own = [...RPM_TOOLS, ...KERNEL_TOOLS, ...SSH_KEYGEN];
    for (const name of [...own, 'shellcheck', 'chromium', 'cmark-gfm', 'ruby', 'createrepo_c', 'systemd-analyze'])
      expect(installed).toContain(name);
  });
});
