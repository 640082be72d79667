import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { float32View } from './wasm-heap.js';

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

/** The gradient of a convolution's filter, which the wasm backend lacks: plain loops, correct rather than fast. */
export const convolutionFilterGradientKernel: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const wasm = backend as BackendWasm;
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { strides, pad, dataFormat, dimRoundingMode, filterShape } =
      attrs as object as ConvolutionAttributes;
    const info = backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
      false,
      backend_util.convertConv2DDataFormat(dataFormat),
    );
    const output = wasm.makeOutput(info.filterShape, 'float32');
    const gradient = float32View(wasm, output).fill(0);
    const values = float32View(wasm, x);
    const slopes = float32View(wasm, dy);
    const channelsLast = info.dataFormat === 'channelsLast';
    const inputAt = offsetOf(info.inHeight, info.inWidth, info.inChannels, channelsLast);
    const outputAt = offsetOf(info.outHeight, info.outWidth, info.outChannels, channelsLast);

    for (let filterRow = 0; filterRow < info.filterHeight; filterRow++)
      for (let filterColumn = 0; filterColumn < info.filterWidth; filterColumn++)
        for (let image = 0; image < info.batchSize; image++)
          for (let outRow = 0; outRow < info.outHeight; outRow++) {
            const inRow = outRow * info.strideHeight + filterRow - info.padInfo.top;
            if (inRow < 0 || inRow >= info.inHeight) continue;
            for (let outColumn = 0; outColumn < info.outWidth; outColumn++) {
              const inColumn = outColumn * info.strideWidth + filterColumn - info.padInfo.left;
              if (inColumn < 0 || inColumn >= info.inWidth) continue;
              for (let inChannel = 0; inChannel < info.inChannels; inChannel++) {
                const value = values[inputAt(image, inRow, inColumn, inChannel)] as number;
                const first =
                  ((filterRow * info.filterWidth + filterColumn) * info.inChannels + inChannel) *
                  info.outChannels;
                for (let outChannel = 0; outChannel < info.outChannels; outChannel++) {
                  const slope = slopes[outputAt(image, outRow, outColumn, outChannel)] as number;
                  gradient[first + outChannel] = (gradient[first + outChannel] as number) + value * slope;
                }
              }
            }
          }
    return output;
  },
};

function offsetOf(
  height: number,
  width: number,
  channels: number,
  channelsLast: boolean,
): (image: number, row: number, column: number, channel: number) => number {
  return channelsLast
    ? (image, row, column, channel) => ((image * height + row) * width + column) * channels + channel
    : (image, row, column, channel) => ((image * channels + channel) * height + row) * width + column;
}
