// Tests of the package under Node: `LMC_EXPECTED=FOLDER node --test tests/node.mjs`, FOLDER as the example `expected`
// wrote it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";

import { CODES } from "../package/error.js";
import { Decoder, LmcError } from "../package/index.js";
import { decodeCase, difference } from "./compare.js";

const expected = process.env.LMC_EXPECTED;
const cases = JSON.parse(await readFile(join(expected, "cases.json")));
const decoder = new Decoder();
const read = async (path) => new Uint8Array(await readFile(path));
const golden = (name) => read(cases.find(({ stream }) => stream.endsWith(name)).stream);
const fails = (kind) => (error) => error instanceof LmcError && error.kind === kind && error.code === CODES[kind];

test("streams decode to what they decode to on this machine", async () => {
  for (const one of cases) {
    const decoded = await decodeCase(decoder, await read(one.stream), one);
    const found = difference(decoded, await read(join(expected, one.values)), one);
    assert.equal(found, 0, `${one.stream} ${one.region} 1/${one.scale}: ${found}`);
  }
});

test("streams are described without weights", async () => {
  const fresh = new Decoder({ base: new URL("../package/", import.meta.url) });
  const image = await fresh.info(await golden("wavelet-psnr-v2/sample-60.lmc"));
  assert.deepEqual([image.kind, image.width, image.height, image.codec, image.quality], ["image", 384, 256, "wavelet", 60]);
  assert.match(image.model, /^[0-9a-f]{32}$/);
  const sound = await fresh.info((await golden("audio-v1/stereo-60.lmc")).buffer);
  assert.deepEqual([sound.kind, sound.channels, sound.damage], ["sound", 2, []]);
  assert.equal((await fresh.info(await golden("lossless/rgb.lmc"))).model, null);
});

test("packets are the sound", async () => {
  const stream = await golden("audio-v1/stereo-60.lmc");
  const { channels } = await decoder.decode(stream);
  let at = 0;
  for await (const packet of decoder.packets(stream)) {
    packet.forEach((value, index) => assert.equal(value, channels[index % 2][at + Math.floor(index / 2)]));
    at += packet.length / 2;
  }
  assert.equal(at, channels[0].length);
});

test("frames of a video come one by one", async () => {
  const one = cases.find(({ frames }) => frames > 1);
  const stream = await read(one.stream);
  const info = await decoder.info(stream);
  assert.deepEqual([info.kind, info.width, info.height, info.frames], ["video", one.width, one.height, one.frames]);
  assert.ok(info.framesPerSecond > 0);
  const seen = [];
  for await (const { index, seconds } of decoder.frames(stream)) {
    seen.push(index);
    assert.ok(Math.abs(seconds * info.framesPerSecond - index) < 1e-9);
    if (seen.length === 2) {
      break;
    }
  }
  assert.deepEqual(seen, [0, 1]);
  assert.equal(await decoder.soundOf(stream), null);
  await assert.rejects(decoder.decode(stream), fails("Unsupported"));
  await assert.rejects(decoder.frames(await golden("lossless/rgb.lmc")).next(), fails("Parameter"));
  await assert.rejects(decoder.soundOf(await golden("lossless/rgb.lmc")), fails("Parameter"));
  await assert.rejects(decoder.packets(stream).next(), fails("Parameter"));
  const cut = decoder.frames(stream.subarray(0, stream.length / 2));
  const all = async () => {
    for await (const _ of cut);
  };
  await assert.rejects(all(), fails("Malformed"));
});

test("errors have kinds", async () => {
  const stream = await golden("wavelet-psnr-v2/sample-60.lmc");
  await decoder.verify(stream);
  const region = { x: 0, y: 0, width: 999, height: 1 };
  await assert.rejects(decoder.decode(new Uint8Array(50)), fails("Malformed"));
  await assert.rejects(decoder.decode(stream.subarray(0, 1000)), fails("Malformed"));
  await assert.rejects(decoder.decode(stream, { region }), fails("Parameter"));
  await assert.rejects(decoder.decode(stream, { region: { x: 0.5, y: 0, width: 1, height: 1 } }), fails("Parameter"));
  await assert.rejects(decoder.decode(stream, { scale: 3 }), fails("Parameter"));
  await assert.rejects(decoder.decode(stream, { maxPixels: 100 }), fails("Limit"));
  await assert.rejects(decoder.decode("no bytes"), fails("Parameter"));
  await assert.rejects(decoder.packets(stream).next(), fails("Parameter"));
  await assert.rejects(decoder.prepare("0".repeat(32)), fails("Model"));
  await assert.rejects(new Decoder({ base: new URL("./nowhere/", import.meta.url) }).decode(stream));
});

test("damage never breaks the module", async () => {
  let state = 1;
  const next = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (const name of ["lossless/alpha.lmc", "wavelet-psnr-v2/tiles-of-64.lmc", "audio-v1/mono-20.lmc", "speech-v1/mono-20.lmc"]) {
    const whole = await golden(name);
    for (let trial = 0; trial < 12; trial += 1) {
      const damaged = whole.slice(0, trial % 4 === 0 ? next(whole.length) : whole.length);
      for (let flips = 0; flips <= trial % 3; flips += 1) {
        damaged[next(damaged.length)] ^= 1 << next(8);
      }
      const conceal = trial % 2 === 0;
      const error = await decoder.decode(damaged, { conceal }).then(() => null, (error) => error);
      assert.ok(error === null || error instanceof LmcError, String(error));
      assert.notEqual(error?.kind, "Internal", error?.message);
    }
  }
});

test("memory does not grow with the number of images", async () => {
  const stream = await golden("wavelet-psnr-v2/tiles-of-128.lmc");
  await decoder.decode(stream);
  const before = decoder.memoryBytes;
  for (let i = 0; i < 8; i += 1) {
    await decoder.decode(stream);
  }
  assert.equal(decoder.memoryBytes, before);
});
