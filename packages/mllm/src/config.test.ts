import { describe, expect, it } from 'vitest';
import { MLLM_PRESETS, mllmConfig, MllmConfigError, parseMllmConfig, type MllmPreset } from './config.js';

describe('mllmConfig', () => {
  it.each(Object.keys(MLLM_PRESETS) as MllmPreset[])(
    'has the valid preset %s, which survives JSON',
    (preset) => {
      const config = mllmConfig(preset);
      expect(config).toMatchObject(MLLM_PRESETS[preset]);
      expect(parseMllmConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
    },
  );

  it('changes single fields', () => {
    expect(mllmConfig('tiny', { layerCount: 3 })).toEqual({ ...mllmConfig('tiny'), layerCount: 3 });
  });
});

describe('parseMllmConfig', () => {
  const tiny = MLLM_PRESETS.tiny;

  it.each([
    [{ ...tiny, hiddenSize: 0 }, /hiddenSize to be an integer above 0, found 0/],
    [{ ...tiny, layerCount: 1.5 }, /layerCount .* found 1.5/],
    [{ ...tiny, maxPositions: '80' }, /maxPositions .* found "80"/],
    [{ ...tiny, vocabularySize: undefined }, /vocabularySize .* found undefined/],
    [{ ...tiny, ropeTheta: -1 }, /ropeTheta to be a number above 0/],
    [{ ...tiny, normEpsilon: NaN }, /normEpsilon to be a finite number/],
    [{ ...tiny, headCount: 3 }, /heads of 21.3\d* numbers/],
    [{ ...tiny, hiddenSize: 12, headCount: 4 }, /heads of 3 numbers; expected an even integer/],
    [{ ...tiny, poseSize: 100 }, /no multiple of 6/],
    [{ ...tiny, poseHead: { ...tiny.poseHead, logStdMin: -2 } }, /must lie below logStdMax/],
    [{ ...tiny, poseHead: [] }, /"poseHead" to be an object/],
    [null, /the configuration to be an object, found null/],
  ])('refuses configuration %#', (value, message) => {
    expect(() => parseMllmConfig(value)).toThrow(MllmConfigError);
    expect(() => parseMllmConfig(value)).toThrow(message);
  });

  it('leaves unknown fields out', () => {
    expect(parseMllmConfig({ ...tiny, author: 'unknown' })).toEqual(mllmConfig('tiny'));
  });
});
