/** Item sizes by DynamoDB's own rules: attribute names and values, as they are billed. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

/** Bytes of an item. */
export function itemBytes(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));
}

/** Bytes of the projection of an item in an index with these attributes. */
export function projectedBytes(item: Item, names: readonly string[]): number {
  const held = new Set(names);
  return itemBytes(Object.fromEntries(Object.entries(item).filter(([name]) => held.has(name))));
}

/** Bytes of one attribute value, without its name. */
export function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.L) return 3 + sum(value.L.map((element) => 1 + valueBytes(element)));
  if (value.M) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  if (value.SS) return sum(value.SS.map((text) => Buffer.byteLength(text)));
  if (value.NS) return sum(value.NS.map(numberBytes));
  if (value.BS) return sum(value.BS.map((bytes) => bytes.byteLength));
  return 1;
}

/** One byte for two significant digits, one more, and one for a sign. */
function numberBytes(text: string): number {
  const [mantissa = ''] = text.split(/e/i);
  const significant = mantissa.replaceAll(/[^0-9]/g, '').replaceAll(/^0+|0+$/g, '');
  return Math.ceil(significant.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
