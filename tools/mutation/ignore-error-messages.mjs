import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/**
 * The words of an error are for people; which error is thrown, and when, is for programs. Only the latter is mutated:
 * strings in the arguments of `new SomethingError(...)` are left as they are, conditions around them are not.
 */
const errorMessages = {
  shouldIgnore(path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
    const isError = ({ node }) => node.type === 'NewExpression' && /Error$/.test(node.callee.name ?? '');
    return path.findParent(isError) ? 'The words of an error message' : undefined;
  },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'error-messages', errorMessages)];
