import type { Display } from './display.js';
import { liveDisplay } from './live.js';
import { plainDisplay } from './plain.js';

export interface ChooseOptions {
  /** Names of the rows. */
  kernels: string[];
  /** False where the user asked for plain lines (`--no-live`). */
  live: boolean;
  /** stderr if left out: progress never mixes with the table on stdout. */
  stream?: NodeJS.WriteStream;
  env?: NodeJS.ProcessEnv;
}

/** The display that suits where stderr goes. */
export function chooseDisplay(options: ChooseOptions): Display {
  const { kernels, live, stream = process.stderr, env = process.env } = options;
  if (live && canDraw(stream, env)) return liveDisplay({ kernels, stream });
  return plainDisplay({ kernels, color: wantsColor(stream, env), write: (text) => stream.write(text) });
}

/** True for a terminal that somebody looks at: a CI's log keeps every frame, and one without a width shows nothing. */
export function canDraw(stream: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && stream.columns !== 0 && !isOn(env.CI) && env.TERM !== 'dumb';
}

/** Colours: NO_COLOR forbids them, else FORCE_COLOR decides, else whether it is a terminal that can show them. */
export function wantsColor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '' || isOn(env.FORCE_COLOR);
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Set, and not to a word for no. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}
