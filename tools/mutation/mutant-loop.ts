import {
  inject,
  type RunnerTestCase as Test,
  type RunnerTestFile as File,
  type RunnerTestSuite,
} from 'vitest';
import { VitestTestRunner } from 'vitest/runners';
import { getFn, getHooks } from 'vitest/suite';

type Suite = File | RunnerTestSuite;

/** What Stryker's instrumented sources read and write. */
interface Instrumentation {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}

export interface MutantRequest {
  /** None: a dry run of all tests. */
  readonly mutant?: string;
  readonly hitLimit?: number | undefined;
  /** Default: all tests. */
  readonly tests?: readonly string[] | undefined;
}

export interface MutantReply {
  readonly ran: readonly { readonly id: string; readonly milliseconds: number; readonly failure?: string }[];
  readonly tooManyHits: boolean;
  /** The tests that failed with the mutant fail without it too: what they need was damaged by a mutant before. */
  readonly damaged: boolean;
  readonly coverage: unknown;
}

interface Plan {
  readonly file: File;
  readonly tests: readonly Test[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Loads all test files once, and then tries mutants in them, one request after the other, for as long as its thread
 * lives: a mutant costs the tests up to the one that kills it, and no loading.
 */
export default class MutantLoop extends VitestTestRunner {
  readonly #files: File[] = [];
  readonly #ids = new Map<Test, string>();
  readonly #milliseconds = new Map<File, number>();

  async onBeforeRunFiles(files: File[]): Promise<void> {
    for (const file of files) {
      // A test file that does not load would kill nothing, unnoticed.
      for (const { message } of file.result?.errors ?? []) throw new Error(`${file.name}: ${message}`);
      this.#files.push(file);
      this.#claim(file, file.name);
    }
    if (this.#files.length === inject('testFileCount')) await this.#serve();
  }

  /** Names the tests, and keeps vitest from running them itself. */
  #claim(suite: Suite, path: string): void {
    for (const task of suite.tasks) {
      if (task.mode !== 'run') continue;
      const name = `${path}${suite.type === 'suite' && 'filepath' in suite ? '#' : ' '}${task.name}`;
      if (task.type === 'suite') this.#claim(task, name);
      else {
        const taken = new Set(this.#ids.values());
        let id = name;
        for (let copy = 2; taken.has(id); copy++) id = `${name} (${copy})`;
        this.#ids.set(task, id);
        task.mode = 'skip';
      }
    }
  }

  async #serve(): Promise<void> {
    const channel = new BroadcastChannel(inject('mutantChannel'));
    await new Promise<void>((done) => {
      channel.onmessage = ({ data }: { data: MutantRequest | 'end' }) => {
        if (data === 'end') {
          channel.close();
          done();
        } else void this.#answer(data).then((reply) => channel.postMessage({ reply }));
      };
      channel.postMessage({ ready: true });
    });
  }

  async #answer({ mutant, hitLimit, tests }: MutantRequest): Promise<MutantReply> {
    const globals = globalThis as typeof globalThis & { __stryker__?: Instrumentation };
    const instrumentation = (globals.__stryker__ ??= {});
    const activate = (id: string | undefined): void => {
      instrumentation.activeMutant = id;
      instrumentation.hitLimit = id === undefined ? undefined : hitLimit;
      instrumentation.hitCount = id === undefined ? undefined : 0;
    };
    const wanted = tests && new Set(tests);
    activate(mutant);
    const ran = await this.#run(instrumentation, wanted, mutant !== undefined);
    const { hitCount = 0, mutantCoverage: coverage } = instrumentation;
    activate(undefined);
    const tooManyHits = hitLimit !== undefined && hitCount > hitLimit;
    const failed = ran.filter(({ failure }) => failure !== undefined).map(({ id }) => id);
    let damaged = false;
    if (mutant !== undefined && failed.length > 0) {
      const again = await this.#run(instrumentation, new Set(failed), true);
      damaged = again.some(({ failure }) => failure !== undefined);
    }
    return { ran, tooManyHits, damaged, coverage: mutant === undefined ? coverage : undefined };
  }

  /** The quick files first: most mutants need no more. */
  #plans(wanted: ReadonlySet<string> | undefined): readonly Plan[] {
    const testsOf = (suite: Suite): Test[] =>
      suite.tasks.flatMap((task) => {
        if (task.type === 'suite') return testsOf(task);
        const id = this.#ids.get(task);
        return id !== undefined && (wanted?.has(id) ?? true) ? [task] : [];
      });
    return this.#files
      .map((file) => ({ file, tests: testsOf(file) }))
      .filter(({ tests }) => tests.length > 0)
      .sort((a, b) => (this.#milliseconds.get(a.file) ?? 0) - (this.#milliseconds.get(b.file) ?? 0));
  }

  async #run(
    instrumentation: Instrumentation,
    wanted: ReadonlySet<string> | undefined,
    bail: boolean,
  ): Promise<MutantReply['ran']> {
    const ran: { id: string; milliseconds: number; failure?: string }[] = [];
    const failed = (): boolean => bail && ran.some(({ failure }) => failure !== undefined);

    const runTest = async (test: Test): Promise<void> => {
      const id = this.#ids.get(test) ?? '';
      const suites: Suite[] = [];
      for (let suite: Suite | undefined = test.suite ?? test.file; suite; suite = outer(suite))
        suites.unshift(suite);
      const start = performance.now();
      instrumentation.currentTestId = id;
      let failure: string | undefined;
      const attempt = async (step: () => unknown): Promise<void> => {
        try {
          await step();
        } catch (error) {
          failure ??= message(error);
        }
      };
      const cleanups: (() => unknown)[] = [];
      await attempt(async () => {
        for (const suite of suites)
          for (const hook of getHooks(suite).beforeEach) {
            const cleanup: unknown = await hook(test.context, suite);
            if (typeof cleanup === 'function') cleanups.unshift(() => Reflect.apply(cleanup, undefined, []));
          }
        await getFn(test)();
      });
      for (const suite of suites.toReversed())
        for (const hook of getHooks(suite).afterEach.toReversed())
          await attempt(() => hook(test.context, suite));
      for (const cleanup of cleanups) await attempt(cleanup);
      instrumentation.currentTestId = undefined;
      const milliseconds = performance.now() - start;
      ran.push({ id, milliseconds, ...(failure === undefined ? {} : { failure }) });
    };

    const runSuite = async (suite: Suite, tests: ReadonlySet<Test>): Promise<void> => {
      const within = [...tests].filter((test) => isWithin(test, suite));
      const [first] = within;
      if (first === undefined) return;
      /** A hook that throws fails the suite: it counts as its first test's failure. */
      const attempt = async (step: () => unknown): Promise<void> => {
        try {
          await step();
        } catch (error) {
          ran.push({ id: this.#ids.get(first) ?? '', milliseconds: 0, failure: message(error) });
        }
      };
      const { beforeAll, afterAll } = getHooks(suite);
      const cleanups: (() => unknown)[] = [];
      await attempt(async () => {
        for (const hook of beforeAll) {
          const cleanup: unknown = await Reflect.apply(hook, undefined, [suite]);
          if (typeof cleanup === 'function') cleanups.unshift(() => Reflect.apply(cleanup, undefined, []));
        }
      });
      for (const task of suite.tasks) {
        if (failed()) break;
        if (task.type === 'suite') await runSuite(task, tests);
        else if (tests.has(task)) await runTest(task);
      }
      for (const hook of afterAll.toReversed()) await attempt(() => Reflect.apply(hook, undefined, [suite]));
      for (const cleanup of cleanups) await attempt(cleanup);
    };

    for (const { file, tests } of this.#plans(wanted)) {
      if (failed()) break;
      const start = performance.now();
      await runSuite(file, new Set(tests));
      if (wanted === undefined) this.#milliseconds.set(file, performance.now() - start);
    }
    return ran;
  }
}

function outer(suite: Suite): Suite | undefined {
  return 'filepath' in suite ? undefined : (suite.suite ?? suite.file);
}

function isWithin(test: Test, suite: Suite): boolean {
  for (let at: Suite | undefined = test.suite ?? test.file; at; at = outer(at)) if (at === suite) return true;
  return false;
}

declare module 'vitest' {
  export interface ProvidedContext {
    readonly mutantChannel: string;
    readonly testFileCount: number;
  }
}
