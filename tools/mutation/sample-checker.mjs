import { createHash } from 'node:crypto';
import { commonTokens, declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { CheckStatus } from '@stryker-mutator/api/check';

/** A number in [0, 1) that a mutant keeps for as long as its text and its place in the file stay as they are. */
function lot({ fileName, location, mutatorName, replacement }) {
  const file = fileName.split('/').slice(-2).join('/');
  const key = JSON.stringify([file, location.start, location.end, mutatorName, replacement]);
  return createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32;
}

/** Lets a share of the mutants through (`MUTATION_SAMPLE`); the rest count as neither killed nor survived. */
class SampleChecker {
  static inject = [commonTokens.logger];
  async init() {}
  group(mutants) {
    return mutants.map(({ id }) => [id]);
  }
  async check(mutants) {
    const share = Number(process.env.MUTATION_SAMPLE);
    const result = (mutant) =>
      lot(mutant) < share
        ? { status: CheckStatus.Passed }
        : { status: CheckStatus.CompileError, reason: 'not in the sample' };
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, result(mutant)]));
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', SampleChecker)];
