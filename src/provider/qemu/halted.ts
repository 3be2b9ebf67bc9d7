import type { Qmp } from './qmp.js';

/** Milliseconds between two looks at the processors of a machine that boots. */
const PERIOD = 2000;
/** Looks in a row that must find the same. */
const LOOKS = 2;
/** Interrupts are allowed: bit 9 of the flags register (Intel SDM, volume 1, 3.4.3). */
const INTERRUPTS = 0x200;

/**
 * Whether no processor will ever run again: each is halted with interrupts off, as after `cli; hlt`. A processor that idles is
 * halted with interrupts on; one that has not been started yet is halted with them off, but never all of them.
 * @param registers what `info registers -a` of QEMU says (target/i386/cpu-dump.c of 7.2).
 */
export function haltedForGood(registers: string): boolean {
  const states = [...registers.matchAll(/\b[ER]FL=([0-9a-f]{8,16}) [^\n]{0,80}\bHLT=([01])/g)];
  return (
    states.length > 0 && states.every(([, flags, halted]) => halted === '1' && !(parseInt(flags!, 16) & INTERRUPTS))
  );
}

/**
 * Looks at the processors again and again while a machine boots: a kernel that halts before its console works says nothing.
 * @param booting whether it is to be looked now.
 * @param onHalted called once.
 * @returns stops it.
 */
export function watchForHalt(qmp: Pick<Qmp, 'execute'>, booting: () => boolean, onHalted: () => void): () => void {
  let looks = 0;
  let asking = false;
  const timer = setInterval(() => {
    if (!booting()) looks = 0;
    // A monitor that is busy, or gone, answers later or never; it is asked once at a time.
    else if (!asking) {
      asking = true;
      void ask(qmp).then((halted) => {
        asking = false;
        looks = halted ? looks + 1 : 0;
        if (looks < LOOKS) return;
        clearInterval(timer);
        onHalted();
      });
    }
  }, PERIOD);
  timer.unref();
  return () => clearInterval(timer);
}

async function ask(qmp: Pick<Qmp, 'execute'>): Promise<boolean> {
  try {
    const registers = await qmp.execute('human-monitor-command', { 'command-line': 'info registers -a' });
    return typeof registers === 'string' && haltedForGood(registers);
  } catch {
    return false;
  }
}
