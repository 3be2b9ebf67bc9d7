import { describe, expect, it } from 'vitest';
import { append, largest, smallest } from '../../src/base/lists.js';
import { csvField } from '../../src/base/text/csv.js';
import { htmlText } from '../../src/base/text/html.js';
import { jsonText } from '../../src/base/text/json.js';
import { fenced, markdown } from '../../src/base/text/markdown.js';
import { shortLine } from '../../src/base/text/short-line.js';
import { element, xmlPieces } from '../../src/base/text/xml.js';
import { UserError } from '../../src/host/user-error.js';
import { seqs } from '../../src/report/text.js';

describe('markdown', () => {
  it.each([
    ['mail a@b.de, http://x.de and www.x.de.', 'mail `a@b.de`, `http://x.de` and `www.x.de`.'],
    ['@root fixed #12 and o/r#3: $x$ :tada:', '`@root` fixed `#12` and `o/r#3`: `$x$` `:tada`:'],
    ['a@b|`c@d`', '`a@b`\\|`` `c@d` ``'],
    ['at 12:30:45, 5.10.0-46 (x86_64)', 'at 12:30:45, 5.10.0-46 (x86_64)'],
    ['## x', '\\## x'],
    ['1. x', '1\\. x'],
    ['- x', '\\- x'],
    ['===', '\\==='],
    ['<b> & [x](y) *z* _q_ `k` ~ \\', '&lt;b&gt; &amp; \\[x\\](y) \\*z\\* \\_q\\_ \\`k\\` \\~ \\\\'],
  ])('of %s', (text, shown) => {
    expect(markdown(text)).toBe(shown);
  });

  it('fences what holds fences, however many', () => {
    expect(fenced('a\n````\nb\n\n')).toBe('`````text\na\n````\nb\n`````');
    expect(fenced('`\n'.repeat(200_000)).length).toBeLessThan(20_000);
  });
});

describe('csvField', () => {
  it.each([
    ["=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"],
    ['\t\r=1', '\\x0d=1'],
    ['  +1', "'+1"],
    ["'@a", "''@a"],
    ['"-1', `"""'-1"`],
    ['a;=1', `"a;'=1"`],
    ['＝1', "'＝1"],
    ['5.10-1', '5.10-1'],
    ['a"b, c', '"a""b, c"'],
    [-1, '-1'],
    [null, ''],
  ])('of %j', (value, field) => {
    expect(csvField(value)).toBe(field);
  });
});

describe('jsonText', () => {
  it('has nothing in it that a terminal obeys, and is the same value', () => {
    const value = { '\u009b': ['\u001b[2J\u007f\u0085', '\u202e\ufeff\u2028', '\ud800', '\u{e0041}', 'é 💥'] };
    const text = jsonText(value);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cf}\p{Cs}\u2028]/u);
    expect(text).toContain('é 💥');
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('element', () => {
  it('escapes every ampersand', () => {
    const xml = [...xmlPieces('a', { b: '&nbsp; "<\n' }, [element('c', {}, '&foo; &#0; &lt;b> ]]>')])].join('');
    expect(xml).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<a b="&amp;nbsp; &quot;&lt;">\n' +
        '  <c>&amp;foo; &amp;#0; &amp;lt;b&gt; ]]&gt;</c>\n</a>\n',
    );
  });
});

it('HTML is the same text in an element and in a quoted attribute', () => {
  expect(htmlText(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
});

describe('what is long', () => {
  it('says how much of it is left out, and where it is', () => {
    const short = shortLine(`begin ${'x'.repeat(1_000_000)} end`);
    expect(short).toMatch(/^begin x+ … \[\d+ characters left out; all of it is in journal\.jsonl\] … x+ end$/);
    expect(short.length).toBeLessThan(2100);
    expect(shortLine('💥'.repeat(100_000))).not.toMatch(/\p{Cs}/u);
  });

  it('is cut in an error', () => {
    const error = new UserError({ what: 'w'.repeat(100_000), why: 'line\n'.repeat(100_000) });
    expect(error.message.length).toBeLessThan(40_000);
    expect(error.parts.why).toMatch(/lines left out/);
  });

  it('is told by its number where it is a list of journal numbers', () => {
    const odd = Array.from({ length: 1000 }, (_, i) => 2 * i + 1);
    expect(seqs(odd)).toMatch(/^1, 3, .*, 77, … \(960 more\) …, 1999$/);
    expect(seqs([1, 2, 3, 7])).toBe('1–3, 7');
  });

  it('is no trouble as a list', () => {
    const many = Array.from({ length: 500_000 }, (_, i) => i);
    const list = [0];
    append(list, many);
    expect([list.length, largest(many), smallest(many), largest([], 0)]).toEqual([500_001, 499_999, 0, 0]);
  });
});
