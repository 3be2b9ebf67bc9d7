/** A real Chromium: Debian's, with everything of its own that would reach out switched off. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { findProgram } from '../../src/host/setup.js';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Options {
  colorScheme: 'light' | 'dark';
  width: number;
}

/** Gives `use` a context of a fresh profile, and leaves nothing of it. Tests that want it skip without Chromium (`needs.ts`). */
export async function withChromium<T>(
  { colorScheme, width }: Options,
  use: (context: BrowserContext) => Promise<T>,
): Promise<T> {
  const executablePath = findProgram('chromium')!;
  const profile = mkdtempSync(join(tmpdir(), 'kernel-matrix-chromium-'));
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: FLAGS,
      colorScheme,
      viewport: { width, height: 900 },
    });
    try {
      return await use(context);
    } finally {
      await context.close();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
