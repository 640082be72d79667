import {
  createParameterStore,
  dispose,
  exp,
  keep,
  MissingParameterError,
  mul,
  scalar,
  ShapeMismatchError,
  square,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  UnreachableLossError,
  useBackend,
  valueAndGradients,
  type ParameterStore,
  type Tensor,
} from '@pose-rft/tensor';
import { countTensors, expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  describe('a parameter store', () => {
    test('keeps names in order and counts scalars', () => {
      const store = createParameterStore({ b: tensor2d([[1, 2, 3]]), a: scalar(1) });
      expect(store.names).toEqual(['b', 'a']);
      expect(store.parameterCount).toBe(4);
      store.dispose();
      store.dispose();
    });

    test('owns its tensors: they survive tidy, and are disposed when replaced', () => {
      expectNoTensorLeak(() => {
        const stores: ParameterStore[] = [];
        tidy(() => {
          stores.push(createParameterStore({ a: scalar(1) }));
        });
        const store = stores[0] as ParameterStore;
        const before = countTensors();
        tidy(() => store.replace('a', scalar(2)));
        expect(countTensors()).toBe(before);
        expect(store.get('a').dataSync()[0]).toBe(2);
        store.replace('a', store.get('a'));
        expect(store.get('a').dataSync()[0]).toBe(2);
        store.dispose();
      });
    });

    test('refuses unknown names and other shapes', () => {
      const store = createParameterStore({ a: scalar(1) });
      const wrong = tensor1d([1]);
      const integer = scalar(1, 'int32');
      expect(() => store.get('b')).toThrow(MissingParameterError);
      expect(() => store.get('b')).toThrow(/no parameter is named "b"; the store has: a/);
      expect(() => store.isTrainable('b')).toThrow(MissingParameterError);
      expect(() => store.replace('a', wrong)).toThrow(/expected float32\[\], found float32\[1\]/);
      expect(() => store.replace('a', integer)).toThrow(ShapeMismatchError);
      dispose([wrong, integer]);
      store.dispose();
    });

    test('clones deeply', () => {
      const store = createParameterStore(
        { a: tensor1d([1]), b: scalar(2) },
        { trainable: (name) => name === 'a' },
      );
      const copy = store.clone();
      store.replace('a', tensor1d([9]));
      store.unfreeze(() => true);
      expect(copy.get('a').dataSync()[0]).toBe(1);
      expect(copy.isTrainable('b')).toBe(false);
      store.dispose();
      expect(copy.get('b').dataSync()[0]).toBe(2);
      copy.dispose();
    });
  });

  describe('valueAndGradients', () => {
    test('gives the gradients of the trainable parameters that the loss reaches', () => {
      const store = createParameterStore({ a: tensor1d([1, 2]), frozen: scalar(3), unused: scalar(4) });
      store.freeze((name) => name === 'frozen');
      const { loss, gradients, aux } = valueAndGradients(store, () => ({
        loss: sum(mul(square(store.get('a')), store.get('frozen'))),
        aux: 'plain data',
      }));
      expect(loss).toBe(15);
      expect(aux).toBe('plain data');
      expect(Object.keys(gradients)).toEqual(['a']);
      expect(Array.from((gradients['a'] as Tensor).dataSync())).toEqual([6, 12]);
      dispose(gradients);
      store.dispose();
    });

    test('disposes everything but the gradients, and what the caller kept', () => {
      const store = createParameterStore({ a: tensor1d([1, 2]) });
      const before = countTensors();
      const { gradients, aux } = valueAndGradients(store, () => {
        const kept = keep(exp(store.get('a')));
        return { loss: sum(kept), aux: kept };
      });
      expect(countTensors()).toBe(before + 2);
      dispose([gradients, aux]);
      store.dispose();
    });

    test('leaks nothing when the loss throws, and works again afterwards', () => {
      const store = createParameterStore({ a: tensor1d([1, 2]) });
      expectNoTensorLeak(() => {
        const failing = (): never => {
          square(exp(store.get('a')));
          throw new RangeError('broken loss');
        };
        expect(() => valueAndGradients(store, failing)).toThrow('broken loss');
        expect(() => valueAndGradients(store, () => ({ loss: exp(store.get('a')), aux: 0 }))).toThrow(
          /"loss": expected a scalar, found float32\[2\]/,
        );
        const { gradients } = valueAndGradients(store, () => ({ loss: sum(store.get('a')), aux: 0 }));
        dispose(gradients);
      });
      store.dispose();
    });

    test('says so when nothing can learn', () => {
      const store = createParameterStore({ a: tensor1d([1, 2]) });
      expect(() => valueAndGradients(store, () => ({ loss: scalar(1), aux: 0 }))).toThrow(
        UnreachableLossError,
      );
      store.freeze(() => true);
      expect(() => valueAndGradients(store, () => ({ loss: sum(store.get('a')), aux: 0 }))).toThrow(
        /all are frozen/,
      );
      store.dispose();
    });
  });
});
