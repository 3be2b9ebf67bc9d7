/**
 * Every pattern written in src on texts made of pieces of what it matches, over and over. ESLint refuses what is slow by its form;
 * a pattern that begins anew at each repetition of its own beginning is found by trying.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { settings } from './settings.js';

const ROOT = join(import.meta.dirname, '../../src');
const SHORT = 8 * 1024;
const LONG = 256 * 1024;

function patterns(): { place: string; pattern: RegExp }[] {
  const found: { place: string; pattern: RegExp }[] = [];
  for (const file of readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        const pattern = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
        found.push({ place: `${file}: ${node.text}`, pattern });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** Beginnings and inner parts of texts the pattern matches. */
function pieces({ source, flags }: RegExp): string[] {
  const found = new Set<string>();
  let texts: string[] = [];
  try {
    const matching = fc.stringMatching(new RegExp(source, flags.replace(/[gimy]/g, '')), { maxLength: 60 });
    texts = fc.sample(matching, { ...settings(6) } as { seed: number; numRuns: number });
  } catch {
    // fast-check knows no texts for look-behinds and classes of Unicode; what the pattern is written with is tried.
  }
  texts.push(source.replace(/\\[bdwsWSDB]|\(\?[:=!<]+|[()[\]^$?*+|]/g, ''));
  for (const text of texts) {
    for (const length of [1, 3, 8, 16, 24, text.length - 1, text.length]) {
      found.add(text.slice(0, length));
      found.add(text.slice(length >> 1, length));
    }
  }
  found.delete('');
  return [...found];
}

function cpuSeconds(pattern: RegExp, piece: string, length: number): number {
  // What comes last matches nothing, so that every way is tried.
  const text = `${piece.repeat(Math.ceil(length / piece.length))}\u0001!`;
  const begun = process.cpuUsage();
  if (pattern.global) text.replace(pattern, '');
  else pattern.test(text);
  return process.cpuUsage(begun).user / 1e6;
}

it('takes no pattern long, whatever text is made for it', () => {
  const all = patterns();
  expect(all.length).toBeGreaterThan(200);
  const slow = all.flatMap(({ place, pattern }) =>
    pieces(pattern)
      // Linear time for so short a text is too little to be measured: only what takes more is tried at length.
      .filter((piece) => cpuSeconds(pattern, piece, SHORT) > 0.001 && cpuSeconds(pattern, piece, LONG) > 1)
      .map((piece) => `${place} on ${JSON.stringify(piece)}`),
  );
  expect(slow).toEqual([]);
});
