import { z } from 'zod';
import type { COMPARED_FIGURES } from './defaults.js';
import * as field from './fields.js';
import { list, strict, whole } from './fields.js';
import type { Tables } from './tables.js';
import type { MachineConfig } from './machine.js';
import { rowFields, type KernelRow, type SourceFormat } from './row.js';
import * as written from './schema.js';

export type { KernelRow, MachineConfig };
export type { RpmSource } from './schema-rpm.js';

/*
 * What a run is asked to do, after kernels.yaml has been read and checked and the command line applied. Plain data: it is written
 * whole into the journal, so a report never needs kernels.yaml again. Each part is that of schema.ts with everything filled in:
 * keys are spelled as in kernels.yaml, durations are seconds, memory is MiB, paths are absolute.
 */

/** A map with these keys, and maybe others. */
const map = <S extends z.ZodRawShape>(shape: S) => z.object(shape, { error: 'a map' });

/** The embedded guest's userland. */
export const debianGuest = map({ ...written.debianGuest.shape, os: z.literal('debian') });

/** A CentOS 7 guest. */
const { package_sources } = written.el7Guest.shape;
export const el7Guest = map({ ...written.el7Guest.shape, package_sources: package_sources.unwrap() });

const { source, urls, signed_by, image } = written.docker.shape;
const docker = map({
  ...{ ...written.docker.shape, image_archive: field.absolutePath.optional() },
  ...{ source: source.unwrap(), urls: urls.unwrap(), signed_by: signed_by.unwrap(), image: image.unwrap() },
});

const plan = map({
  profile: field.profileName,
  /** Path of the kernels.yaml this came from. */
  file: field.absolutePath,
  machine: map({ provider: field.tableName }),
  guest: z.discriminatedUnion('os', [debianGuest, el7Guest], {
    error: written.unionError('os', 'a map that describes the guest', ['debian', 'el7']),
  }),
  docker,
  /** Ids of the scenarios that each kernel goes through; without it the first there is. */
  scenarios: z.array(z.string()).optional(),
  sequence: map(written.sequence.shape),
  timeouts: map(written.timeouts.shape),
  /** Machines that work at the same time. */
  jobs: whole(written.JOBS.min, written.JOBS.max),
  kernels: list('a list of kernels', map({ ...rowFields, source: field.tableName })),
  /** How runs are compared. */
  compare: map(written.compare.shape),
  /** Keys beside this program's own that RPMs may be signed with, by name. */
  signing_keys: z.record(z.string(), map({ ...written.signingKey.shape, path: field.absolutePath.optional() })),
});
export type Plan = z.output<typeof plan>;

/** A row of any source; what its source adds is let through as it is. */
export const rowSchema: z.ZodType<KernelRow> = complete(plan.shape.kernels.element);

/** A plan as a journal has it. Of its rows and machines only what all have is checked; {@link planSchemaOf} asks the tables too. */
export const planSchema: z.ZodType<Plan> = complete(plan);

/** The schema of a plan with everything that the tables demand of its rows and machines. */
export function planSchemaOf({ sources, machines, scenarios }: Tables): z.ZodType<Plan> {
  const rows = sources.map((each) => ({ ...each, schema: withAbsolute(each) }));
  const branches = machines.map((each) => {
    const { memory, ...fields } = withAbsolute(each);
    const size: z.ZodRawShape = memory === undefined ? {} : { memory_mib: whole(1024, 999_999 * 1024) };
    return strict('a machine', { ...fields, ...size, provider: z.literal(each.id) });
  });
  const machine = z.discriminatedUnion('provider', branches as [(typeof branches)[number]], {
    error: written.unionError(
      'provider',
      'a map that describes the machine',
      machines.map(({ id }) => id),
    ),
  });
  const kernels = list('a list of kernels', written.rowSchemaOf(rows));
  return complete(plan.extend({ machine, kernels, scenarios: written.scenarioList(scenarios).optional() }));
}

/** The fields of a row or a machine with its paths as a plan has them. */
function withAbsolute({ schema, paths }: Pick<SourceFormat, 'schema' | 'paths'>): Record<string, z.core.$ZodType> {
  const absolute = paths.map((key): [string, z.ZodType] => [key, absoluteLike(schema[key]!)]);
  return { ...schema, ...Object.fromEntries(absolute) };
}

/** A path in a plan, which may be left out where the one in kernels.yaml may. */
function absoluteLike(path: z.core.$ZodType): z.ZodType {
  return z.safeParse(path, undefined).success ? field.absolutePath.optional() : field.absolutePath;
}

/**
 * Takes what a schema takes and would not change: so nothing is left out that a default fills in. The value stays what it is, with
 * the keys that the schema does not know.
 */
function complete<T>(schema: z.ZodType<T>): z.ZodType<T> {
  const whole = z.unknown().check(({ value, issues }) => {
    const result = schema.safeParse(value);
    const found = result.success ? changes(result.data, value) : result.error.issues.flatMap(unknownKeys);
    for (const { path, message } of found) issues.push({ code: 'custom', input: value, path: [...path], message });
  });
  return whole as z.ZodType<unknown> as z.ZodType<T>;
}

/** For unknown keys the message is the list of the known ones. */
function unknownKeys(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: `one of the keys ${issue.message}` }));
}

interface Problem {
  path: PropertyKey[];
  /** What is expected. */
  message: string;
}

/** Where a value is another than what was made of it. */
function* changes(made: unknown, value: unknown, path: PropertyKey[] = []): Generator<Problem> {
  if (typeof made !== 'object' || made === null) {
    if (made !== value) yield { path, message: JSON.stringify(made) };
    return;
  }
  for (const [key, each] of Object.entries(made))
    yield* changes(each, (value as Record<string, unknown> | undefined)?.[key], [...path, key]);
}

export type CgroupVersion = KernelRow['cgroup'];
/** What a kernel is expected to show; the words are those of the verdict. */
export type Expectation = NonNullable<KernelRow['expect']>;
/** Somebody knows that a row fails, says why, and says until when that is good enough. */
export type KnownFailureMark = NonNullable<KernelRow['known_failure']>;
export type GuestConfig = Plan['guest'];
export type DebianGuestConfig = z.output<typeof debianGuest>;
export type El7GuestConfig = z.output<typeof el7Guest>;
export type DockerConfig = Plan['docker'];
export type SequenceConfig = Plan['sequence'];
/** Deadlines in seconds. */
export type TimeoutConfig = Plan['timeouts'];
export type ComparedFigure = (typeof COMPARED_FIGURES)[number];
/** When a figure of one run differs from another's. All of alpha, effect and tolerance have to be passed. */
export type CompareConfig = Plan['compare'];
