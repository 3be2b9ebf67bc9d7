import { readFileSync } from 'node:fs';

/** Name and version of this program, and the version of Node.js. */
export function tool(): { name: string; version: string; node: string } {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return { name, version, node: process.version };
}
