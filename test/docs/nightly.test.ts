/** The files of docs/nightly, as far as they can be checked without the systems they are for. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { EXIT } from '../../src/cli/exit-codes.js';
import { program, PROJECT } from '../cli/program.js';
import { lacking } from '../needs.js';

const FOLDER = join(PROJECT, 'docs/nightly');
const text = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const FILES = readdirSync(FOLDER);

/** Every document of a YAML text, without errors or warnings. */
function documents(source: string): unknown[] {
  return parseAllDocuments(source).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS() as unknown;
  });
}

/** What stands in a README's blocks of one language. */
function fences(name: string, language: string): string[] {
  return [...text(name).matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, body]) =>
    of === language ? [body!] : [],
  );
}

interface Workflow {
  jobs: Record<string, { needs?: string; 'runs-on': unknown; steps: { run?: string; uses?: string }[] }>;
}
interface Container {
  command: string[];
  env?: { name: string; value: string }[];
  volumeMounts: { name: string }[];
}
interface Job {
  kind: string;
  spec: {
    completions?: number;
    parallelism?: number;
    template: { spec: { containers: Container[]; volumes: { name: string }[] } };
  };
}

const [workflow] = documents(text('github-actions.yml')) as [Workflow];
const manifests = documents(text('kubernetes-indexed-job.yaml')) as Job[];
const jobs = manifests.filter(({ kind }) => kind === 'Job');
const containers = jobs.flatMap(({ spec }) => spec.template.spec.containers);

/** Every piece of shell, by where it stands. */
const SHELL: [string, string][] = [
  ...Object.entries(workflow.jobs).flatMap(([job, { steps }]) =>
    steps.flatMap(({ run }): [string, string][] =>
      run === undefined ? [] : [[`job ${job}: ${run.split('\n')[0]}`, run]],
    ),
  ),
  ...containers.map(({ command }, i): [string, string] => [`container ${i + 1} of the manifest`, command[2]!]),
  ...fences('README.md', 'sh').map((body, i): [string, string] => [`block ${i + 1} of the README`, body]),
];

/** Calls of the program: the command, and the options given to it. */
function calls(source: string): { script: string; options: string[] }[] {
  const joined = source.replace(/\\\n/g, ' ');
  const found = joined.matchAll(
    /(?:npm run (?<script>[\w:]+)|dist\/cli\/main\.js (?<command>\w+))(?<rest>[^\n`&|;)]*)/g,
  );
  return [...found].map(({ groups }) => ({
    script: groups!.script ?? groups!.command!,
    options: [...groups!.rest!.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option),
  }));
}

const root = mkdtempSync(join(tmpdir(), 'km-nightly-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('every command in docs/nightly', { timeout: 60_000 }, () => {
  const used = new Map<string, Set<string>>();
  const note = (script: string, options: string[]) =>
    used.set(script, new Set([...(used.get(script) ?? []), ...options]));
  for (const name of FILES) {
    for (const { script, options } of calls(text(name))) note(script, options);
    for (const [, options] of text(name).matchAll(/KERNEL_MATRIX_OPTIONS=([^\n`]*)/g)) {
      note('matrix', calls(`npm run matrix ${options}`)[0]!.options);
    }
  }
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };

  it('is found by this test, with its options', () => {
    expect([...used.keys()].sort()).toEqual(
      expect.arrayContaining(['baseline', 'clean', 'doctor', 'matrix', 'merge', 'setup']),
    );
    expect(used.get('merge')).toContain('--allow-missing');
    expect(used.get('clean')).toContain('--keep-last');
    expect(used.get('matrix')).toContain('--baseline');
  });

  it.each([...used])('%s is there, with all of its options', async (script, options) => {
    expect(scripts[script]).toBe(`node --import tsx src/cli/main.ts ${script}`);
    const help = (await program([script, '--help'])).stdout;
    for (const option of options) expect(help, option).toMatch(new RegExp(`^  (-\\w, )?${option}[ ,\\n]`, 'm'));
  });
});

describe('the shell in docs/nightly', () => {
  it('takes nothing from the engine’s expressions, which could hold anything', () => {
    for (const [where, script] of SHELL) expect(script, where).not.toContain('${{');
  });

  it.skipIf(lacking(['shellcheck'])).each(SHELL)('has no fault that ShellCheck finds: %s', async (_, script) => {
    const checked = await execa('shellcheck', ['--shell=bash', '-'], { input: script, reject: false });
    expect(checked.stdout).toBe('');
    expect(checked.exitCode).toBe(0);
  });
});

describe('the workflow', () => {
  it('has jobs that run somewhere, wait for each other, and begin with a checkout', () => {
    expect(Object.keys(workflow.jobs)).toEqual(['shard', 'merge']);
    expect(workflow.jobs.merge!.needs).toBe('shard');
    for (const job of Object.values(workflow.jobs)) {
      expect(job['runs-on']).toBeTruthy();
      expect(job.steps[0]!.uses).toMatch(/^actions\/checkout@/);
      for (const step of job.steps) expect([step.run, step.uses].filter(Boolean)).toHaveLength(1);
    }
  });

  it('is like the example for GitLab valid YAML', () => {
    expect(fences('README.md', 'yaml').flatMap(documents)).toMatchObject([
      { measure: { parallel: 3 }, merge: { when: 'always' } },
    ]);
  });
});

describe('the manifest', () => {
  it('tells the pods how many shards there are: as many as it has of them', () => {
    const [shards] = jobs;
    const total = containers[0]!.env!.find(({ name }) => name === 'KERNEL_MATRIX_SHARDS')!.value;
    expect([shards!.spec.completions, shards!.spec.parallelism]).toEqual([Number(total), Number(total)]);
  });

  it('mounts volumes that it has', () => {
    expect(manifests.map(({ kind }) => kind)).toEqual(['PersistentVolumeClaim', 'Job', 'Job']);
    for (const { spec } of jobs) {
      const volumes = spec.template.spec.volumes.map(({ name }) => name);
      for (const container of spec.template.spec.containers) {
        expect(volumes).toEqual(expect.arrayContaining(container.volumeMounts.map(({ name }) => name)));
      }
    }
  });
});

describe('the units', () => {
  it.skipIf(lacking(['systemd-analyze']))('pass systemd-analyze verify', async () => {
    const service = join(root, 'kernel-matrix.service');
    // Node.js may lie elsewhere on this host, which verify would say.
    writeFileSync(service, text('kernel-matrix.service').replaceAll('/usr/bin/node', process.execPath));
    copyFileSync(join(FOLDER, 'kernel-matrix.timer'), join(root, 'kernel-matrix.timer'));
    const timer = join(root, 'kernel-matrix.timer');
    const { exitCode, stderr } = await execa('systemd-analyze', ['verify', service, timer], { reject: false });
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });
});

describe('the table of exit codes', () => {
  it('has every code there is', () => {
    const cells = [...text('README.md').matchAll(/^\| ([\d, ]+?) +\|/gm)].flatMap(([, cell]) =>
      cell!.split(', ').map(Number),
    );
    expect(cells.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });
});
