// A screenshot with few colours in place of millions: a book is fetched over slow lines too.

import { inflateSync } from "node:zlib";

import { indexed } from "./png.js";

/** Colours that a palette has. */
const MOST = 256;

/** The PNG of a browser with its most frequent colours; every other becomes the nearest of them. */
export function smaller(file) {
  const { width, height, channels, pixels } = read(file);
  const times = new Map();
  const colours = new Uint32Array(width * height);
  for (let at = 0; at < colours.length; at += 1) {
    const colour = (pixels[at * channels] << 16) | (pixels[at * channels + 1] << 8) | pixels[at * channels + 2];
    colours[at] = colour;
    times.set(colour, (times.get(colour) ?? 0) + 1);
  }
  const palette = [...times].sort(([, one], [, other]) => other - one).slice(0, MOST).map(([colour]) => colour);
  const places = new Map(palette.map((colour, place) => [colour, place]));
  const place = (colour) => {
    if (!places.has(colour)) places.set(colour, nearest(colour, palette));
    return places.get(colour);
  };
  return indexed(width, height, palette.map(parts), Uint8Array.from(colours, place));
}

const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function nearest(colour, palette) {
  const [red, green, blue] = parts(colour);
  let best = [Infinity, 0];
  for (const [place, each] of palette.entries()) {
    const [r, g, b] = parts(each);
    const far = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
    if (far < best[0]) best = [far, place];
  }
  return best[1];
}

/** The pixels of a PNG as browsers write it: eight bits, red, green, blue and perhaps alpha. */
function read(file) {
  const data = [];
  let header;
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const name = file.toString("latin1", at + 4, at + 8);
    const content = file.subarray(at + 8, at + 8 + length);
    if (name === "IHDR") header = content;
    if (name === "IDAT") data.push(content);
    at += length + 12;
  }
  const channels = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || !channels || header[12] !== 0) throw new Error("a PNG of another kind than browsers write");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  return { width, height, channels, pixels: unfiltered(inflateSync(Buffer.concat(data)), width * channels, height, channels) };
}

function unfiltered(data, stride, height, channels) {
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x < channels ? 0 : pixels[y * stride + x - channels];
      const up = y === 0 ? 0 : pixels[(y - 1) * stride + x];
      const corner = x < channels || y === 0 ? 0 : pixels[(y - 1) * stride + x - channels];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[y * stride + x] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return pixels;
}

function paeth(left, up, corner) {
  const [a, b, c] = [left, up, corner].map((each) => Math.abs(left + up - corner - each));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
