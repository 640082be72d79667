import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropPerson } from './crop-person.js';
import { ImageError } from './image-error.js';
import {
  clipPreprocessing,
  cropCentre,
  normaliseImage,
  preprocessImage,
  squareWithBars,
  type ImagePreprocessing,
} from './image-preprocessing.js';
import { orientImage, type ExifOrientation } from './orient-image.js';
import { parsePreprocessorConfig } from './preprocessor-config.js';
import { imageFromPixels, type RasterImage } from './raster-image.js';
import { resizeImage, type ResampleFilter } from './resize-image.js';

const sizes = fc.integer({ min: 1, max: 24 });
const filters = fc.constantFrom<ResampleFilter>('box', 'bilinear', 'hamming', 'bicubic', 'lanczos');
const images: fc.Arbitrary<RasterImage> = fc
  .tuple(sizes, sizes)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height })
      .map((data) => ({ width, height, data })),
  );

function constantImage(width: number, height: number, colour: readonly number[]): RasterImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, index) => colour[index % 3] as number);
  return { width, height, data };
}

describe('resizeImage', () => {
  it('leaves one colour as it is', () => {
    fc.assert(
      fc.property(
        sizes,
        sizes,
        sizes,
        sizes,
        filters,
        fc.nat(255),
        (w, h, toWidth, toHeight, filter, level) => {
          const colour = [level, 255 - level, 255];
          const resized = resizeImage(constantImage(w, h, colour), toWidth, toHeight, filter);
          expect(resized).toEqual(constantImage(toWidth, toHeight, colour));
        },
      ),
    );
  });

  it('to the same size is the same picture', () => {
    fc.assert(
      fc.property(images, filters, (image, filter) => {
        expect(resizeImage(image, image.width, image.height, filter)).toEqual(image);
      }),
    );
  });

  it('commutes with mirroring, but for ties', () => {
    fc.assert(
      fc.property(
        images,
        sizes,
        fc.constantFrom<ResampleFilter>('bilinear', 'bicubic'),
        (image, width, filter) => {
          const mirror = (picture: RasterImage): RasterImage => orientImage(picture, 2);
          const one = mirror(resizeImage(image, width, image.height, filter)).data;
          const other = resizeImage(mirror(image), width, image.height, filter).data;
          one.forEach((value, index) =>
            expect(Math.abs(value - (other[index] as number))).toBeLessThanOrEqual(1),
          );
        },
      ),
    );
  });

  it('refuses sizes and pictures that do not exist', () => {
    const image = constantImage(2, 2, [1, 2, 3]);
    expect(() => resizeImage(image, 0, 2, 'box')).toThrow(ImageError);
    expect(() => resizeImage(image, 2, 1.5, 'box')).toThrow(/1.5/);
    expect(() => resizeImage({ ...image, width: 3 }, 2, 2, 'box')).toThrow(/18 samples, found 12/);
  });
});

describe('orientImage', () => {
  it('is undone by its inverse', () => {
    const inverses: Readonly<Record<ExifOrientation, ExifOrientation>> = {
      1: 1,
      2: 2,
      3: 3,
      4: 4,
      5: 5,
      6: 8,
      7: 7,
      8: 6,
    };
    fc.assert(
      fc.property(images, fc.constantFrom<ExifOrientation>(1, 2, 3, 4, 5, 6, 7, 8), (image, orientation) => {
        expect(orientImage(orientImage(image, orientation), inverses[orientation])).toEqual(image);
      }),
    );
  });
});

describe('imageFromPixels', () => {
  it('takes grey, alpha and 16 bits', () => {
    fc.assert(
      fc.property(images, (image) => {
        const { width, height, data } = image;
        const deep = Uint16Array.from(data, (value) => value * 257);
        expect(imageFromPixels({ data: deep, width, height, channels: 3 })).toEqual(image);
        const rgba = Uint8Array.from({ length: 4 * width * height }, (_, index) =>
          index % 4 === 3 ? 255 : (data[3 * Math.floor(index / 4) + (index % 4)] as number),
        );
        expect(imageFromPixels({ data: rgba, width, height, channels: 4 })).toEqual(image);
        const clear = rgba.map((value, index) => (index % 4 === 3 ? 0 : value));
        const background = [5, 6, 7] as const;
        const covered = imageFromPixels({ data: clear, width, height, channels: 4 }, { background });
        expect(covered).toEqual(constantImage(width, height, background));
      }),
      { numRuns: 30 },
    );
    const grey = imageFromPixels({ data: Uint8ClampedArray.of(10, 128), width: 1, height: 1, channels: 2 });
    expect([...grey.data]).toEqual([132, 132, 132]);
  });

  it('refuses samples that do not fit', () => {
    const data = new Uint8Array(12);
    expect(() => imageFromPixels({ data, width: 2, height: 2, channels: 4 })).toThrow(/16 samples, found 12/);
    expect(() => imageFromPixels({ data, width: 0, height: 2, channels: 3 })).toThrow(ImageError);
    const background = [0, 0, 256] as const;
    expect(() => imageFromPixels({ data, width: 2, height: 2, channels: 3 }, { background })).toThrow(
      /0 to 255/,
    );
  });
});

