import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { haltedForGood, watchForHalt } from '../../../src/provider/qemu/halted.js';

/** As QEMU 7.2 prints it, shortened. */
const cpu = (number: number, flags: string, halted: 0 | 1, register = 'RIP=ffffffff81a0 RFL') =>
  `CPU#${number}\r\nRAX=0000000000000000 RBX=0000000000000000\r\n${register}=${flags} [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=${halted}\r\nES =0010 0000000000000000\r\n`;

describe('processors', () => {
  it.each([
    ['halted with interrupts off', cpu(0, '00000046', 1), true],
    ['halted in 32 bits', cpu(0, '00000046', 1, 'EIP=00100001 EFL'), true],
    ['idle', cpu(0, '00000246', 1), false],
    ['at work with interrupts off', cpu(0, '00000046', 0), false],
    ['one idle beside one not started', cpu(0, '00000246', 1) + cpu(1, '00000002', 1), false],
    ['all halted', cpu(0, '00000046', 1) + cpu(1, '00000002', 1), true],
    ['not told of', 'unknown command\r\n', false],
  ])('that are %s', (_, said, dead) => {
    expect(haltedForGood(said)).toBe(dead);
  });
});

describe('a machine that boots', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** What the monitor answers, one look after the other. */
  async function looked(answers: (string | Error)[], booting: () => boolean = () => true): Promise<number> {
    let halts = 0;
    const execute = () => {
      const answer = answers.shift() ?? cpu(0, '00000246', 1);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const stop = watchForHalt({ execute }, booting, () => (halts += 1));
    await vi.advanceTimersByTimeAsync(60_000);
    stop();
    return halts;
  }

  const HALTED = cpu(0, '00000046', 1);

  it('has halted when two looks in a row find it so, and is told of once', async () => {
    expect(await looked([HALTED, HALTED, HALTED, HALTED])).toBe(1);
  });

  it('has not when one look does, or the monitor fails', async () => {
    expect(await looked([HALTED, cpu(0, '00000246', 1), HALTED, new Error('gone'), HALTED])).toBe(0);
  });

  it('is not looked at once it is up', async () => {
    expect(await looked([HALTED, HALTED], () => false)).toBe(0);
  });
});
