/**
 * Checking that data read from a file has the shape its type says. Hand-written closures, because a journal has a hundred
 * thousand events: a `Shape<T>` fits exactly the type T, so the compiler complains when a shape and its type drift apart.
 */

import type { z } from 'zod';
import { pathText, type Path } from '../config/tree.js';

/** Where a value has not the shape it should have. */
export interface Misfit {
  /** Such as `after.polls[2]`; empty for the value itself. */
  path: string;
  expected: string;
  got: string;
}

/** Returns null if the value is a T, else the first place where it is not. */
export interface Shape<T> {
  (value: unknown): Misfit | null;
  /** Never there: makes the compiler take a shape of one type for no other, neither narrower nor wider. */
  readonly of?: (value: T) => T;
}

/** How deep fields may be nested that this version does not know; those it knows are as deep as their shape. */
const DEEPEST = 32;

function plainly<T>(expected: string, fits: (value: unknown) => boolean): Shape<T> {
  return (value) => (fits(value) ? null : misfit(value, expected));
}

function misfit(value: unknown, expected: string): Misfit {
  return { path: '', expected, got: told(value) };
}

function told(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export const text = plainly<string>('a text', (value) => typeof value === 'string');
export const flag = plainly<boolean>('true or false', (value) => typeof value === 'boolean');
/** More than any figure of a run: 30 million years in seconds, a pebibyte in bytes. Sums and squares of such are still finite. */
export const MOST = 1e15;

/** Seconds, sizes and shares: not below zero, and of a size that can be reckoned with. */
export const amount = plainly<number>(
  'a number from 0 to 1e15',
  (value) => typeof value === 'number' && value >= 0 && value <= MOST,
);
export const count = plainly<number>(
  'a whole number from 0',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
/** Counted from 1: the number of an event, of a cycle, of a shard. */
export const ordinal = plainly<number>(
  'a whole number from 1',
  (value) => Number.isSafeInteger(value) && Number(value) >= 1,
);
/** May be below zero. */
export const whole = plainly<number>('a whole number', (value) => Number.isSafeInteger(value));
export const time = plainly<string>(
  'a time such as 2027-01-31T12:00:00.000Z',
  (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
);

/** One of some words or numbers. */
export function oneOf<const V extends string | number>(...values: V[]): Shape<V> {
  const known = new Set<unknown>(values);
  return plainly(values.map((value) => JSON.stringify(value)).join(' or '), (value) => known.has(value));
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? null : shape(value));
}

/** May be missing. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value) => (value === undefined ? null : shape(value));
}

/** What journals written before the field existed lack, though the type says it is there. */
export function sinceLater<T>(shape: Shape<T>): Shape<T> {
  return (value) => (value === undefined ? null : shape(value));
}

/** What a zod schema takes. */
export function fitting<T>(schema: z.ZodType<T>): Shape<T> {
  return (value) => {
    const [issue] = schema.safeParse(value).error?.issues ?? [];
    if (issue === undefined) return null;
    const at = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], value);
    return { path: pathText(issue.path as Path), expected: issue.message, got: told(at) };
  };
}

export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return misfit(value, 'a list');
    for (let i = 0; i < value.length; i += 1) {
      const found = item(value[i]);
      if (found !== null) return within(`[${i}]`, found);
    }
    return null;
  };
}

/** An object with these fields. Others are let through, but not without limit: what is made of them is made recursively. */
export function object<T extends object>(fields: { [P in keyof T]-?: Shape<T[P]> }): Shape<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const shapes = names.map((name) => fields[name] as Shape<unknown>);
  const known = new Set<string>(names);
  return (value) => {
    if (!isObject(value)) return misfit(value, 'an object');
    let seen = 0;
    for (let i = 0; i < names.length; i += 1) {
      const each = value[names[i]!];
      const found = shapes[i]!(each);
      if (found !== null) return within(names[i]!, found);
      if (each !== undefined) seen += 1;
    }
    const own = Object.keys(value);
    if (own.length > seen) {
      for (const name of own) {
        if (!known.has(name) && isDeeper(value[name], DEEPEST)) {
          return { path: name, expected: `at most ${DEEPEST} levels`, got: 'more' };
        }
      }
    }
    return null;
  };
}

/** An object whose names are anybody's. */
export function dictionary<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value) => {
    if (!isObject(value)) return misfit(value, 'an object');
    for (const name of Object.keys(value)) {
      const found = item(value[name]);
      if (found !== null) return within(name, found);
    }
    return null;
  };
}

/** One of several objects, told apart by a word in one field. */
export function variant<T extends object, K extends keyof T & string>(
  key: K,
  branches: { [V in T[K] & string]: Shape<Extract<T, { [P in K]: V }>> },
): Shape<T> {
  const words = Object.keys(branches);
  return (value) => {
    if (!isObject(value)) return misfit(value, 'an object');
    const word = value[key];
    const branch =
      typeof word === 'string' && Object.hasOwn(branches, word) ? branches[word as T[K] & string] : undefined;
    if (branch === undefined) return within(key, misfit(word, words.map((each) => JSON.stringify(each)).join(' or ')));
    return branch(value);
  };
}

function within(at: string, { path, ...rest }: Misfit): Misfit {
  const inner = path === '' || path.startsWith('[') ? path : `.${path}`;
  return { path: `${at}${inner}`, ...rest };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}
