/** Fields of events: zod shapes whose message says what was expected, and where a value differs from its shape. */
import { z } from 'zod';

/** More than any figure of a run: 30 million years in seconds, a pebibyte in bytes. Sums and squares of it are still finite. */
const MOST = 1e15;

const AMOUNT = { error: 'a number from 0 to 1e15' };
const FIGURE = { error: 'a number up to 1e15' };
const COUNT = { error: 'a whole number from 0' };
const ORDINAL = { error: 'a whole number from 1' };
const TIME = { error: 'a time such as 2027-01-31T12:00:00.000Z' };

export const text = z.string({ error: 'a text' });
export const flag = z.boolean({ error: 'true or false' });
/** Seconds, sizes and shares. */
export const amount = z.number(AMOUNT).min(0, AMOUNT).max(MOST, AMOUNT);
/** May be below zero. */
export const figure = z.number(FIGURE).min(-MOST, FIGURE).max(MOST, FIGURE);
export const count = z.int(COUNT).min(0, COUNT);
/** Counted from 1: the number of an event, of a cycle, of a shard. */
export const ordinal = z.int(ORDINAL).min(1, ORDINAL);
/** May be below zero. */
export const whole = z.int({ error: 'a whole number' });
/** ISO 8601 in UTC with milliseconds. */
export const time = z
  .string(TIME)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, TIME)
  .refine((value) => !Number.isNaN(Date.parse(value)), TIME);
/** `seq` of the events that something was read from. */
export const from = z.array(ordinal, { error: 'a list' });

export function list<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item, { error: 'a list' });
}

export function object<T extends z.core.$ZodLooseShape>(fields: T): z.ZodObject<T, z.core.$strip> {
  return z.object(fields, { error: 'an object' });
}

/** One of some words. */
export function oneOf<const T extends readonly string[]>(words: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words, { error: words.map((word) => JSON.stringify(word)).join(' or ') });
}

/** Where a value has not the shape it should have. */
export interface Misfit {
  /** Such as `after.polls[2]`; empty for the value itself. */
  path: string;
  expected: string;
  got: string;
}

/** The first place where a value does not fit. */
export function misfitOf(error: z.ZodError, value: unknown): Misfit {
  const issue = error.issues[0]!;
  const path = issue.path.reduce<string>(
    (at, key) => (typeof key === 'number' ? `${at}[${key}]` : at === '' ? String(key) : `${at}.${String(key)}`),
    '',
  );
  const at = issue.path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown>)[key], value);
  return { path, expected: issue.message, got: describe(at) };
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}
