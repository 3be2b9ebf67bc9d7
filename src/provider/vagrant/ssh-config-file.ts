import { userInfo } from 'node:os';
import { homeFolder } from '../../host/home.js';

/*
 * Reads ssh_config(5) as OpenSSH 9.2 does (readconf.c, misc.c: strdelim, argv_split, match_pattern). `Include` is not followed, and
 * of `Match` only `all` is evaluated.
 */

/**
 * The values that apply to a host, by keyword in lower case, in the order of the file. Of a keyword with several words the
 * first is given, but for ProxyCommand, which is the rest of its line.
 */
export function readSection(text: string, host: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let ours = true;
  for (const line of text.split('\n')) {
    const found = readLine(line);
    if (!found) continue;
    const { keyword, rest } = found;
    const words = splitWords(rest);
    if (keyword === 'host') ours = matchesHost(host, words ?? []);
    else if (keyword === 'match') ours = words?.length === 1 && words[0]?.toLowerCase() === 'all';
    else if (ours) {
      // Vagrant escapes nothing: a path that ssh could not read for its quotes is taken as it stands.
      const value = keyword === 'proxycommand' ? rest : words === null ? withoutOuterQuotes(rest) : (words[0] ?? '');
      const list = values.get(keyword) ?? [];
      list.push(value);
      values.set(keyword, list);
    }
  }
  return values;
}

/** Keyword and what follows it, between them blanks or one `=`; null for an empty line and a comment. */
function readLine(line: string): { keyword: string; rest: string } | null {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return null;
  const found = /^([A-Za-z0-9]+)(?:[ \t]*=|[ \t])/.exec(text);
  if (!found?.[1]) return null;
  return { keyword: found[1].toLowerCase(), rest: text.slice(found[0].length).trimStart() };
}

/**
 * The words of a line: in double or single quotes where blanks are in them; `\` before a quote, a `\` or, outside quotes, a blank
 * takes that as it is; `#` at the start of a word begins a comment. null if a quote is not closed.
 */
function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (word === null) {
      if (char === ' ' || char === '\t') continue;
      if (char === '#') break;
      word = '';
    }
    const next = text[at + 1] ?? '';
    if (char === '\\' && next !== '' && (`'"\\`.includes(next) || (quote === '' && next === ' '))) {
      word += next;
      at += 1;
    } else if (quote === '' && (char === ' ' || char === '\t')) {
      words.push(word);
      word = null;
    } else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    else word += char;
  }
  if (quote !== '') return null;
  if (word !== null) words.push(word);
  return words;
}

function withoutOuterQuotes(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** Whether a `Host` line is about a host: one of its patterns fits, and none that `!` stands before. */
function matchesHost(host: string, patterns: readonly string[]): boolean {
  const fits = (pattern: string) => matchesPattern(host, pattern);
  if (patterns.some((each) => each.startsWith('!') && fits(each.slice(1)))) return false;
  return patterns.some((each) => !each.startsWith('!') && fits(each));
}

/** `*` stands for any characters, `?` for one. Linear in the text for each star, as no more than the last star is gone back to. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let of = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[of] === '*') {
      star = of;
      of += 1;
      resume = at;
    } else if (of < pattern.length && (pattern[of] === '?' || pattern[of] === text[at])) {
      of += 1;
      at += 1;
    } else if (star >= 0) {
      of = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pattern[of] === '*') of += 1;
  return of === pattern.length;
}

/** A path of IdentityFile with what ssh puts in: `~/`, and the tokens of ssh_config(5) that are known here. */
export function expandTokens(
  path: string,
  { host, port, user, machine }: { host: string; port: number; user: string; machine: string },
): string {
  const home = homeFolder();
  const tokens: Readonly<Record<string, () => string>> = {
    '%': () => '%',
    d: () => home,
    h: () => host,
    i: () => String(userInfo().uid),
    n: () => machine,
    p: () => String(port),
    r: () => user,
    u: () => userInfo().username,
  };
  const whole = path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
  return whole.replace(/%([a-zA-Z%])/g, (all, token: string) => tokens[token]?.() ?? all);
}
