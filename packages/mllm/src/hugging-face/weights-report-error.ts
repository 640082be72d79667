/** One thing that is wrong with the tensors of a checkpoint. */
export type WeightsProblem =
  | { readonly kind: 'missing'; readonly tensor: string }
  | { readonly kind: 'unexpected'; readonly tensor: string }
  | { readonly kind: 'repeated'; readonly tensor: string; readonly as: readonly string[] }
  | {
      readonly kind: 'shape';
      readonly tensor: string;
      readonly expected: readonly number[];
      readonly found: readonly number[];
    }
  | { readonly kind: 'dtype'; readonly tensor: string; readonly found: string };

/** Each kind's problems that a message lists; `problems` has all. */
const LISTED = 12;

/** Thrown when the tensors of a checkpoint are not those of the model that its configuration describes. */
export class WeightsReportError extends Error {
  override readonly name = 'WeightsReportError';

  constructor(
    /** The file or folder. */
    readonly source: string,
    /** Everything that is wrong, not only the first. */
    readonly problems: readonly WeightsProblem[],
  ) {
    super(
      `${source}: the weights are not those of the configured model.\n${reportOf(problems)}\n` +
        'Weights and config.json must be of one model; nothing was loaded.',
    );
  }
}

function reportOf(problems: readonly WeightsProblem[]): string {
  const kinds: readonly (readonly [WeightsProblem['kind'], string])[] = [
    ['missing', 'missing'],
    ['unexpected', 'not of this model'],
    ['repeated', 'more than once'],
    ['shape', 'of another shape'],
    ['dtype', 'of a dtype other than F32, F16 or BF16'],
  ];
  return kinds
    .map(([kind, title]) => {
      const found = problems.filter((problem) => problem.kind === kind);
      if (found.length === 0) return '';
      const shown = found.slice(0, LISTED).map((problem) => `  ${describe(problem)}`);
      const rest = found.length > LISTED ? [`  ... and ${found.length - LISTED} more`] : [];
      return [`${found.length} ${title}:`, ...shown, ...rest].join('\n');
    })
    .filter((part) => part !== '')
    .join('\n');
}

function describe(problem: WeightsProblem): string {
  switch (problem.kind) {
    case 'missing':
    case 'unexpected':
      return problem.tensor;
    case 'repeated':
      return `${problem.tensor}: ${problem.as.join(', ')}`;
    case 'shape':
      return `${problem.tensor}: expected [${problem.expected.join(', ')}], found [${problem.found.join(', ')}]`;
    case 'dtype':
      return `${problem.tensor}: ${problem.found}`;
  }
}
