import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of one of the files that make the guest. */
export function filePath(name: string): string {
  return fileURLToPath(new URL(`./files/${name}`, import.meta.url));
}

/** Content of one of the files that make the guest. */
export function fileText(name: string): string {
  return readFileSync(filePath(name), 'utf8');
}
