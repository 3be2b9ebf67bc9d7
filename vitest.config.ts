import { defineConfig } from 'vitest/config';

const HALF_AN_HOUR = 30 * 60 * 1000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/vm/**', 'test/vagrant/**', 'test/browser/**', 'test/faults/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry: 0,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          retry: 0,
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          testTimeout: HALF_AN_HOUR,
          hookTimeout: HALF_AN_HOUR,
          retry: 0,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/faults/base.ts'],
          testTimeout: HALF_AN_HOUR,
          hookTimeout: HALF_AN_HOUR,
          retry: 0,
        },
      },
      {
        test: {
          name: 'vagrant',
          include: ['test/vagrant/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: HALF_AN_HOUR,
          hookTimeout: HALF_AN_HOUR,
          retry: 0,
        },
      },
    ],
  },
});
