import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { highestVersion, requirementsOfExtra, RequirementError } from './requirements.js';

const METADATA = `Metadata-Version: 2.1
Name: tensorflow
Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-nccl-cu12 (<3.0,>=2.27.7) ; extra == 'and-cuda'
Requires-Dist: tensorflow-io-gcs-filesystem<0.35,>=0.23.1; extra == "gcs-filesystem"
`;

describe('the requirements of an extra', () => {
  test('are read in both ways of writing them', () => {
    expect(requirementsOfExtra(METADATA, 'and-cuda')).toEqual([
      {
        project: 'nvidia-cublas-cu12',
        bounds: [
          { operator: '<', version: '13.0' },
          { operator: '>=', version: '12.5.3.2' },
        ],
      },
      {
        project: 'nvidia-nccl-cu12',
        bounds: [
          { operator: '<', version: '3.0' },
          { operator: '>=', version: '2.27.7' },
        ],
      },
    ]);
    expect(requirementsOfExtra(METADATA, 'nothing')).toEqual([]);
  });

  test('with a bound that is not understood are refused', () => {
    expect(() => requirementsOfExtra('Requires-Dist: a~=1.2; extra == "x"', 'x')).toThrow(RequirementError);
    expect(() => requirementsOfExtra('Requires-Dist: a==1.*; extra == "x"', 'x')).toThrow(/"==1\.\*"/);
  });
});

describe('the highest version', () => {
  test('goes by numbers, within the bounds, without pre-releases', () => {
    const versions = ['12.9.1', '12.10.0', '13.0.0', '12.11.0rc1', '12.5'];
    const bounds = requirementsOfExtra('Requires-Dist: a<13.0,>=12.5.3; extra == "x"', 'x')[0]?.bounds ?? [];
    expect(highestVersion(versions, bounds)).toBe('12.10.0');
    expect(highestVersion(['12.5'], bounds)).toBeUndefined();
    expect(highestVersion(['1.0', '1'], [{ operator: '==', version: '1.0.0' }])).toBeDefined();
    expect(highestVersion(['1.0'], [{ operator: '!=', version: '1' }])).toBeUndefined();
  });

  test('is one of the versions, and none that is allowed is higher', () => {
    const version = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(version, { minLength: 1 }), version, (versions, limit) => {
        const texts = versions.map((parts) => parts.join('.'));
        const bounds = [{ operator: '<=', version: limit.join('.') }] as const;
        const highest = highestVersion(texts, bounds);
        const padded = (text: string): number =>
          text.split('.').reduce((sum, part, index) => sum + Number(part) * 100 ** (3 - index), 0);
        const allowed = texts.filter((text) => padded(text) <= padded(limit.join('.')));
        if (highest === undefined) expect(allowed).toEqual([]);
        else expect(padded(highest)).toBe(Math.max(...allowed.map(padded)));
      }),
    );
  });
});
