// Plays a decoded sound and draws its wave.

const PLAYED = "#2563eb";

export class Player {
  #button;
  #wave;
  #sound = null;
  #context = null;
  #source = null;
  #started = 0;
  #loudest = 1;

  constructor(button, wave) {
    this.#button = button;
    this.#wave = wave;
    button.addEventListener("click", () => (this.#source ? this.stop() : this.play()));
    new ResizeObserver(() => this.#draw(0)).observe(wave);
  }

  /** Takes a sound as `decode` gives it. */
  load(sound) {
    this.stop();
    this.#sound = sound;
    this.#loudest = sound.channels[0].reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    this.#button.disabled = sound.channels[0].length === 0;
    this.#draw(0);
  }

  async play() {
    const { channels, sampleRate } = this.#sound;
    this.#context ??= new AudioContext();
    await this.#context.resume();
    const buffer = this.#context.createBuffer(channels.length, channels[0].length, sampleRate);
    channels.forEach((channel, index) => buffer.copyToChannel(channel, index));
    this.#source = new AudioBufferSourceNode(this.#context, { buffer });
    this.#source.onended = () => this.stop();
    this.#source.connect(this.#context.destination);
    this.#source.start();
    this.#started = this.#context.currentTime;
    this.#button.textContent = "Stop";
    requestAnimationFrame(() => this.#follow());
  }

  stop() {
    if (this.#source) {
      this.#source.onended = null;
      this.#source.stop();
      this.#source = null;
      this.#draw(0);
    }
    this.#button.textContent = "Play";
  }

  /** Seconds that were played. */
  get position() {
    return this.#source ? this.#context.currentTime - this.#started : 0;
  }

  #follow() {
    if (this.#source) {
      this.#draw(this.position);
      requestAnimationFrame(() => this.#follow());
    }
  }

  /** The wave, with what is before `seconds` in colour. */
  #draw(seconds) {
    const [samples, rate] = [this.#sound?.channels[0] ?? [], this.#sound?.sampleRate ?? 1];
    const canvas = this.#wave;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
    const context = canvas.getContext("2d");
    const { width, height } = canvas;
    const played = (seconds * rate * width) / Math.max(samples.length, 1);
    const colour = getComputedStyle(canvas).color;
    for (let x = 0; x < width; x += 1) {
      let most = 0;
      const end = Math.floor(((x + 1) * samples.length) / width);
      for (let i = Math.floor((x * samples.length) / width); i < end; i += 1) {
        most = Math.max(most, Math.abs(samples[i]));
      }
      const half = Math.max(0.5, (0.45 * most * height) / this.#loudest);
      context.fillStyle = x < played ? PLAYED : colour;
      context.fillRect(x, height / 2 - half, 1, 2 * half);
    }
  }
}
