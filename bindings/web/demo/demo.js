// The demo: shows an image, a part of it and a sound, and takes other files.

import "../package/element.js";
import "../package/polyfill.js";
import { fetchStream } from "../package/element.js";
import { sharedDecoder } from "../package/worker.js";
import { Player } from "./player.js";
import { onDrag } from "./select.js";

const decoder = sharedDecoder();
const at = (id) => document.getElementById(id);
const player = new Player(at("play"), at("wave"));

/** The image that is shown: its stream, and what is known of it. */
let shown = null;

function say(text, failed = false) {
  at("status").textContent = text;
  at("status").classList.toggle("failed", failed);
}

/** Does `work`; a failure is told to the user. */
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(`${error.kind ?? error.name}: ${error.message}`, true);
    return null;
  }
}

function draw(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").putImageData(new ImageData(image.data, image.width, image.height), 0, 0);
}

function fill(table, fields) {
  const rows = Object.entries(fields).map(([name, value]) => {
    const row = document.createElement("tr");
    const [head, cell] = [document.createElement("th"), document.createElement("td")];
    [head.textContent, cell.textContent] = [name, value];
    row.append(head, cell);
    return row;
  });
  table.replaceChildren(...rows);
}

const size = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const scale = () => Number(document.querySelector("input[name=scale]:checked").value);

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return [result, Math.round(performance.now() - start)];
}

async function showImage(stream, info, name) {
  shown = { stream, info };
  const [image, ms] = await timed(() => decoder.decode(stream, { scale: scale() }));
  draw(at("image"), image);
  at("frame").hidden = true;
  at("image-caption").textContent = `${image.width} x ${image.height}, ${ms} ms`;
  const bpp = ((8 * info.bytes) / (info.width * info.height)).toFixed(2);
  fill(at("image-info"), {
    file: name,
    pixels: `${info.width} x ${info.height}${info.alpha ? " with alpha" : ""}, ${info.depth} bits`,
    stream: `${size(info.bytes)}, ${bpp} bits per pixel`,
    codec: info.quality === undefined ? info.codec : `${info.codec}, quality ${info.quality}`,
    model: info.model ?? "none",
  });
  const { width, height } = info;
  const start = { x: Math.floor(width / 4), y: Math.floor(height / 4) };
  await showPart({ ...start, width: Math.ceil(width / 3), height: Math.ceil(height / 3) });
}

/** Decodes a part of the image, in pixels of the whole. */
async function showPart(region) {
  const [part, ms] = await timed(() => decoder.decode(shown.stream, { region }));
  draw(at("part"), part);
  at("part-caption").textContent = `${part.width} x ${part.height} at ${region.x}, ${region.y}, ${ms} ms`;
  const frame = at("frame");
  const share = (part, whole) => `${(100 * part) / whole}%`;
  frame.style.left = share(region.x, shown.info.width);
  frame.style.top = share(region.y, shown.info.height);
  frame.style.width = share(region.width, shown.info.width);
  frame.style.height = share(region.height, shown.info.height);
  frame.hidden = false;
}

async function showSound(stream, info, name) {
  const [sound, ms] = await timed(() => decoder.decode(stream));
  player.load(sound);
  fill(at("sound-info"), {
    file: name,
    length: `${info.seconds.toFixed(2)} s, ${info.channels} channels, ${info.sampleRate} Hz`,
    stream: `${size(info.bytes)}, ${((8 * info.bytes) / 1000 / Math.max(info.seconds, 0.001)).toFixed(1)} kbit/s`,
    codec: `${info.codec}, quality ${info.quality}`,
    decoded: `in ${ms} ms`,
    ...info.tags,
  });
}

/** Shows the frames of a video at their times, or later where they take longer to decode. */
async function showVideo(stream, info, name) {
  shown = null;
  at("frame").hidden = true;
  fill(at("image-info"), {
    file: name,
    pixels: `${info.width} x ${info.height}, ${info.framesPerSecond.toFixed(2)} frames a second`,
    stream: `${size(info.bytes)}, ${info.frames ?? "?"} frames`,
    codec: info.quality === undefined ? info.codec : `${info.codec}, quality ${info.quality}`,
    model: info.model ?? "none",
  });
  const sound = await decoder.soundOf(stream);
  if (sound) {
    player.load(sound);
    at("sound-info").replaceChildren();
  }
  const start = performance.now();
  for await (const frame of decoder.frames(stream)) {
    const wait = start + 1000 * frame.seconds - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
    draw(at("image"), frame);
    at("image-caption").textContent = `${frame.width} x ${frame.height}, frame ${frame.index}`;
  }
}

async function open(stream, name) {
  const info = await decoder.info(stream);
  await { sound: showSound, video: showVideo, image: showImage }[info.kind](stream, info, name);
  say(`${name}: ${info.kind} of ${size(info.bytes)}`);
}

async function openFile(file) {
  if (file) {
    say(`Decoding ${file.name}…`);
    await attempt(async () => open(new Uint8Array(await file.arrayBuffer()), file.name));
  }
}

at("file").addEventListener("change", ({ target }) => openFile(target.files[0]));
document.querySelectorAll("input[name=scale]").forEach((input) =>
  input.addEventListener("change", () =>
    attempt(async () => {
      const [image, ms] = await timed(() => decoder.decode(shown.stream, { scale: scale() }));
      draw(at("image"), image);
      at("image-caption").textContent = `${image.width} x ${image.height}, ${ms} ms`;
    }),
  ),
);
onDrag(at("stage"), at("frame"), (part) => {
  if (shown) {
    const { width, height } = shown.info;
    const x = Math.min(Math.floor(part.x * width), width - 1);
    const y = Math.min(Math.floor(part.y * height), height - 1);
    const across = Math.min(Math.max(1, Math.round(part.width * width)), width - x);
    const down = Math.min(Math.max(1, Math.round(part.height * height)), height - y);
    attempt(() => showPart({ x, y, width: across, height: down }));
  }
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", () => document.body.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  openFile(event.dataTransfer.files[0]);
});

await attempt(async () => {
  await open(await fetchStream("media/cat.lmc"), "cat.lmc");
  await open(await fetchStream("media/melody.lmc"), "melody.lmc");
  say("Ready");
});
document.documentElement.dataset.ready = "true";
