import { defineConfig } from 'vitest/config';

const MINUTE = 60 * 1000;
const HALF_AN_HOUR = 30 * MINUTE;

/** The machines that show the main job; `npm test` runs them. */
const MAIN_VM = ['matrix', 'interruption', 'detector'].map((name) => `test/vm/${name}.test.ts`);

/** They change what others share: the tables, and what listens to this process. So each has a process of its own. */
const ALONE = ['kernel/table', 'provider/table', 'cli/progress-live'].map((name) => `test/${name}.test.ts`);

/** @param timeout of a test and of a hook. */
const limits = (timeout: number, hook = timeout) => ({ testTimeout: timeout, hookTimeout: hook, retry: 0 });

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...['vm', 'vagrant', 'browser', 'faults', 'fuzz'].map((folder) => `test/${folder}/**`), ...ALONE],
          // Loading the program anew for each file took half of the time.
          isolate: false,
          ...limits(MINUTE),
        },
      },
      { test: { name: 'unit-alone', include: ALONE, ...limits(MINUTE) } },
      { test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], ...limits(MINUTE) } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...limits(2 * MINUTE, MINUTE) } },
      { test: { name: 'vm', include: MAIN_VM, ...limits(HALF_AN_HOUR) } },
      {
        test: { name: 'vm-rest', include: ['test/vm/**/*.test.ts'], exclude: MAIN_VM, ...limits(HALF_AN_HOUR) },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/faults/base.ts'],
          ...limits(HALF_AN_HOUR),
        },
      },
      {
        test: {
          name: 'vagrant',
          include: ['test/vagrant/**/*.test.ts'],
          fileParallelism: false,
          ...limits(HALF_AN_HOUR),
        },
      },
    ],
  },
});
