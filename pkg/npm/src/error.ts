/** The one error of this package, with the core's codes. */

/** What went wrong. A code is a promise: it is the same in Rust, JavaScript and Python, and never renamed. */
export type ErrorCode =
  | "malformed"
  | "unsupported"
  | "too_large"
  | "truncated"
  | "no_key"
  | "context"
  | "decrypt"
  | "not_allowed"
  | "out_of_range"
  | "denied"
  | "unavailable"
  | "invalid_key_uri"
  | "invalid_argument"
  | "invalid_reply"
  | "provider"
  | "input"
  | "io";

/** Why a key holder said no, in the words of Key Vault. */
export interface Refusal {
  /** The most specific error code that the holder gave, for example `ForbiddenByRbac` or `KeyDisabled`. */
  reason: string;
  message: string;
  /** Seconds after which a retry makes sense, where the holder said so. */
  retryAfter: number | null;
}

/** What this package throws. What a provider throws reaches its caller unchanged. */
export class CmkitError extends Error {
  override readonly name = "CmkitError";
  readonly code: ErrorCode;
  /** Whether the same call can succeed later with nothing else changed. */
  readonly retry: boolean;
  /** What the key holder said, where one refused. */
  readonly details: Refusal | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { retry?: boolean; details?: Refusal } = {}) {
    super(message, options);
    this.code = code;
    this.retry = options.retry ?? false;
    this.details = options.details;
  }
}

/** What the binding throws: a plain object. */
interface Thrown {
  code: ErrorCode;
  message: string;
  retry: boolean;
  refusal?: Refusal;
}

/** Calls into WebAssembly: what the core throws becomes a {@link CmkitError}. */
export function call<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw asError(thrown);
  }
}

/** A {@link CmkitError} of what the binding throws; anything else as it is. */
export function asError(thrown: unknown): unknown {
  if (!isThrown(thrown)) return thrown;
  const { code, message, retry, refusal } = thrown;
  return new CmkitError(code, message, { retry, ...(refusal && { details: refusal }) });
}

function isThrown(value: unknown): value is Thrown {
  return typeof value === "object" && value !== null && !(value instanceof Error) && "code" in value && "retry" in value;
}
