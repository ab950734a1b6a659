// Errors with stable names and numbers.

const NAMES = [
  "Done", "Io", "Malformed", "Unsupported", "Limit", "Model", "Desync", "Parameter", "File", "Cancelled", "Internal",
];

/** What went wrong. `code` never changes its meaning, `kind` is its name. */
export class LmcError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "LmcError";
    this.code = code;
    this.kind = NAMES[code] ?? "Internal";
  }

  /** An error that may be posted to another thread, and back. */
  static fromPlain({ code, message }) {
    return new LmcError(code, message);
  }

  toPlain() {
    return { code: this.code, message: this.message };
  }

  /** Any error as one of these. */
  static of(error) {
    return error instanceof LmcError ? error : new LmcError(CODES.Internal, String(error?.message ?? error));
  }
}

export const CODES = Object.freeze(Object.fromEntries(NAMES.map((name, code) => [name, code])));
