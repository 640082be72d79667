import {
  add,
  div,
  exp,
  expandDims,
  log,
  maximum,
  minimum,
  mul,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  tensor1d,
  zerosLike,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';

/** Up to this standard deviation (radians) the images below suffice; the distribution is then uniform to 1e-4. */
export const LARGEST_DEVIATION = Math.PI;

/** w + 2 pi k stands for the same rotation for every integer k; those beyond carry less than exp(-40). */
const IMAGES = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

/** Angles (radians) below this count as this, where the density is flat and its formula is 0 / 0. */
const SMALLEST_ANGLE = 1e-3;

/**
 * The log-density of the isotropic Gaussian on SO(3), by the angle to the mean. To be called inside `tidy`.
 *
 * @param angle - in [0, pi] radians, any shape
 * @param deviation - radians, of a shape that broadcasts
 */
export function angleLogDensity<Value extends Tensor>(angle: Value, deviation: Tensor): Value {
  const variance = square(deviation);
  const safe = maximum(angle, add(zerosLike(angle), SMALLEST_ANGLE));
  // Relative to the image k = 0, whose exponent is the largest: none of these is positive.
  const turns = tensor1d(IMAGES.map((k) => 2 * Math.PI * k));
  const wide = expandDims(safe, -1);
  const exponents = div(
    mul(mul(turns, add(wide, mul(turns, 0.5))), -1),
    expandDims(add(variance, mul(zerosLike(safe), 0)), -1),
  );
  const signs = tensor1d(IMAGES.map((k) => (k % 2 === 0 ? 0.5 : -0.5)));
  const images = sum(mul(mul(add(wide, turns), signs), exp(exponents)), -1);
  const shape = log(maximum(div(images, sin(mul(safe, 0.5))), add(zerosLike(safe), 1e-30)));
  const gaussian = sub(mul(variance, 1 / 8), div(square(angle), mul(variance, 2)));
  const normaliser = add(mul(log(deviation), 3), 1.5 * Math.log(2 * Math.PI));
  return sub(add(shape, gaussian), normaliser);
}

const NODES = 96;
/** Standard deviations, beyond which the angle is not integrated. */
const REACH = 9;

/**
 * -E[log p] of the isotropic Gaussian on SO(3), by the trapezoidal rule over the angle (the integrand is even and
 * periodic, so the rule converges faster than any power of its step). To be called inside `tidy`.
 *
 * @param deviation - radians [B, J]
 */
export function angleEntropy(deviation: Tensor2D): Tensor2D {
  const fixed = stopGradient(deviation);
  const end = expandDims(minimum(mul(fixed, REACH), add(zerosLike(fixed), Math.PI)), 2);
  const angles = mul(end, tensor1d(Float32Array.from({ length: NODES }, (_, index) => (index + 1) / NODES)));
  const logDensity = angleLogDensity(angles, expandDims(deviation, 2));
  // The rotations by an angle w fill a sphere of area 16 pi sin(w / 2)^2. Halved at the end, zero at the start.
  const ends = tensor1d(Float32Array.from({ length: NODES }, (_, index) => (index === NODES - 1 ? 0.5 : 1)));
  const areas = mul(mul(square(sin(mul(angles, 0.5))), ends), 16 * Math.PI);
  const weights = mul(mul(areas, exp(logDensity)), div(end, NODES));
  return sum<Tensor2D>(mul(mul(weights, logDensity), -1), 2);
}