describe('preprocessing', () => {
  it('keeps a square picture of the right size but for the scale of its numbers', () => {
    const plain: ImagePreprocessing = {
      rescaleFactor: 1,
      mean: [0, 0, 0],
      standardDeviation: [1, 1, 1],
      padToSquare: [9, 9, 9],
      resize: { to: { kind: 'shortest edge', pixels: 4 }, filter: 'bicubic' },
      centreCrop: { width: 4, height: 4 },
    };
    const image = { width: 4, height: 4, data: Uint8Array.from({ length: 48 }, (_, index) => 5 * index) };
    const { data } = preprocessImage(image, plain);
    for (let pixel = 0; pixel < 16; pixel++)
      for (let channel = 0; channel < 3; channel++)
        expect(data[16 * channel + pixel]).toBe(image.data[3 * pixel + channel]);
  });

  it('pads without loss: the middle of the square is the picture', () => {
    fc.assert(
      fc.property(images, (image) => {
        const square = squareWithBars(image, [1, 2, 3]);
        expect(square.width).toBe(square.height);
        const size = square.width;
        const left = Math.floor((size - image.width) / 2);
        const top = Math.floor((size - image.height) / 2);
        for (let y = 0; y < image.height; y++)
          expect(
            square.data.slice(3 * ((top + y) * size + left), 3 * ((top + y) * size + left + image.width)),
          ).toEqual(image.data.slice(3 * y * image.width, 3 * (y + 1) * image.width));
      }),
    );
  });

  it('crops of the own size change nothing', () => {
    fc.assert(
      fc.property(images, (image) => {
        expect(cropCentre(image, image.width, image.height)).toEqual(image);
      }),
    );
  });

  it('gives LLaVA bars of the mean colour, which are almost 0', () => {
    const pixels = preprocessImage(
      constantImage(8, 2, [0, 0, 0]),
      clipPreprocessing(8, { padToSquare: true }),
    );
    expect(Math.abs(pixels.data[0] as number)).toBeLessThan(0.02);
    expect(pixels.data[8 * 4] as number).toBeLessThan(-1);
  });

  it('refuses settings that make no sense', () => {
    const image = constantImage(2, 2, [1, 2, 3]);
    const settings = { rescaleFactor: 1, mean: [0, 0, 0], standardDeviation: [1, 0, 1] } as const;
    expect(() => normaliseImage(image, settings)).toThrow(/standard deviations other than 0/);
    expect(() => cropCentre(image, 0, 1)).toThrow(ImageError);
  });
});

describe('parsePreprocessorConfig', () => {
  it.each([
    [[], /an object/],
    [{ image_processor_type: 'ViTImageProcessor' }, /image_processor_type.*CLIPImageProcessor/],
    [{ size: { longest_edge: 3 } }, /size: expected a number/],
    [{ crop_size: -1 }, /crop_size/],
    [{ resample: 0 }, /resample.*bicubic/],
    [{ image_mean: [1, 2] }, /image_mean: expected three numbers/],
    [{ do_pad: 'yes' }, /do_pad: expected true or false/],
    [{ rescale_factor: '1' }, /rescale_factor/],
  ])('refuses %j', (json, message) => {
    expect(() => parsePreprocessorConfig(json)).toThrow(ImageError);
    expect(() => parsePreprocessorConfig(json)).toThrow(message);
  });

  it('reads what llava-hf/llava-1.5-7b-hf says', () => {
    const preprocessing = parsePreprocessorConfig({
      crop_size: { height: 336, width: 336 },
      do_center_crop: true,
      do_convert_rgb: true,
      do_normalize: true,
      do_rescale: true,
      do_resize: true,
      image_mean: [0.48145466, 0.4578275, 0.40821073],
      image_processor_type: 'CLIPImageProcessor',
      image_std: [0.26862954, 0.26130258, 0.27577711],
      resample: 3,
      rescale_factor: 0.00392156862745098,
      size: { shortest_edge: 336 },
    });
    expect(preprocessing).toEqual(clipPreprocessing(336));
  });
});

describe('cropPerson', () => {
  it('of one colour is one colour inside and black outside', () => {
    const image = constantImage(40, 60, [255, 255, 255]);
    const inside = cropPerson(image, { left: 10, top: 20, right: 25, bottom: 40 }, { pixels: 16 });
    expect(new Set(inside.data.subarray(0, 256)).size).toBe(1);
    const outside = cropPerson(image, { left: 100, top: 20, right: 115, bottom: 40 }, { pixels: 16 });
    expect(outside.data[0]).toBeCloseTo(-0.485 / 0.229, 6);
    const far = cropPerson(image, { left: -2000, top: 0, right: -1000, bottom: 900 }, { pixels: 8 });
    expect(far.data[0]).toBeCloseTo(-0.485 / 0.229, 6);
  });

  it('refuses boxes without area', () => {
    const image = constantImage(4, 4, [1, 2, 3]);
    expect(() => cropPerson(image, { left: 2, top: 0, right: 2, bottom: 4 })).toThrow(ImageError);
    expect(() => cropPerson(image, { left: 0, top: NaN, right: 2, bottom: 4 })).toThrow(/left < right/);
    expect(() => cropPerson(image, undefined, { pixels: 0 })).toThrow(/0 pixels/);
  });
});
