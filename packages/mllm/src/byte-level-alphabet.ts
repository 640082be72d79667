/**
 * The characters that stand for the 256 bytes in a byte-level vocabulary (GPT-2): a printable byte stands for itself, the
 * others take the characters from U+0100 on, in their order.
 */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

function byteCharacters(): readonly string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Object.freeze(
    Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++)),
  );
}

/** Text as the characters of its UTF-8 bytes. */
export function bytesAsCharacters(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => BYTE_CHARACTERS[byte] as string).join('');
}
