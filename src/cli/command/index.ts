/** The commands, in the order of --help. A command is loaded when it is used: to list them needs none of them. */
import type { CliCommand } from '../command.js';

interface Entry {
  name: string;
  /** What follows the name on the command line. */
  usage: string;
  about: string;
  load: () => Promise<{ command: CliCommand }>;
}

export const COMMANDS: readonly Entry[] = [
  {
    name: 'matrix',
    usage: '[options]',
    about: 'run the sequence on every kernel of a profile and print the comparison',
    load: () => import('./matrix.js'),
  },
  {
    name: 'report',
    usage: '[options] [run]',
    about: 'rebuild every report of a run from its journal and print the table',
    load: () => import('./report.js'),
  },
  {
    name: 'history',
    usage: '[options]',
    about: 'write one page over many runs: how each kernel changed',
    load: () => import('./history.js'),
  },
  {
    name: 'compare',
    usage: '[options] <base> <run...>',
    about: 'compare runs with an earlier one: verdicts, errnos, slots, memory, times',
    load: () => import('./compare.js'),
  },
  {
    name: 'baseline',
    usage: '[options] [run]',
    about: 'make a run the baseline of its profile, in a file for version control, and say what that changes',
    load: () => import('./baseline.js'),
  },
  {
    name: 'merge',
    usage: '[options] <run...>',
    about: 'make one run of the runs of matrix --shard, with every report, and print the table',
    load: () => import('./merge.js'),
  },
  {
    name: 'doctor',
    usage: '[options]',
    about: 'tell what this host has and lacks, and the one command that mends it',
    load: () => import('./doctor.js'),
  },
  {
    name: 'setup',
    usage: '[options]',
    about: 'install the host packages that are missing (Debian), with sudo only if needed',
    load: () => import('./setup.js'),
  },
  {
    name: 'shell',
    usage: '[options] [command...]',
    about: 'log in to a machine that --keep left running',
    load: () => import('./shell.js'),
  },
  {
    name: 'clean',
    usage: '[options]',
    about: 'end and remove what a killed run left',
    load: () => import('./clean.js'),
  },
];
