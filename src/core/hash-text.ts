/**
 * FNV-1a, 64 bits, over the UTF-16 code units of a text, in hexadecimal. In two halves of 32 bits: every page has a cursor,
 * and big integers would take longer than all else that a page costs here.
 */
export function hashText(text: string): string {
  let [high, low] = [0xcbf29ce4, 0x84222325]
  for (let index = 0; index < text.length; index++) {
    low = (low ^ text.charCodeAt(index)) >>> 0
    // times 0x100000001b3, which is 2 ** 40 + 0x1b3
    const product = low * 0x1b3
    high = (Math.imul(high, 0x1b3) + (low << 8) + Math.floor(product / 2 ** 32)) >>> 0
    low = product >>> 0
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('')
}
