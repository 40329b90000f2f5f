import mocha from 'mocha';

/** Mocha's spec reporter, less the line for each passed vector, plus the plain counting line at the end. */
export default class Reporter extends mocha.reporters.Base {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_SUITE_BEGIN, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } =
      mocha.Runner.constants;
    runner.on(EVENT_SUITE_BEGIN, (suite: mocha.Suite) => {
      if (suite.title && suite.tests.length > 0)
        console.log(`${suite.fullTitle()} (${suite.tests.length})`);
    });
    runner.on(EVENT_TEST_PENDING, (test: mocha.Test) =>
      console.log(`  skipped: ${test.fullTitle()}`),
    );
    runner.on(EVENT_TEST_FAIL, (test: mocha.Test) => console.log(`  FAILED: ${test.fullTitle()}`));
    runner.once(EVENT_RUN_END, () => {
      this.epilogue();
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      console.log(`${passes} passed, ${failures} failed${pending ? `, ${pending} skipped` : ''}`);
    });
  }
}
