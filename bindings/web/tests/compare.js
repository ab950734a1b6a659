// What a case decodes to in the module, against what it decodes to on the machine.

/** The decoded values of a case. */
export async function decodeCase(decoder, stream, { region, scale, frames }) {
  if (frames) {
    const video = { kind: "video", frames: [] };
    for await (const frame of decoder.frames(stream)) {
      video.frames.push(frame);
    }
    return video;
  }
  const [x, y, width, height] = region ?? [];
  return decoder.decode(stream, { scale, region: region ? { x, y, width, height } : undefined });
}

/** The largest difference between what was decoded and the raw values of a case; infinite for another size. */
export function difference(decoded, values, expected) {
  if (decoded.kind === "video") {
    const { width, height, frames } = expected;
    const fits = (frame) => frame.width === width && frame.height === height;
    if (decoded.frames.length !== frames || !decoded.frames.every(fits)) {
      return Infinity;
    }
    const bytes = 4 * width * height;
    const of = ({ data }, at) => largest(data, values.subarray(at * bytes, (at + 1) * bytes));
    return Math.max(...decoded.frames.map(of));
  }
  if (decoded.kind === "image") {
    if (decoded.width !== expected.width || decoded.height !== expected.height) {
      return Infinity;
    }
    return largest(decoded.data, values);
  }
  const { channels, sampleRate } = decoded;
  if (channels.length !== expected.channels || sampleRate !== expected.sampleRate) {
    return Infinity;
  }
  const samples = new Float32Array(channels.length * (channels[0]?.length ?? 0));
  channels.forEach((channel, index) => channel.forEach((value, at) => (samples[at * channels.length + index] = value)));
  return largest(samples, new Float32Array(values.slice().buffer));
}

function largest(found, wanted) {
  if (found.length !== wanted.length) {
    return Infinity;
  }
  return found.reduce((most, value, at) => Math.max(most, Math.abs(value - wanted[at])), 0);
}
