// Headless Chromium by its own protocol over pipes: no packages are needed.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--no-first-run"];

/** A page of a browser that was started for it. */
export class Page {
  #process;
  #profile;
  #session;
  #calls = 0;
  #waiting = new Map();
  /** What the page wrote to its console, and its errors. */
  log = [];

  static async open(program, size = [1100, 1400]) {
    const page = new Page();
    page.#profile = await mkdtemp(join(tmpdir(), "lmc-chromium-"));
    const flags = [...FLAGS, `--window-size=${size}`, `--user-data-dir=${page.#profile}`, "--remote-debugging-pipe"];
    page.#process = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    page.#listen(page.#process.stdio[4]);
    page.#process.on("exit", () => page.#waiting.forEach(({ reject }) => reject(new Error("the browser ended"))));
    const { targetId } = await page.#send("Target.createTarget", { url: "about:blank" });
    page.#session = (await page.#send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
    await page.#send("Runtime.enable");
    await page.#send("Page.enable");
    return page;
  }

  async go(url) {
    await this.#send("Page.navigate", { url });
  }

  /** The value of an expression, which may be a promise. */
  async run(expression) {
    const parameters = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", parameters);
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression, seconds = 60) {
    for (const end = Date.now() + 1000 * seconds; Date.now() < end; ) {
      if (await this.run(`Boolean(${expression})`).catch(() => false)) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`in vain waited for ${expression}\n${this.log.join("\n")}`);
  }

  /** Drags the mouse over the page. */
  async drag(from, to) {
    const mouse = (type, [x, y]) =>
      this.#send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: 1, clickCount: 1 });
    await mouse("mousePressed", from);
    await mouse("mouseMoved", to);
    await mouse("mouseReleased", to);
  }

  /** A picture of the page, as PNG. */
  async screenshot() {
    const { data } = await this.#send("Page.captureScreenshot", { captureBeyondViewport: true });
    return Buffer.from(data, "base64");
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.#send("Browser.close").catch(() => {});
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #send(method, params = {}) {
    this.#calls += 1;
    const sessionId = method.startsWith("Target.") || method.startsWith("Browser.") ? undefined : this.#session;
    this.#process.stdio[3].write(`${JSON.stringify({ id: this.#calls, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(this.#calls, { resolve, reject }));
  }

  /** Messages end with a zero byte. */
  #listen(stream) {
    let rest = Buffer.alloc(0);
    stream.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.#take(JSON.parse(rest.subarray(0, end).toString()));
        rest = rest.subarray(end + 1);
      }
    });
  }

  #take({ id, result, error, method, params }) {
    if (method === "Runtime.consoleAPICalled") {
      this.log.push(params.args.map(({ value, description }) => value ?? description).join(" "));
    } else if (method === "Runtime.exceptionThrown") {
      this.log.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    }
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) {
      call?.reject(new Error(error.message));
    } else {
      call?.resolve(result);
    }
  }
}
