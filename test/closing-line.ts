import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints `N passed, N failed, N skipped` as the run's last line, and fails a run in CI in which a test was skipped: a
 * test that quietly stops running looks exactly like one that passes.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state] += 1;
        if (state === "skipped") skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    if (process.env["CI"] && skipped.length > 0) {
      console.error(`These tests should have run and were skipped:\n  ${skipped.join("\n  ")}`);
      process.exitCode = 1;
    }
    console.log(`${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped`);
  }
}
