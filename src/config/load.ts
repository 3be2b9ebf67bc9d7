import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, printable, type Problem } from './errors.js';
import { refusedCharacter } from './fields.js';
import { show, type Breach } from './breach.js';
import type { Format } from './format.js';
import { breaches } from './rules.js';
import type { Config } from './schema.js';
import { didYouMean, oneOf } from './suggest.js';
import { dataOf, keyOffsetAt, offsetAt, pathText, placeAt, treeOf, type Path, type Place } from './tree.js';

type Issue = z.core.$ZodIssue;
/** A problem of the content before its position is a line and a column. */
interface Finding {
  path: Path;
  offset: number;
  message: string;
}

/**
 * Reads and checks a kernels.yaml.
 * @param file path as the user named it; errors show it so
 * @throws ConfigError with every problem of the file, or the reason why it cannot be read.
 */
export function readConfig(file: string, format: Format): Config {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const bytes = code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    throw new ConfigError([
      fileProblem(
        file,
        bytes ? 'expected text in UTF-8, got other bytes' : `expected a file that can be read, got: ${message}`,
      ),
    ]);
  }
  return parseConfig(text, file, format);
}

/**
 * Checks the text of a kernels.yaml.
 * @param file the name errors show
 * @throws ConfigError with every problem; if the text is not YAML, only with the problems of the syntax.
 */
export function parseConfig(text: string, file: string, format: Format): Config {
  const lines = text.split(/\r?\n/);
  const lineCounter = new LineCounter();
  // Duplicate keys are found in tree.ts, by their text: the library compares values, and 5.10 and 5.1 are one number.
  const fail = (findings: Finding[]): never => {
    throw new ConfigError(findings.map((each) => problemAt(each, file, lines, lineCounter)));
  };
  const document = notTooDeep(() => parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false }), fail);

  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0)
    fail(
      syntax.map((error) =>
        // The parser may come to the end of its stack itself, somewhere in the file.
        /call stack/.test(error.message)
          ? TOO_DEEP
          : { path: [], offset: error.pos[0], message: syntaxMessage(error.code, error.message) },
      ),
    );
  if (document.contents === null)
    fail([{ path: [], offset: 0, message: 'expected version and profiles, got an empty file' }]);

  const tree = notTooDeep(() => treeOf(document), fail);
  if (tree.problems.length > 0) fail(tree.problems);
  const result = validate(tree.root, format);
  const broken = breaches(dataOf(tree.root), format);
  const findings = [...result.findings, ...broken.map((breach) => breachFinding(breach, tree.root))];
  if (!result.config || findings.length > 0) return fail(inOrder(findings));
  return result.config;
}

const TOO_DEEP: Finding = { path: [], offset: 0, message: 'expected some levels of lists and maps, got thousands' };

/** The parser calls itself for each level. */
function notTooDeep<T>(parse: () => T, fail: (findings: Finding[]) => never): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail([TOO_DEEP]);
  }
}

/**
 * Applies the schema; where it asks for a text and the parser made something else of an unquoted word (a number, a truth value,
 * with `%YAML 1.1` a date), its source text is taken.
 */
function validate(root: Place, { schema }: Format): { config?: Config; findings: Finding[] } {
  for (;;) {
    const result = schema.safeParse(dataOf(root));
    if (result.success) return { config: result.data, findings: [] };
    const numbers = result.error.issues
      .flatMap(branches)
      .filter((issue) => issue.code === 'invalid_type' && issue.expected === 'string')
      .map((issue) => placeAt(root, issue.path as Path))
      .filter((place) => place?.source !== undefined && place.value !== null && typeof place.value !== 'string');
    if (numbers.length === 0) return { findings: result.error.issues.flatMap((issue) => issueFindings(issue, root)) };
    for (const place of numbers) place!.value = place!.source;
  }
}

/** A value that fits no branch of a union is looked at as each branch saw it. */
function branches(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  return issue.errors.flat().map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
}

function issueFindings(issue: Issue, root: Place): Finding[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(', ');
    return issue.keys.map((key) => ({
      path: [...path, key],
      offset: keyOffsetAt(root, [...path, key]),
      message: `expected one of the keys ${known.join(', ')}, got ${show(key)}${didYouMean(key, known)}`,
    }));
  }
  const words = wordsOf(issue);
  const place = placeAt(root, path);
  const refused =
    issue.code === 'invalid_format' && typeof place?.value === 'string'
      ? refusedCharacter(issue.message, place.value)
      : null;
  const hint = words.length > 1 && typeof place?.value === 'string' ? didYouMean(place.value, words) : '';
  const expected = issue.code === 'invalid_union' && words.length > 0 ? oneOf(words) : issue.message;
  return [
    {
      path,
      offset: offsetAt(root, path),
      message: `expected ${expected}, got ${got(place)}${hint}${refused === null ? '' : `: ${refused}`}`,
    },
  ];
}

/** The words an issue would have accepted, where it is about words. */
function wordsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union' || !('options' in issue)) return [];
  // The branch that may leave its discriminator out lists undefined too.
  return (issue.options as unknown[]).filter((each) => each !== undefined).map(String);
}

function breachFinding(breach: Breach, root: Place): Finding {
  return {
    path: breach.path,
    offset: breach.atKey ? keyOffsetAt(root, breach.path) : offsetAt(root, breach.path),
    message: `expected ${breach.expected}, got ${breach.got ?? got(placeAt(root, breach.path))}`,
  };
}

/** A value as a message names it; a quoted text keeps its quotes, so that "5" and 5 can be told apart. */
function got(place: Place | undefined): string {
  if (!place || place.value === null) return 'nothing';
  if (place.kind !== 'scalar') return place.items ? (place.items.length === 0 ? 'an empty list' : 'a list') : 'a map';
  if (place.source !== undefined) return show(place.source);
  const shown = show(place.value);
  return shown.startsWith('"') ? shown : `"${shown}"`;
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, got a second one';
  return `expected YAML, got a mistake in it: ${message}`;
}

/** As in the file, each once. */
function inOrder(findings: Finding[]): Finding[] {
  const unique = new Map(findings.map((each) => [`${pathText(each.path)}: ${each.message}`, each]));
  return [...unique.values()].sort((a, b) => a.offset - b.offset);
}

function problemAt(finding: Finding, file: string, lines: string[], lineCounter: LineCounter): Problem {
  const { line, col } = lineCounter.linePos(finding.offset);
  return {
    file,
    line: line || 1,
    column: col || 1,
    path: printable(pathText(finding.path)),
    message: printable(finding.message),
    source: lines[(line || 1) - 1] ?? '',
  };
}

function fileProblem(file: string, message: string): Problem {
  return { file, line: null, column: null, path: '', message, source: null };
}
