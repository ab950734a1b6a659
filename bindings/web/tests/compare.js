// What a case decodes to in the module, against what it decodes to on the machine.

/** The decoded values of a case. */
export async function decodeCase(decoder, stream, { region, scale }) {
  const [x, y, width, height] = region ?? [];
  return decoder.decode(stream, { scale, region: region ? { x, y, width, height } : undefined });
}

/** The largest difference between what was decoded and the raw values of a case; infinite for another size. */
export function difference(decoded, values, expected) {
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

/** The largest difference that is allowed: none of pixels, rounding of samples, which are made with floats. */
export function allowed({ kind }) {
  return kind === "image" ? 0 : 2e-6;
}

function largest(found, wanted) {
  if (found.length !== wanted.length) {
    return Infinity;
  }
  return found.reduce((most, value, at) => Math.max(most, Math.abs(value - wanted[at])), 0);
}
