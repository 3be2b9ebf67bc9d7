import type { Step } from '../../scenario.js';
import { CASES } from '../cases.js';
import type { SlotsContext } from '../context.js';
import { aftermath } from './aftermath.js';
import { calibrate } from './calibrate.js';
import { churn } from './churn.js';
import { clean } from './clean.js';
import { exhaust } from './exhaust.js';
import { hold } from './hold.js';
import { noSlot } from './no-slot.js';
import { recover } from './recover.js';

/** The steps of the scenario, in their order. */
export const STEPS: readonly Step<SlotsContext>[] = [
  clean,
  exhaust,
  calibrate,
  noSlot,
  ...CASES.map(churn),
  aftermath,
  hold,
  recover,
];
