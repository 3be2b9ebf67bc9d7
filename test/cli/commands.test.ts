import { describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/command/index.js';

const loaded = vi.hoisted(() => ({ matrix: false }));
vi.mock(import('../../src/cli/command/matrix.js'), async (original) => {
  loaded.matrix = true;
  return original();
});

describe('the commands', () => {
  it('are listed without being loaded', async () => {
    expect(COMMANDS.map(({ name }) => name)).toContain('matrix');
    expect(loaded.matrix).toBe(false);
    await COMMANDS.find(({ name }) => name === 'matrix')!.load();
    expect(loaded.matrix).toBe(true);
  });

  it.each(COMMANDS)('$name shows the arguments that it takes', async ({ usage, load }) => {
    const { command } = await load();
    const shown = (command.arguments ?? []).map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    });
    expect(usage).toBe(['[options]', ...shown].join(' '));
  });
});
