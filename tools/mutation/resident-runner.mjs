import { randomUUID } from 'node:crypto';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { createVitest } from 'vitest/node';

/**
 * A test runner for Stryker that keeps one vitest worker, with all modules loaded, for all mutants (`mutant-loop.ts`).
 * Its own, which starts a worker for each mutant, spends most of its time in loading TensorFlow.js.
 *
 * A mutant counts as killed only if the test that failed passes again without it; if not, a mutant has damaged what the
 * worker keeps (a cache, say), and the mutant is tried again in a fresh one.
 */
class ResidentRunner {
  #vitest;
  #channel;
  #waiting;

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    const name = `mutants-${randomUUID()}`;
    const channel = new BroadcastChannel(name);
    const ready = new Promise((settle, refuse) => {
      this.#waiting = { settle, refuse };
    });
    channel.onmessage = ({ data }) => this.#waiting?.settle(data.reply);
    this.#channel = channel;
    const vitest = await createVitest('test', {
      config: 'tools/mutation/vitest.config.ts',
      watch: false,
      reporters: [{}],
    });
    this.#vitest = vitest;
    const specifications = await vitest.globTestSpecifications();
    vitest.provide('mutantChannel', name);
    vitest.provide('testFileCount', specifications.length);
    const run = vitest.runTestSpecifications(specifications, true);
    const ended = ({ testModules, unhandledErrors }) => {
      const errors = [...unhandledErrors, ...testModules.flatMap((module) => module.errors())];
      this.#waiting?.refuse(new Error(errors.map(({ message }) => message).join('\n') || 'vitest ended'));
    };
    void run.then(ended, (error) => this.#waiting?.refuse(error));
    await ready;
  }

  /** @param {import('./mutant-loop.ts').MutantRequest} request @returns {Promise<import('./mutant-loop.ts').MutantReply>} */
  #ask(request) {
    return new Promise((settle, refuse) => {
      this.#waiting = { settle, refuse };
      this.#channel.postMessage(request);
    });
  }

  async dryRun() {
    const { ran, coverage } = await this.#ask({});
    const tests = ran.map(({ id, milliseconds, failure }) => ({
      id,
      name: id,
      fileName: undefined,
      timeSpentMs: milliseconds,
      ...(failure === undefined
        ? { status: TestStatus.Success }
        : { status: TestStatus.Failed, failureMessage: failure }),
    }));
    return { status: DryRunStatus.Complete, tests, mutantCoverage: coverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const request = { mutant: activeMutant.id, tests: testFilter, hitLimit };
    let reply = await this.#ask(request);
    if (reply.damaged) {
      await this.#restart();
      reply = await this.#ask(request);
      if (reply.damaged) await this.#restart();
    }
    if (reply.tooManyHits) return { status: MutantRunStatus.Timeout, reason: 'Hit limit reached' };
    const failed = reply.ran.find(({ failure }) => failure !== undefined);
    const nrOfTests = reply.ran.length;
    return failed
      ? { status: MutantRunStatus.Killed, killedBy: [failed.id], failureMessage: failed.failure, nrOfTests }
      : { status: MutantRunStatus.Survived, nrOfTests };
  }

  async #restart() {
    await this.dispose();
    await this.init();
  }

  async dispose() {
    this.#waiting = undefined;
    this.#channel?.postMessage('end');
    await this.#vitest?.close();
    this.#channel?.close();
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'resident', ResidentRunner)];
