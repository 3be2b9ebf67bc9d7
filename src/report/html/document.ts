/** The shell of a page: one file that fetches nothing, runs nothing and says so to the browser. */
import { createHash } from 'node:crypto';
import { markup, verbatim, type Markup } from './markup.js';
import { STYLE } from './style.js';

export interface DocumentParts {
  title: string;
  /** Begins with the one `h1`. */
  header: Markup;
  /** In pieces, for one of a large run is not to be held whole. */
  main: Iterable<Markup>;
}

/**
 * Nothing is allowed but the one style sheet, by its hash: even markup that slipped through could load nothing, run
 * nothing and style nothing.
 */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function htmlDocument(parts: DocumentParts): string {
  return [...documentPieces(parts)].join('');
}

/** The page in pieces, in their order. */
export function* documentPieces({ title, header, main }: DocumentParts): Generator<string, void> {
  yield markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${verbatim(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${verbatim(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>${header}</header>
<main id="main" tabindex="-1">
`.text;
  for (const piece of main) yield piece.text;
  yield `
</main>
</body>
</html>
`;
}
