/** Options that several commands have. */
import { Option } from 'commander';
import { DEFAULT_CONFIG, RUNS } from './paths.js';

export const CONFIG = new Option('--config <file>', 'the list of kernels and profiles').default(DEFAULT_CONFIG);

export const RUNS_DIR = new Option('--runs-dir <folder>', 'where runs are kept').default(RUNS);

export const REPORTER = new Option(
  '--reporter <name>',
  'a report, or <name>=<path>; may be given several times (see below)',
)
  .argParser((value: string, earlier: string[]) => [...earlier, value])
  .default([], 'every file into the run’s folder, the table on stdout');
