import { append } from '../base/lists.js';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';

/** A key path into the file. */
export type Path = readonly (string | number)[];

/** A value of the file together with where it stands. */
export interface Place {
  /** Offset of the value; for an alias, of the alias. */
  offset: number;
  kind: 'map' | 'list' | 'scalar';
  /** Of a scalar. */
  value?: unknown;
  /** Of a scalar that is written without quotes: its text. */
  source?: string;
  entries?: Map<string, { keyOffset: number; place: Place }>;
  items?: Place[];
}

interface TreeProblem {
  path: Path;
  offset: number;
  message: string;
}

/** A file of this size needs some hundreds; only aliases of aliases of aliases come near. */
const MOST_NODES = 50_000;

/**
 * Turns a YAML document into places. Keys are taken as they are written, so that `5.10:` and `5.1:` are two; aliases
 * and merge keys (`<<`) are followed, what they bring keeps the position of its anchor.
 */
// eslint-disable-next-line max-lines-per-function -- its parts call each other for every level of one document
export function treeOf(document: Document): { root: Place; problems: TreeProblem[] } {
  const problems: TreeProblem[] = [];
  const open = new Set<Node>();
  // Looking for an anchor goes through the whole document.
  const targets = new Map<Node, Node | undefined>();
  const targetOf = (alias: Alias): Node | undefined => {
    if (!targets.has(alias)) targets.set(alias, alias.resolve(document));
    return targets.get(alias);
  };
  let nodes = 0;
  const report = (path: Path, offset: number, message: string) => {
    problems.push({ path, offset, message });
  };

  const walk = (node: unknown, path: Path, fallback: number): Place => {
    const offset = isNode(node) && node.range ? node.range[0] : fallback;
    const nothing: Place = { offset, kind: 'scalar', value: null };
    if (++nodes > MOST_NODES) {
      if (nodes === MOST_NODES + 1)
        report(path, offset, `expected at most ${MOST_NODES} values after aliases are followed, got more`);
      return nothing;
    }
    if (isAlias(node)) {
      const target = targetOf(node);
      if (!target) {
        report(path, offset, `expected the name of an anchor that stands above, got *${node.source}`);
        return nothing;
      }
      if (open.has(target)) {
        report(path, offset, `expected a value, got *${node.source}, which contains itself`);
        return nothing;
      }
      return { ...walk(target, path, offset), offset };
    }
    if (isMap(node)) {
      open.add(node);
      const place: Place = { offset, kind: 'map', entries: entriesOf(node, path, offset) };
      open.delete(node);
      return place;
    }
    if (isSeq(node)) {
      open.add(node);
      const place: Place = {
        offset,
        kind: 'list',
        items: node.items.map((item, index) => walk(item, [...path, index], offset)),
      };
      open.delete(node);
      return place;
    }
    if (isScalar(node)) return scalarPlace(node, offset);
    return nothing;
  };

  const entriesOf = (map: YAMLMap, path: Path, fallback: number) => {
    const own = new Map<string, { keyOffset: number; place: Place }>();
    const merged: Place[] = [];
    for (const pair of map.items) {
      const keyOffset = isNode(pair.key) && pair.key.range ? pair.key.range[0] : fallback;
      const key = isScalar(pair.key) ? keyText(pair.key) : null;
      if (key === null || key === '__proto__') {
        report(path, keyOffset, `expected a plain word as a key, got ${key ?? 'something else'}`);
        continue;
      }
      const place = walk(pair.value, key === '<<' ? path : [...path, key], keyOffset);
      if (key === '<<') append(merged, place.items ?? [place]);
      else if (own.has(key)) report([...path, key], keyOffset, `expected each key once in a map, got ${key} again`);
      else own.set(key, { keyOffset, place });
    }
    for (const place of merged) {
      if (!place.entries) report(path, place.offset, 'expected a map, or an alias of one, after <<');
      for (const [key, entry] of place.entries ?? []) if (!own.has(key)) own.set(key, entry);
    }
    return own;
  };

  return { root: walk(document.contents, [], 0), problems };
}

function scalarPlace(node: Scalar, offset: number): Place {
  const place: Place = { offset, kind: 'scalar', value: node.value };
  if (node.type === 'PLAIN' && node.source !== undefined) place.source = node.source;
  return place;
}

function keyText(key: Scalar): string | null {
  if (key.type === 'PLAIN') return key.source ?? String(key.value);
  return typeof key.value === 'string' ? key.value : null;
}

/** The plain data of a place. */
export function dataOf(place: Place): unknown {
  if (place.entries) return Object.fromEntries([...place.entries].map(([key, entry]) => [key, dataOf(entry.place)]));
  return place.items ? place.items.map(dataOf) : place.value;
}

/** The place at a path; undefined if there is none. */
export function placeAt(root: Place, path: Path): Place | undefined {
  let place: Place | undefined = root;
  for (const step of path) place = typeof step === 'number' ? place?.items?.[step] : place?.entries?.get(step)?.place;
  return place;
}

/** Offset of the value at a path, or of the nearest map or list around where it would stand. */
export function offsetAt(root: Place, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const place = placeAt(root, path.slice(0, length));
    if (place) return place.offset;
  }
  return 0;
}

/** Offset of the last key of a path. */
export function keyOffsetAt(root: Place, path: Path): number {
  const entry = placeAt(root, path.slice(0, -1))?.entries?.get(String(path.at(-1)));
  return entry ? entry.keyOffset : offsetAt(root, path);
}

/** A path as the error messages write it: `profiles.embedded.kernels[1].release`. */
export function pathText(path: Path): string {
  return path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[A-Za-z_][\w-]*$/.test(step)
          ? `.${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('')
    .replace(/^\./, '');
}
