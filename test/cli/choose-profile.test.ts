import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePlan } from '../../src/cli/choose-profile.js';
import { ConfigError } from '../../src/config/errors.js';
import { bad } from '../../src/base/finding.js';
import { rejection } from '../guest/fakes.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'km-choose-'));
  file = join(folder, 'kernels.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const row = (name: string) => `{ kernels: [{ name: ${name}, source: file, path: k }] }`;
const write = (defaults: string) =>
  writeFileSync(file, `version: 1\n${defaults}profiles:\n  big: ${row('old')}\n  small: ${row('new')}\n`);
const good = () => Promise.resolve(null);
const never = () => Promise.reject(new Error('nothing is to be looked at'));
const choose = async (options: { profile?: string; kernels?: string }, obstacle: Parameters<typeof choosePlan>[2]) => {
  const { plan, reason } = await choosePlan(file, options, obstacle);
  return `${plan.profile}: ${reason}`;
};

describe('without --profile', () => {
  it('takes the first profile that this host has all for', async () => {
    write('default_profile: [big, small]\n');
    expect(await choose({}, good)).toBe('big: the first of default_profile, and this host has all it needs');
  });

  it('takes the last where something keeps the others from running, and says what', async () => {
    write('default_profile: [big, small]\n');
    const obstacle = () => Promise.resolve(bad('vagrant', 'missing: makes the machines\nmore'));
    expect(await choose({}, obstacle)).toBe('small: big cannot run here (vagrant: missing: makes the machines)');
  });

  it('passes over a profile that does not have the kernels asked for, and looks at nothing of it', async () => {
    write('default_profile: [big, small]\n');
    expect(await choose({ kernels: 'new' }, never)).toBe(
      'small: big is passed over (--kernels: expected one or more of old (profile big), got new)',
    );
    expect(await rejection(choose({ kernels: 'newest' }, never))).toBeInstanceOf(ConfigError);
  });

  it('looks at nothing where there is no choice', async () => {
    write('default_profile: small\n');
    expect(await choose({}, never)).toBe(`small: the default_profile of ${file}`);
    writeFileSync(file, `version: 1\nprofiles:\n  big: ${row('old')}\n`);
    expect(await choose({}, never)).toBe(`big: the only profile of ${file}`);
  });
});

it('takes the profile that is asked for, whatever would keep it from running', async () => {
  write('default_profile: [big, small]\n');
  expect(await choose({ profile: 'big' }, never)).toBe('big: asked for with --profile');
});
