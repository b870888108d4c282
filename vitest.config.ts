import { defineConfig } from 'vitest/config';

/** Two floors: `unit` needs nothing but this checkout; `lab` drives a real tailnet and needs root on Linux. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**'],
          testTimeout: 20_000,
          // Modules keep no state of their own, so files share them: loading them anew for each took half of the time.
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          // Some take more than a minute, and twice that where others keep the processors busy.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          pool: 'forks',
          fileParallelism: true,
          // More than processors: half of the time a lab waits, for a boot or for a service to stay up.
          maxWorkers: 3,
        },
      },
    ],
  },
});
