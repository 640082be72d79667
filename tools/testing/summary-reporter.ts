import type { Reporter, TestModule } from 'vitest/node';

/** Ends a test run with one line that people and machines read alike: `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state } = test.result();
        if (state === 'passed') count.passed += 1;
        else if (state === 'failed') count.failed += 1;
        else count.skipped += 1;
      }
      // A module that fails to load runs no test, and must not look like a success.
      if (tests.every((test) => test.result().state !== 'failed') && module.state() === 'failed')
        count.failed += 1;
    }
    count.failed += unhandledErrors.length;
    const skipped = count.skipped > 0 ? `${count.skipped} skipped: their data or hardware is not here\n` : '';
    // After the default reporter's own summary, which prints in the same phase.
    process.once('exit', () =>
      process.stdout.write(`${skipped}${count.passed} passed, ${count.failed} failed\n`),
    );
  }
}
