/** Every piece of shell of this project, files and what the program writes itself, through ShellCheck. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsOf } from '../src/cli/dry-run/commands-of.js';
import type { KernelRow, Plan } from '../src/config/plan.js';
import { el7Recipe } from '../src/guest/el7/recipe.js';
import type { El7Artifacts, RpmFile } from '../src/guest/el7/steps.js';
import { plan } from './fixtures/build.js';
import { lacking } from './needs.js';

const PROJECT = resolve(import.meta.dirname, '..');

/** What ShellCheck says about files, empty if nothing. */
function shellcheck(files: string[], options: string[] = []): string {
  expect(files).not.toEqual([]);
  const { stdout, stderr } = spawnSync('shellcheck', ['--norc', '--format=gcc', ...options, ...files], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

/** Files of the project that begin as a shell script does. */
function scripts(): string[] {
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return stdout
    .split('\0')
    .filter((file) => file !== '')
    .map((file) => join(PROJECT, file))
    .filter((file) => /^#!\s*\/\S*(?:\/|env )(?:ba|da)?sh\b/.test(readFileSync(file, 'latin1')));
}

const HOSTILE = `b"o'x $(touch PWNED) \`id\` *`;
const rpm = (name: string): RpmFile => ({ name, path: `/host/${name}`, sha256: 'a'.repeat(64) });
const row: KernelRow = {
  source: 'rpm',
  rpm: 'kernel-lt-4.4.159-1.el7.elrepo.x86_64.rpm',
  urls: [],
  signed_by: 'elrepo',
  name: '4.4',
  release: '4.4.159-1.el7.elrepo.x86_64',
  cgroup: 'v1',
  cmdline: ['cgroup.memory=nokmem', HOSTILE],
};

function el7Plan(package_sources: 'vault' | 'none' | 'keep'): Plan {
  return {
    ...plan([row]),
    machine: {
      provider: 'vagrant',
      cpus: 1,
      memory_mib: 8192,
      box: 'b',
      box_urls: [],
    },
    guest: { os: 'el7', package_sources, vault_urls: ['https://vault.example/7.4.1708/'], rpms: [] },
    docker: {
      source: 'rpm',
      image: HOSTILE,
      registry_mirrors: [`https://mirror.example/${HOSTILE}`],
      storage_driver: 'overlay2',
      urls: [],
      signed_by: 'docker-ce',
      dependencies: [],
      image_urls: [],
    },
  };
}

/** Each command of the recipe, with values that a shell would stumble over, for every kind of plan. */
function recipeCommands(): string[] {
  const artifacts: El7Artifacts = {
    docker: [rpm('docker-ce-17.06.2.ce-1.el7.centos.x86_64.rpm'), rpm('container-selinux-2.42-1.noarch.rpm')],
    tools: [rpm('perl-5.16.3-292.el7.x86_64.rpm')],
    kernels: new Map([[row.name, [rpm(row.source === 'rpm' ? row.rpm : '')]]]),
    image: null,
  };
  const recipes = (['vault', 'none', 'keep'] as const).flatMap((sources) =>
    [null, rpm(`${HOSTILE}.tar`)].flatMap((image) =>
      [false, true].map((oneShot) => el7Recipe(el7Plan(sources), { ...artifacts, image }, oneShot)),
    ),
  );
  const all = recipes.flatMap(({ steps }) =>
    steps.flatMap((step) => [step.check, ...step.act.map(({ command }) => command)]),
  );
  return [...new Set(all)];
}

/** Commands of a row as `--dry-run` shows them: selection, reboot, proof, sequence. */
async function rowCommands(): Promise<string[]> {
  const text = await commandsOf(el7Plan('none'));
  const rows = text.slice(text.search(/^kernel \S+ \(.*\):$/m));
  return [...new Set([...rows.matchAll(/^[$?] (.*)$/gm)].map((match) => match[1]!))]
    .filter((command) => !command.includes('   < '))
    .map((command) => command.replaceAll('<container>', 'c0ffee'));
}

/**
 * Left out, as they are meant: SC2016, expansions in single quotes (quoted values hold any); SC1083, braces as they are (Docker's
 * templates); SC2062, SC2035, a pattern that is not quoted (lines of the source procedure, verbatim); SC2034, a loop's counter.
 */
const MEANT = '--exclude=SC2016,SC1083,SC2062,SC2035,SC2034';

function checkCommands(commands: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'km-shellcheck-'));
  try {
    const files = commands.map((command, index) => {
      const file = join(folder, `${index}.sh`);
      writeFileSync(file, `${command}\n`);
      return file;
    });
    const said = shellcheck(files, ['--shell=sh', MEANT]);
    return said.replaceAll(/^.*\/(\d+)\.sh:/gm, (_, index: string) => `${commands[Number(index)]!}\n  `);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(lacking(['shellcheck']))('ShellCheck', { timeout: 60_000 }, () => {
  it('has nothing to say about any shell script of the project', () => {
    expect(scripts().map((file) => file.slice(PROJECT.length + 1))).toContain('.ci/run');
    expect(shellcheck(scripts())).toBe('');
  });

  it('has nothing to say about any command of the CentOS 7 recipe', () => {
    expect(checkCommands(recipeCommands())).toBe('');
  });

  it('has nothing to say about the commands of a row', async () => {
    expect(checkCommands(await rowCommands())).toBe('');
  });

  it('would object to a value that is not quoted', () => {
    expect(checkCommands(['for f in $x; do rm $f; done'])).toContain('SC2086');
  });
});
