import { defineConfig } from 'vitest/config';

/** `npm run test:web`: the web app in a real browser, one file at a time. They take minutes, and stand beside `npm test`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
