/** Constants of the glTF 2.0 specification (Khronos, sections 3.6 and 3.7). */
export const GLTF = {
  unsignedByte: 5121,
  unsignedShort: 5123,
  unsignedInt: 5125,
  float: 5126,
  arrayBuffer: 34962,
  elementArrayBuffer: 34963,
} as const;

const COMPONENTS = { SCALAR: 1, VEC3: 3, VEC4: 4, MAT4: 16 } as const;

/** Typed numbers to store, and how glTF shall read them. */
export interface AccessorData {
  readonly data: Uint8Array | Uint16Array | Uint32Array | Float32Array;
  readonly componentType: number;
  readonly type: keyof typeof COMPONENTS;
  /** What the graphics card uses the view for: vertex attributes or indices. */
  readonly target?: number;
  /** Whether to write the smallest and largest value of each component, as positions and times need. */
  readonly bounds?: boolean;
}

/** Collects typed arrays into one binary buffer with its accessors and views. */
export interface GltfBuffer {
  /** Appends numbers in a view of their own. Returns the accessor's index. */
  add(accessor: AccessorData): number;
  /** The complete file: `json` with the accessors, views and buffer filled in, then the buffer. */
  toGlb(json: Readonly<Record<string, unknown>>): Uint8Array;
}

const MAGIC = 0x46546c67;
const VERSION = 2;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const SPACE = 0x20;

export function createGltfBuffer(): GltfBuffer {
  const parts: Uint8Array[] = [];
  const bufferViews: Record<string, unknown>[] = [];
  const accessors: Record<string, unknown>[] = [];
  let byteLength = 0;

  const add = (accessor: AccessorData): number => {
    const { data, componentType, type, target, bounds } = accessor;
    const bytes = padded(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 0);
    bufferViews.push({
      buffer: 0,
      byteOffset: byteLength,
      byteLength: data.byteLength,
      ...(target === undefined ? {} : { target }),
    });
    accessors.push({
      bufferView: bufferViews.length - 1,
      componentType,
      count: data.length / COMPONENTS[type],
      type,
      ...(bounds === true ? boundsOf(data, COMPONENTS[type]) : {}),
    });
    parts.push(bytes);
    byteLength += bytes.length;
    return accessors.length - 1;
  };

  const toGlb = (json: Readonly<Record<string, unknown>>): Uint8Array => {
    const document = { ...json, buffers: [{ byteLength }], bufferViews, accessors };
    const text = padded(new TextEncoder().encode(JSON.stringify(document)), SPACE);
    const file = new Uint8Array(12 + 8 + text.length + 8 + byteLength);
    const view = new DataView(file.buffer);
    const header = [MAGIC, VERSION, file.length, text.length, JSON_CHUNK];
    header.forEach((word, i) => {
      view.setUint32(i * 4, word, true);
    });
    file.set(text, 20);
    let offset = 20 + text.length;
    view.setUint32(offset, byteLength, true);
    view.setUint32(offset + 4, BINARY_CHUNK, true);
    offset += 8;
    for (const part of parts) {
      file.set(part, offset);
      offset += part.length;
    }
    return file;
  };

  return { add, toGlb };
}

/** A copy whose length is a multiple of four, as every chunk and view needs. */
function padded(bytes: Uint8Array, filler: number): Uint8Array {
  const copy = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(filler);
  copy.set(bytes);
  return copy;
}

function boundsOf(data: AccessorData['data'], components: number): { min: number[]; max: number[] } {
  const min = new Array<number>(components).fill(Infinity);
  const max = new Array<number>(components).fill(-Infinity);
  data.forEach((value, i) => {
    const component = i % components;
    min[component] = Math.min(min[component] as number, value);
    max[component] = Math.max(max[component] as number, value);
  });
  return { min, max };
}
