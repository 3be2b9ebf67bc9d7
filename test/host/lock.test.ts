import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../src/host/lock.js';
import { deferred } from './deferred.js';

describe('withLock', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'km-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets two holders in one after the other, and tells the second that it waits', async () => {
    const path = join(folder, 'made', 'on-demand');
    const order: string[] = [];
    const waits = deferred();
    const entered = deferred();
    const first = withLock(path, {}, async () => {
      entered.resolve();
      await waits.promise;
      order.push('first ends');
    });
    await entered.promise;
    const second = withLock(path, { onWait: waits.resolve }, async () => {
      order.push('second begins');
      return Promise.resolve('its result');
    });
    expect(await Promise.all([first, second])).toEqual([undefined, 'its result']);
    expect(order).toEqual(['first ends', 'second begins']);
  });

  it('is free again after work that failed', async () => {
    const path = join(folder, 'a');
    await expect(withLock(path, {}, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(`${path}.lock`)).toBe(false);
    let waited = false;
    await withLock(path, { onWait: () => (waited = true) }, () => Promise.resolve());
    expect(waited).toBe(false);
  });

  it('gives up waiting when the signal aborts', async () => {
    const path = join(folder, 'a');
    const cancel = new AbortController();
    const tried = deferred();
    await withLock(path, {}, async () => {
      const second = withLock(path, { onWait: tried.resolve, signal: cancel.signal }, () =>
        Promise.reject(new Error('it got in')),
      );
      await tried.promise;
      cancel.abort(new Error('interrupted'));
      await expect(second).rejects.toThrow('interrupted');
    });
  });
});
