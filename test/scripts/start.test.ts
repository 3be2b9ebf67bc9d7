/** scripts/start.js in a checkout of its own, with a small program in place of the real one. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa, execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROJECT = join(import.meta.dirname, '../..');

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'km-start-'));
  cpSync(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(root, 'package.json'));
  const modules = join(PROJECT, 'node_modules');
  mkdirSync(join(root, 'node_modules'));
  // Not the folder itself: the cache is in it.
  for (const name of readdirSync(modules).filter((each) => each !== '.cache'))
    symlinkSync(join(modules, name), join(root, 'node_modules', name));
  source('cli/main.ts', "import { greeting } from './greeting.js';\nprocess.stdout.write(`${greeting}\\n`);\n");
  source('cli/greeting.ts', "export const greeting: string = 'good morning';\n");
});

afterEach(() => rmSync(root, { recursive: true }));

/** Writes a file of the checkout's src. */
function source(path: string, text: string): void {
  const file = join(root, 'src', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const program = () => [process.execPath, join(root, 'scripts/start.js')] as const;

/** What the program prints. */
async function start(...words: string[]): Promise<string> {
  const [node, script] = program();
  return (await execa(node, [script, ...words], { stdin: 'ignore', all: true, reject: false })).all;
}

const cache = () => join(root, 'node_modules/.cache/kernel-matrix');
const bundles = () => readdirSync(cache());

describe('a start from the sources', () => {
  it('runs a change of one letter, though size and time of the file are the same', async () => {
    expect(await start()).toBe('good morning');
    const file = join(root, 'src/cli/greeting.ts');
    utimesSync(file, 1e9, 1e9);
    expect(await start()).toBe('good morning');
    source('cli/greeting.ts', readFileSync(file, 'utf8').replace('good', 'Good'));
    utimesSync(file, 1e9, 1e9);
    expect(await start()).toBe('Good morning');
    expect(bundles()).toHaveLength(2);
  });

  it('takes no module of a file that was deleted', async () => {
    await start();
    rmSync(join(root, 'src/cli/greeting.ts'));
    expect(await start()).toMatch(/Could not resolve "\.\/greeting\.js"/);
  });

  it('makes no second bundle of the same sources', async () => {
    await start();
    const [bundle] = bundles();
    // What was not written again still says what is put here.
    writeFileSync(join(cache(), bundle!, 'main.mjs'), "process.stdout.write('from the cache\\n');\n");
    expect(await start()).toBe('from the cache');
  });

  it('may happen several times at once', async () => {
    expect(await Promise.all([start(), start(), start()])).toEqual(Array(3).fill('good morning'));
    expect(bundles()).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it('finds files beside the source, as they are now', async () => {
    source(
      'cli/main.ts',
      "import { readFileSync } from 'node:fs';\nprocess.stdout.write(readFileSync(new URL('./asset.txt', import.meta.url)));\n",
    );
    source('cli/asset.txt', 'one');
    expect(await start()).toBe('one');
    source('cli/asset.txt', 'two');
    expect(await start()).toBe('two');
  });

  it('names the line of the source in a stack that --debug asks for', async () => {
    source('cli/main.ts', '/* one */\n\nthrow new Error("on line three");\n');
    expect(await start('--debug')).toContain(`${join(root, 'src/cli/main.ts')}:3:7`);
  });

  it('needs no cache where none can be written', async () => {
    writeFileSync(join(root, 'node_modules/.cache'), '');
    expect(await start()).toBe('good morning');
  });

  it('removes bundles that nobody has started for a week', async () => {
    await start();
    const [old] = bundles();
    utimesSync(join(cache(), old!), new Date(), Date.now() / 1000 - 8 * 86_400);
    source('cli/greeting.ts', "export const greeting = 'good evening';\n");
    expect(await start()).toBe('good evening');
    expect(bundles()).not.toContain(old);
  });

  it('says which limit it needs raised where too few files may be open', () => {
    const { exitCode, stderr } = execaSync({ reject: false })`bash -c ${'ulimit -n 22 && exec "$@"'} bash ${program()}`;
    expect(stderr).toMatch(/^error: too many files are open to start\n[\s\S]*ulimit -n 1024$/);
    expect(exitCode).toBe(3);
  });
});
