import { BLOCK, excerpt } from '../base/text/excerpt.js';
import { createColors } from 'picocolors';
import { explainErrno } from '../host/errno.js';
import { redact } from '../host/redact.js';
import { UserError } from '../host/user-error.js';
import { plainLines } from '../base/text/plain.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { Interrupted } from './signals.js';

export interface PrintErrorOptions {
  /** Show stacks and causes: --debug, or DEBUG in the environment. */
  debug: boolean;
  color: boolean;
  /** stderr by default. */
  write?: (text: string) => void;
}

/** Whether the environment asks for stacks. */
export function debugWanted(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.DEBUG !== undefined && env.DEBUG !== '' && env.DEBUG !== '0';
}

/** Prints an error that ends the program. @returns the exit code. */
export function printError(thrown: unknown, options: PrintErrorOptions): number {
  const error = explainErrno(thrown) ?? thrown;
  const write = options.write ?? ((text: string) => process.stderr.write(text));
  write(`${formatError(error, options)}\n`);
  if (error instanceof UserError) return exitCodeOf(error.parts.kind);
  if (error instanceof Interrupted) return error.exitCode;
  return EXIT.internal;
}

/** Formats an error as what, where, why and next. An error that is neither a UserError nor an errno is reported as a bug. */
export function formatError(thrown: unknown, options: Pick<PrintErrorOptions, 'debug' | 'color'>): string {
  // A UserError is redacted already; stacks and causes are not.
  return redact(formatted(explainErrno(thrown) ?? thrown, options));
}

function formatted(error: unknown, { debug, color }: Pick<PrintErrorOptions, 'debug' | 'color'>): string {
  const colors = createColors(color);
  if (error instanceof Interrupted) return plainLines(error.message);
  const lines: string[] = [];
  if (error instanceof UserError) {
    const { what, where, why, next } = error.parts;
    lines.push(`${colors.red('error:')} ${plainLines(what)}`);
    const parts = [
      ['where', where],
      ['why', why],
      ['next', next],
    ] as const;
    for (const [label, text] of parts) {
      // Continuation lines are indented, so that a quoted log reads as one block.
      if (text)
        lines.push(
          `  ${colors.bold(`${label}:`.padEnd(6))} ${plainLines(text).trimEnd().replaceAll('\n', '\n         ')}`,
        );
    }
  } else {
    lines.push(`${colors.red('error:')} ${excerpt(plainLines(messageOf(error)), BLOCK)}`);
    lines.push('  this is a bug in kernel-matrix');
    if (!debug) lines.push(`  ${colors.bold('next: ')} run again with --debug, and report the stack it prints`);
  }
  if (debug) lines.push(colors.dim(plainLines(stacks(error))));
  return lines.join('\n');
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  // The message of an AggregateError is usually empty; the causes are in its parts.
  const parts = error instanceof AggregateError ? error.errors.map((each) => `  ${messageOf(each)}`) : [];
  return [error.message || error.name, ...parts].join('\n');
}

function stacks(error: unknown): string {
  const all: string[] = [];
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    all.push(`${all.length === 0 ? '' : 'caused by: '}${each.stack ?? each.message}`);
  }
  return all.join('\n');
}
