// Pictures in PNG, made here so that no file of somebody's has to stand for one.

import { deflateSync } from "node:zlib";

const TRUE_COLOUR = 2;
const PALETTE = 3;

/** A PNG of that size; `colour` gives red, green and blue of a place. */
export function png(width, height, colour) {
  const pixels = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels.push(...colour(x, y));
  }
  return written(width, height, TRUE_COLOUR, [], Uint8Array.from(pixels));
}

/** A PNG of at most 256 colours; `places` has the place of each pixel's colour in the palette. */
export function indexed(width, height, palette, places) {
  return written(width, height, PALETTE, [chunk("PLTE", Buffer.from(palette.flat()))], places);
}

function written(width, height, kind, before, pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, kind], 8);
  const stride = pixels.length / height;
  const rows = Buffer.alloc(pixels.length + height);
  for (let y = 0; y < height; y += 1) rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = chunk("IDAT", deflateSync(rows, { level: 9 }));
  return Buffer.concat([signature, chunk("IHDR", header), ...before, data, chunk("IEND", Buffer.alloc(0))]);
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc(named), named.length + 4);
  return framed;
}

function crc(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
