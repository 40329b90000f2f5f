import mocha from 'mocha';

const SLOW_SUITE_SECONDS = 5;

/** A line for each suite, with its time if it is long; what failed or was skipped; the plain counting line at the end. */
export default class Reporter extends mocha.reporters.Base {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PENDING } =
      mocha.Runner.constants;
    const begun = new Map<mocha.Suite, number>();
    runner.on(EVENT_SUITE_BEGIN, (suite: mocha.Suite) => {
      begun.set(suite, performance.now());
      if (suite.title && suite.tests.length > 0)
        console.log(`${suite.fullTitle()} (${suite.tests.length})`);
    });
    runner.on(EVENT_SUITE_END, (suite: mocha.Suite) => {
      const seconds = (performance.now() - (begun.get(suite) ?? 0)) / 1000;
      if (suite.title && seconds >= SLOW_SUITE_SECONDS)
        console.log(`  ${suite.fullTitle()}: ${seconds.toFixed(0)} s`);
    });
    runner.on(EVENT_TEST_PENDING, (test: mocha.Test) =>
      console.log(`  skipped: ${test.fullTitle()}`),
    );
    runner.on(EVENT_TEST_FAIL, (test: mocha.Test) => console.log(`  FAILED: ${test.fullTitle()}`));
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      this.epilogue();
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      console.log(`${passes} passed, ${failures} failed${pending ? `, ${pending} skipped` : ''}`);
    });
  }
}
