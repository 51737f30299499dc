import { availableParallelism } from 'node:os'

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // TypeScript rewrites the imports of ./x.ts to ./x.js (rewriteRelativeImportExtensions); the files are .ts.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': ['$1.ts', '$1.js'] },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  // For what hangs. Where much else runs a test may take minutes.
  testTimeout: 300_000,
  // The tests of the bundle mostly wait for what they have started.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
}
