/**
 * TensorBoard's event files: a sequence of TFRecords, each an `Event` in protobuf's wire format. Written from the
 * formats' descriptions (TensorFlow's event.proto, summary.proto and record_writer); only what scalars need.
 */

/** What one event says. */
export type EventContent =
  | { readonly kind: 'file-version' }
  /** Tells TensorBoard to forget the values of this and later steps that older files of the folder hold. */
  | { readonly kind: 'session-start' }
  | { readonly kind: 'scalars'; readonly values: Readonly<Record<string, number>> };

/** One event as a TFRecord. */
export function encodeEvent(event: {
  /** Seconds since 1970. */
  readonly wallTimeSeconds: number;
  readonly step: number;
  readonly content: EventContent;
}): Uint8Array {
  const { wallTimeSeconds, step, content } = event;
  return encodeRecord(
    concatenate([
      fixed64(1, wallTimeSeconds),
      // Zero is what an absent field means.
      step === 0 ? new Uint8Array() : varintField(2, step),
      encodeContent(content),
    ]),
  );
}

function encodeContent(content: EventContent): Uint8Array {
  switch (content.kind) {
    case 'file-version':
      return bytesField(3, new TextEncoder().encode('brain.Event:2'));
    case 'session-start':
      return bytesField(7, varintField(1, 1));
    case 'scalars':
      return bytesField(
        5,
        concatenate(
          Object.entries(content.values).map(([tag, value]) =>
            bytesField(1, concatenate([bytesField(1, new TextEncoder().encode(tag)), fixed32(2, value)])),
          ),
        ),
      );
  }
}

/** Length, its checksum, data, its checksum; all little-endian. */
function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}

/** TFRecord's checksum: a CRC-32C, rotated and shifted so that checksums of checksums stay useful. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4), reflected polynomial 0x82F63B78. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

// Protobuf: a field is a varint of (number << 3 | wire type), then the value.

function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function fixed64(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = (field << 3) | 1;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

function bytesField(field: number, value: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.from([...varint((field << 3) | 2), ...varint(value.length)]), value]);
}

function fixed32(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = (field << 3) | 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

/** Seven bits a byte, lowest first; for integers >= 0. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
