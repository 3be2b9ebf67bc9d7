/**
 * The blocks that reports are made of. What a fact is called and how it is worded stands where the block is made, once; how a block
 * looks is each format's business. Texts may hold guests' text: whoever renders them escapes it.
 */

/** A stretch of text; `term` is a word that is being defined. */
export type Inline = string | { code: string } | { term: string };
export type Text = string | readonly Inline[];

/** `good`, `bad`, `warn`: what the kernel does. `unknown`: nothing is known. `plain`: a fact that is neither. */
export type Tone = 'good' | 'bad' | 'warn' | 'unknown' | 'plain';

export interface Item {
  /** Bold, before the text; empty without one. */
  label: string;
  text: Text;
  tone: Tone;
  /** `seq` of the events that prove it. */
  from: readonly number[];
}

/** Something verbatim: an error, lines of a console. */
export interface Quote {
  title: string;
  text: string;
  from: readonly number[];
}

/** One count of free slots. `free + inUse + lost` is what was free before the first cycle, unless slots came back. */
export interface Probe {
  /** 0 for the probe before the first cycle. */
  cycle: number;
  free: number;
  /** Slots that were free before the first cycle and that a living directory holds now. */
  inUse: number;
  /** Slots that were free before the first cycle and that no living directory explains. */
  lost: number;
  /** Slots this cycle lost; 0 or less if none. */
  lostHere: number;
  refused: boolean;
}

/** Free slots over the cycles of a case. */
export interface Curve {
  /** `case 2`. */
  name: string;
  title: string;
  /** A word of a verdict. */
  verdict: string;
  /** What is seen in it, in sentences. */
  description: string;
  from: readonly number[];
  /** Before the first cycle, then after each. */
  probes: readonly Probe[];
}

export interface Table {
  kind: 'table';
  /** Unique in its document. */
  id: string;
  caption: string;
  /** The first heads the rows. */
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Numbers are aligned to the right from this column on, counted from 0. */
  numbersFrom: number;
}

/** Values side by side; null for one that is not known. */
export interface Bars {
  kind: 'bars';
  /** Unique in its section. */
  id: string;
  title: string;
  /** What the bars are, with their number: `9 phases`. */
  summary: string;
  bars: readonly { name: string; value: number | null; shown: string }[];
}

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'paragraph'; text: Text }
  | { kind: 'list'; items: readonly Item[] }
  /** Names and values; what has no value is left out by whoever makes the list. */
  | { kind: 'facts'; facts: readonly { name: string; value: Text; from: readonly number[] }[] }
  | { kind: 'quotes'; quotes: readonly Quote[]; /** How many more there are, and where. */ more: string }
  | { kind: 'curves'; curves: readonly Curve[] }
  | Bars
  | Table;
