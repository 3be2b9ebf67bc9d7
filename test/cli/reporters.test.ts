import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReporters, REPORTER_HELP, REPORTERS, STDOUT } from '../../src/cli/reporters.js';
import { UserError } from '../../src/host/user-error.js';

describe('parseReporters', () => {
  it('reads names, paths and stdout', () => {
    expect(parseReporters(['junit=out/a=b.xml', 'json=-', 'csv'])).toEqual([
      { reporter: 'junit', to: resolve('out/a=b.xml') },
      { reporter: 'json', to: STDOUT },
      { reporter: 'csv', to: null },
    ]);
    expect(parseReporters(['terminal'])).toEqual([{ reporter: 'terminal', to: null }]);
    expect(parseReporters([])).toEqual([]);
  });

  it.each([
    [['jnit'], /there is no reporter jnit[\s\S]*did you mean junit\?/],
    [['xunit'], /there are terminal, markdown, .* or junit/],
    [[''], /no reporter/],
    [['=x'], /no reporter/],
    [['junit='], /no path after =/],
    [['json=-', 'junit=-'], /--reporter json and --reporter junit would both write to stdout/],
    [['terminal', 'junit=-'], /--reporter terminal and --reporter junit would both write to stdout/],
    [['junit=a.xml', 'json=./a.xml'], /would both write to .*a\.xml/],
    [['junit', 'junit'], /both write to the run’s folder/],
  ])('refuses %j', (values, message) => {
    const parse = () => parseReporters(values);
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ parts: expect.objectContaining({ kind: 'usage' }) as unknown }));
  });

  it('refuses a folder where a file is meant', () => {
    const folder = mkdtempSync(join(tmpdir(), 'km-reporters-'));
    try {
      expect(() => parseReporters([`junit=${folder}`])).toThrow(/is a folder[\s\S]*name a file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is told in the help, every name of it', () => {
    for (const name of REPORTERS) expect(REPORTER_HELP).toContain(`\n  ${name} `);
  });
});
