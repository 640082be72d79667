import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  llavaVisionFeature,
  parseVisionConfig,
  visionConfigToJson,
  visionPreset,
} from './vision-config-json.js';
import {
  checkVisionFeature,
  defaultFeature,
  featureShape,
  VisionConfigError,
  visionTokenCount,
} from './vision-config.js';

describe('parseVisionConfig', () => {
  it('reads what llava-hf/llava-1.5-7b-hf says, with the defaults that it leaves out', () => {
    const config = parseVisionConfig({
      hidden_size: 1024,
      image_size: 336,
      intermediate_size: 4096,
      model_type: 'clip_vision_model',
      num_attention_heads: 16,
      num_hidden_layers: 24,
      patch_size: 14,
      projection_dim: 768,
      vocab_size: 32000,
    });
    expect(config).toEqual(visionPreset('clip-vit-large-patch14-336'));
    expect(config).toMatchObject({
      activation: 'quick_gelu',
      normEpsilon: 1e-5,
      preNorm: true,
      patchBias: false,
    });
    expect(featureShape(config, defaultFeature(config))).toEqual({ tokenCount: 576, featureSize: 1024 });
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('clip_vision_model', 'siglip_vision_model', 'hmr2_vision_model'),
        fc.constantFrom('quick_gelu', 'gelu', 'gelu_pytorch_tanh'),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 20, max: 60 }),
        fc.integer({ min: 20, max: 60 }),
        (model_type, hidden_act, num_attention_heads, headSize, height, width) => {
          const config = parseVisionConfig({
            model_type,
            hidden_act,
            num_attention_heads,
            hidden_size: headSize * num_attention_heads,
            image_size: [height, width],
            patch_size: 4,
            side_crop: 2,
          });
          const json: unknown = JSON.parse(JSON.stringify(visionConfigToJson(config)));
          expect(parseVisionConfig(json)).toEqual(config);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    [null, /an object/],
    [{ model_type: 'vit' }, /model_type.*clip_vision_model.*"vit"/],
    [{ model_type: 'clip_vision_model', hidden_size: '768' }, /hidden_size to be a number, found "768"/],
    [{ model_type: 'clip_vision_model', hidden_size: 100 }, /100 is no multiple of headCount 12/],
    [{ model_type: 'clip_vision_model', hidden_act: 'relu' }, /hidden_act.*"relu"/],
    [{ model_type: 'clip_vision_model', patch_size: [14, 16] }, /square/],
    [{ model_type: 'clip_vision_model', image_size: [1, 2, 3] }, /image_size/],
    [{ model_type: 'clip_vision_model', num_hidden_layers: 0 }, /layerCount/],
    [{ model_type: 'clip_vision_model', layer_norm_eps: 0 }, /normEpsilon/],
    [{ model_type: 'hmr2_vision_model', side_crop: 128 }, /hold no patch/],
  ])('refuses %j', (json, message) => {
    expect(() => parseVisionConfig(json)).toThrow(VisionConfigError);
    expect(() => parseVisionConfig(json)).toThrow(message);
  });
});

describe('features', () => {
  const clip = visionPreset('small-clip');
  const siglip = parseVisionConfig({ model_type: 'siglip_vision_model' });

  it('are those that config.json asks for', () => {
    expect(llavaVisionFeature({}, clip)).toEqual({ layers: [-2], dropClassToken: true, finalNorm: false });
    const json = { vision_feature_layer: [-2, 3], vision_feature_select_strategy: 'full' };
    const feature = llavaVisionFeature(json, clip);
    expect(featureShape(clip, feature)).toEqual({ tokenCount: 65, featureSize: 128 });
    expect(visionTokenCount(siglip)).toBe(196);
  });

  it('must exist', () => {
    expect(() => llavaVisionFeature({ vision_feature_layer: -6 }, clip)).toThrow(/hidden states 0 to 4/);
    expect(() => llavaVisionFeature({ vision_feature_layer: 'last' }, clip)).toThrow(VisionConfigError);
    expect(() => llavaVisionFeature({ vision_feature_select_strategy: 'cls' }, clip)).toThrow(/"cls"/);
    expect(() => llavaVisionFeature({}, siglip)).toThrow(/no class token.*"full"/);
    const none = { layers: [], dropClassToken: false, finalNorm: false };
    expect(() => checkVisionFeature(clip, none)).toThrow(/at least one layer/);
    const early = { layers: [-2], dropClassToken: false, finalNorm: true };
    expect(() => checkVisionFeature(siglip, early)).toThrow(/last LayerNorm/);
  });
});
