/** The one error of this package, with the core's codes. */
/** What this package throws. What a provider throws reaches its caller unchanged. */
export class CmkitError extends Error {
    name = "CmkitError";
    code;
    /** Whether the same call can succeed later with nothing else changed. */
    retry;
    /** What the key holder said, where one refused. */
    details;
    constructor(code, message, options = {}) {
        super(message, options);
        this.code = code;
        this.retry = options.retry ?? false;
        this.details = options.details;
    }
}
/** Calls into WebAssembly: what the core throws becomes a {@link CmkitError}. */
export function call(run) {
    try {
        return run();
    }
    catch (thrown) {
        throw asError(thrown);
    }
}
/** A {@link CmkitError} of what the binding throws; anything else as it is. */
export function asError(thrown) {
    if (!isThrown(thrown))
        return thrown;
    const { code, message, retry, refusal } = thrown;
    return new CmkitError(code, message, { retry, ...(refusal && { details: refusal }) });
}
function isThrown(value) {
    return typeof value === "object" && value !== null && !(value instanceof Error) && "code" in value && "retry" in value;
}
