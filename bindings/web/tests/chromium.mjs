// Tests of the package and the demo in headless Chromium. Needs LMC_EXPECTED, as `node.mjs`; LMC_CHROMIUM names the
// program, LMC_SCREENSHOT a file for a picture of the demo, LMC_MEASURE a stream to measure.

import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { serve } from "../serve.mjs";
import { Page } from "./browser.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const expected = process.env.LMC_EXPECTED;
const cases = JSON.parse(await readFile(join(expected, "cases.json")));
let server;
let page;

before(async () => {
  const folders = {
    "/expected/": expected,
    "/repository/": folder("../../.."),
    "/package/": folder("../package"),
    "/tests/": folder("."),
    "/": folder("../demo"),
  };
  server = await serve(folders);
  page = await Page.open(process.env.LMC_CHROMIUM ?? "chromium");
});

after(async () => {
  await page?.close();
  server?.close();
});

const inPage = (call) => page.run(`import("/tests/page.js").then((tests) => tests.${call})`);
const stream = (name) => `/repository/${cases.find(({ stream }) => stream.endsWith(name)).stream}`;

/** The largest difference between what a canvas shows and the values of a case. */
async function differenceOf(canvas, one) {
  const values = await readFile(join(expected, one.values));
  const pixels = await page.run(
    `{ const canvas = ${canvas}; [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data] }`,
  );
  assert.equal(pixels.length, values.length);
  return pixels.reduce((most, value, at) => Math.max(most, Math.abs(value - values[at])), 0);
}

test("the demo shows an image, a part of it, and plays a sound", async () => {
  await page.go(`${server.url}/`);
  await page.until("document.documentElement.dataset.ready");
  assert.equal(await page.run("document.getElementById('status').textContent"), "Ready", page.log.join("\n"));
  const whole = cases.find(({ stream, scale, region }) => stream.endsWith("psnr-v2/sample-60.lmc") && scale === 1 && !region);
  assert.equal(await differenceOf("document.getElementById('image')", whole), 0);

  const box = await page.run("(({ x, y }) => [x, y])(document.getElementById('image').getBoundingClientRect())");
  await page.drag([box[0] + 100, box[1] + 50], [box[0] + 200, box[1] + 120]);
  await page.until("document.getElementById('part-caption').textContent.startsWith('100 x 70 at 100, 50')");

  await page.run("document.querySelector('input[name=scale][value=\"4\"]').click()");
  await page.until("document.getElementById('image').width === 96");
  await page.run("document.querySelector('input[name=scale][value=\"1\"]').click()");
  await page.until("document.getElementById('image').width === 384");

  await page.run("document.getElementById('play').click()");
  await page.until("document.getElementById('play').textContent === 'Stop'");
  await page.until("document.getElementById('element').complete && document.getElementById('polyfilled').naturalWidth === 384");
  const small = cases.find(({ stream, scale, region }) => stream.endsWith("perceptual-v1/sample-20.lmc") && scale === 1 && !region);
  assert.equal(await differenceOf("document.getElementById('element').canvas", small), 0);
  assert.deepEqual(page.log, []);
  if (process.env.LMC_SCREENSHOT) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await writeFile(process.env.LMC_SCREENSHOT, await page.screenshot());
  }
});

test("weights are fetched once, whatever is loaded again", async () => {
  const weights = () => server.requests.filter((path) => path.startsWith("/package/weights/"));
  assert.ok(weights().length > 0);
  assert.equal(new Set(weights()).size, weights().length);
  const before = weights().length;
  await page.go(`${server.url}/?again`);
  await page.until("location.search === '?again' && document.documentElement.dataset.ready");
  assert.equal(weights().length, before);
});

test("elements and images that come later are shown, and errors told", async () => {
  const small = JSON.stringify(stream("perceptual-v1/sample-20.lmc"));
  const size = await page.run(`new Promise((resolve, reject) => {
    const img = document.createElement("img");
    img.addEventListener("load", () => resolve([img.naturalWidth, img.dataset.lmcSrc]));
    img.addEventListener("lmcerror", ({ message }) => reject(new Error(message)));
    document.body.append(img);
    img.src = ${small};
  })`);
  assert.deepEqual(size, [384, JSON.parse(small)]);
  const part = await page.run(`new Promise((resolve) => {
    const image = document.createElement("lmc-img");
    image.addEventListener("load", () => resolve([image.naturalWidth, image.naturalHeight, image.getAttribute("aria-label")]));
    Object.entries({ src: ${small}, alt: "a part", region: "10,20,65,43", scale: "1/2" }).forEach((entry) => image.setAttribute(...entry));
    document.body.append(image);
  })`);
  assert.deepEqual(part, [33, 22, "a part"]);
  const error = await page.run(`new Promise((resolve) => {
    const image = document.createElement("lmc-img");
    image.addEventListener("error", ({ error }) => resolve(error.kind));
    image.src = "/demo.css";
    document.body.append(image);
  })`);
  assert.equal(error, "Malformed");
});

test("a worker that is ended cancels its calls and starts again", async () => {
  const result = await inPage(`endAndRestart(${JSON.stringify(stream("psnr-v2/sample-60.lmc"))})`);
  assert.deepEqual(result, ["Cancelled", "image", "LmcError Parameter 7"]);
});

test("streams decode in a worker to what they decode to on this machine", async () => {
  const { count, wrong } = await inPage("compareAll()");
  assert.equal(count, cases.length);
  assert.deepEqual(wrong, []);
});

test("the time of a stream", { skip: !process.env.LMC_MEASURE }, async () => {
  await copyFile(process.env.LMC_MEASURE, join(expected, "measured.lmc"));
  const { first, whole, symbols } = await inPage("measure('/expected/measured.lmc')");
  const ms = (value) => `${value.toFixed(0)} ms`;
  console.log(`first ${ms(first)}, then ${ms(whole)}: symbols ${ms(symbols)}, synthesis ${ms(whole - symbols)}`);
});
