/**
 * Starts the program from its sources, as npm scripts do: `node scripts/start.js matrix --help`.
 *
 * The sources are bundled with esbuild, once for each state they are in. A bundle's folder is named after the content of every source
 * file and after the installed packages, so a stale one is never taken. It gets that name when it is whole and is not changed
 * afterwards: programs may start at the same time, and one that runs keeps the code it was started with.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const ROOT = dirname(dirname(SELF));
const CACHE = join(ROOT, 'node_modules/.cache/kernel-matrix');
/** What npm has installed, written by npm itself: with it packages may be bundled too, which halves the time of a start. */
const PACKAGES = join(ROOT, 'node_modules/.package-lock.json');
/** Days after its last start that a bundle is kept: a run may load more of its code hours after it began. */
const KEPT_DAYS = 7;

/** @returns {Map<string, Buffer>} every source file by its absolute path, in the order of paths. */
function readSources() {
  const entries = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  const paths = files.map((entry) => `${entry.parentPath}/${entry.name}`).sort();
  return new Map(paths.map((path) => [path, readFileSync(path)]));
}

/**
 * @param {Map<string, Buffer>} sources
 * @param {Buffer | null} packages
 */
function keyOf(sources, packages) {
  const hash = createHash('sha256');
  /** @param {string} name @param {string | Buffer} value */
  const add = (name, value) => hash.update(`${name}\0${value.length}\0`).update(value);
  // A bundle holds absolute paths.
  add('root', ROOT);
  add('node', process.version);
  add('builder', readFileSync(SELF));
  add('packages', packages ?? '');
  for (const [path, content] of sources) add(path, content);
  return hash.digest('hex').slice(0, 32);
}

/**
 * Bundles exactly the text that the key was made of, whatever has happened to the files since.
 * @param {Map<string, Buffer>} sources
 * @param {Buffer | null} packages
 * @param {string} outdir
 */
async function bundle(sources, packages, outdir) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(ROOT, 'src/cli/main.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    // A .js file below node_modules would be taken for CommonJS.
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: `node${process.versions.node}`,
    packages: packages === null ? 'external' : 'bundle',
    // It looks for its native parts beside itself.
    external: ['ssh2'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    sourcemap: true,
    sourcesContent: false,
    tsconfigRaw: {},
    logLevel: 'error',
    plugins: [
      {
        name: 'sources',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const content = sources.get(path);
            if (content === undefined) return { errors: [{ text: `${path} has just been made: start again` }] };
            return { loader: 'ts', contents: inPlace(content.toString(), path) };
          }),
      },
    ],
  });
}

/**
 * Source text whose import.meta is that of the source, so that files beside it are found.
 * @param {string} text
 * @param {string} path
 */
function inPlace(text, path) {
  /** @type {Record<string, string>} */
  const meta = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
  return text.replace(/\bimport\.meta\.(url|filename|dirname)\b/g, (_, name) => JSON.stringify(meta[name]));
}

/** Removes bundles that nobody has started for days, and what a killed builder left. */
function sweep() {
  for (const name of readdirSync(CACHE)) {
    const folder = join(CACHE, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > KEPT_DAYS * 86_400_000) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder a bundle that is started now. */
function touch(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // It is another user's, and that user starts it too.
  }
}

/** @throws EMFILE where esbuild would end with an error of its own: it talks with its compiler through pipes. */
function refuseFewFiles() {
  const open = [];
  try {
    while (open.length < 10) open.push(openSync(SELF, 'r'));
  } finally {
    for (const file of open) closeSync(file);
  }
}

/** @returns the bundle of the sources as they are now; made if there is none. */
async function bundleOfNow() {
  const sources = readSources();
  const packages = existsSync(PACKAGES) ? readFileSync(PACKAGES) : null;
  const folder = join(CACHE, keyOf(sources, packages));
  if (existsSync(folder)) {
    touch(folder);
    return folder;
  }
  refuseFewFiles();
  mkdirSync(CACHE, { recursive: true });
  sweep();
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    await bundle(sources, packages, unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another start has made it meanwhile.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/**
 * Where the cache cannot be written, as in somebody else's checkout, tsx runs the sources as they are: slower, without a file.
 * @returns what to import.
 */
async function program() {
  try {
    const folder = await bundleOfNow();
    return join(folder, 'main.mjs');
  } catch (error) {
    const { code, syscall, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EMFILE' || code === 'ENFILE') {
      const next = code === 'EMFILE' ? 'raise the limit: ulimit -n 1024' : 'end other programs, or raise fs.file-max';
      process.stderr.write(`error: too many files are open to start\n  why:   ${message}\n  next:  ${next}\n`);
      process.exit(3);
    }
    if (syscall === undefined) throw error;
    const { register } = await import('tsx/esm/api');
    register();
    return join(ROOT, 'src/cli/main.ts');
  }
}

// Where a stack is asked for it names the sources; otherwise nobody waits for the maps to be read.
if (process.argv.includes('--debug') || process.env.DEBUG) process.setSourceMapsEnabled(true);
await import(pathToFileURL(await program()).href);
