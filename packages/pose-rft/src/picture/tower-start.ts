import {
  createVisionParameters,
  createVisionTower,
  patchGrid,
  planVisionTower,
  type ParameterPlan,
  type PixelValues,
  type VisionTransformerConfig,
} from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { tidy } from '@pose-rft/tensor';

/** Colours as a patch is read in them: brightness, and two differences of colours. */
const COLOUR_AXES = [
  [1 / Math.sqrt(3), 1 / Math.sqrt(3), 1 / Math.sqrt(3)],
  [1 / Math.sqrt(2), 0, -1 / Math.sqrt(2)],
  [-1 / Math.sqrt(6), 2 / Math.sqrt(6), -1 / Math.sqrt(6)],
] as const;
/** Of so many filters, this share reads brightness, and the rest each of the two colours in equal parts. */
const BRIGHTNESS_SHARE = 2 / 3;
/** Wave lengths of the positions, in patches: from so short to so long. */
const SHORTEST_WAVE = 2.5;
const LONGEST_WAVE = 40;

/**
 * Where a tower starts that is to learn from few pictures: patches read by cosines, low frequencies first, each scaled
 * to equal variance over given pictures (neighbouring pixels are alike, so that random filters all see the same mean
 * colour), and positions by sines and cosines of their row and column.
 *
 * @param prefix - what precedes the parameters' names
 * @param pictures - of which the filters' variance is measured; some tens will do
 * @returns the plans of the patch embedding and the positions, to put in the place of the tower's own
 */
export function planTowerStart(
  config: VisionTransformerConfig,
  prefix: string,
  pictures: readonly PixelValues[],
): Readonly<Record<string, ParameterPlan>> {
  const weight = `${prefix}.patch_embed.proj.weight`;
  const bias = `${prefix}.patch_embed.proj.bias`;
  const positions = `${prefix}.pos_embed`;
  const plan = planVisionTower(config);
  const filters = cosineFilters(config);
  const { mean, deviation } = responses(
    config,
    {
      ...plan,
      [weight]: withValues(plan[weight], filters),
      [positions]: withValues(plan[positions], new Float32Array(sizeOf(plan[positions]))),
    },
    pictures,
  );
  const { hiddenSize } = config;
  return {
    [weight]: withValues(
      plan[weight],
      filters.map((value, index) => value / (deviation[index % hiddenSize] as number)),
    ),
    [bias]: withValues(
      plan[bias],
      mean.map((value, channel) => -value / (deviation[channel] as number)),
    ),
    [positions]: withValues(plan[positions], wavePositions(config)),
  };
}

function withValues(plan: ParameterPlan | undefined, values: Float32Array): ParameterPlan {
  return { shape: plan?.shape ?? [values.length], initial: { kind: 'values', values } };
}

function sizeOf(plan: ParameterPlan | undefined): number {
  return (plan?.shape ?? []).reduce((product, length) => product * length, 1);
}

/** [channels * patch * patch, hiddenSize]: products of cosines along rows and columns, by rising frequency. */
function cosineFilters({ hiddenSize, patchSize }: VisionTransformerConfig): Float32Array {
  const brightness = Math.round(BRIGHTNESS_SHARE * hiddenSize);
  const frequencies = Array.from({ length: patchSize * patchSize }, (_, index) => ({
    along: index % patchSize,
    down: Math.floor(index / patchSize),
  })).sort((first, second) => Math.hypot(first.along, first.down) - Math.hypot(second.along, second.down));
  const filters = new Float32Array(3 * patchSize * patchSize * hiddenSize);
  for (let filter = 0; filter < hiddenSize; filter++) {
    const isColour = filter >= brightness;
    const axis = isColour ? 1 + ((filter - brightness) % 2) : 0;
    const { along, down } = frequencies[isColour ? (filter - brightness) >> 1 : filter] ?? {
      along: 0,
      down: 0,
    };
    for (let channel = 0; channel < 3; channel++)
      for (let y = 0; y < patchSize; y++)
        for (let x = 0; x < patchSize; x++)
          filters[((channel * patchSize + y) * patchSize + x) * hiddenSize + filter] =
            (COLOUR_AXES[axis]?.[channel] ?? 0) *
            Math.cos((Math.PI * along * (x + 0.5)) / patchSize) *
            Math.cos((Math.PI * down * (y + 0.5)) / patchSize);
  }
  return filters;
}

/** Mean and deviation of each channel of the embedded patches. */
function responses(
  config: VisionTransformerConfig,
  plan: Readonly<Record<string, ParameterPlan>>,
  pictures: readonly PixelValues[],
): { readonly mean: Float32Array; readonly deviation: Float32Array } {
  const parameters = createVisionParameters(plan, createRandom(0));
  const embedded = tidy(() => {
    const [first] = createVisionTower({ config, parameters }).hiddenStates(pictures);
    return first?.dataSync<'float32'>().slice() ?? new Float32Array(0);
  });
  parameters.dispose();
  const { hiddenSize } = config;
  const rows = embedded.length / hiddenSize;
  const mean = new Float32Array(hiddenSize);
  const deviation = new Float32Array(hiddenSize);
  for (let channel = 0; channel < hiddenSize; channel++) {
    let sum = 0;
    let squares = 0;
    for (let at = channel; at < embedded.length; at += hiddenSize) {
      const value = embedded[at] as number;
      sum += value;
      squares += value * value;
    }
    mean[channel] = sum / rows;
    deviation[channel] = Math.sqrt(Math.max(1e-6, squares / rows - (sum / rows) ** 2));
  }
  return { mean, deviation };
}

/** [1 + patches, hiddenSize]: nothing for the class token's place; half of the numbers say the row, half the column. */
function wavePositions(config: VisionTransformerConfig): Float32Array {
  const { hiddenSize } = config;
  const { rows, columns } = patchGrid(config);
  const positions = new Float32Array((1 + rows * columns) * hiddenSize);
  const waves = hiddenSize / 4;
  for (let patch = 0; patch < rows * columns; patch++) {
    const place = [Math.floor(patch / columns), patch % columns];
    for (let wave = 0; wave < waves; wave++) {
      const length = SHORTEST_WAVE * (LONGEST_WAVE / SHORTEST_WAVE) ** (wave / (waves - 1));
      place.forEach((index, axis) => {
        const at = (1 + patch) * hiddenSize + axis * 2 * waves + 2 * wave;
        positions[at] = Math.sin((2 * Math.PI * index) / length);
        positions[at + 1] = Math.cos((2 * Math.PI * index) / length);
      });
    }
  }
  return positions;
}
