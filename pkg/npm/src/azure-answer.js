/** What Key Vault answers: keys, bytes, and errors. What errors mean, the core says. */
import { CmkitError, call } from "./error.js";
/** A key as the vault describes it. */
export function stateOf({ id = "", keyType, key, keyOperations, properties }) {
    const { enabled = true, notBefore, expiresOn, createdOn } = properties;
    return {
        key: id,
        kty: keyType,
        enabled,
        ...(key?.n && { n: key.n }),
        ...(key?.e && { e: key.e }),
        ...(notBefore && { notBefore: seconds(notBefore) }),
        ...(expiresOn && { expires: seconds(expiresOn) }),
        ...(createdOn && { created: seconds(createdOn) }),
        ...(keyOperations && { keyOps: keyOperations }),
    };
}
function seconds(time) {
    return Math.floor(time.getTime() / 1000);
}
/** The bytes of an answer that is about the very version that was asked, which the SDK does not look at. */
export function answered(key, heard, bytes) {
    const { kid } = bodyOf(heard);
    if (!(bytes instanceof Uint8Array))
        throw new CmkitError("invalid_reply", `\`${key.host}\` did not answer as Key Vault does`);
    call(() => key.answered(String(kid)));
    return bytes;
}
/** What an error means for the operation; nothing where it is not the vault's. */
export function refusalOf(key, error, heard, unwrapping) {
    const { name, message, statusCode } = error;
    // Its time was over: the caller's own abort is not looked at here.
    if (name === "AbortError")
        return key.unreachable("the time for an answer is over");
    if (name !== "RestError")
        return undefined;
    if (statusCode === undefined)
        return key.unreachable(String(message));
    const { error: said } = bodyOf(heard);
    const delay = heard?.headers.get("retry-after");
    return key.refusal(statusCode, text(said?.code), innermost(said), text(said?.message) ?? "", delay, unwrapping);
}
function bodyOf(heard) {
    try {
        return JSON.parse(heard?.bodyAsText ?? "") ?? {};
    }
    catch {
        return {};
    }
}
/** The innermost code below an error. */
function innermost(error) {
    let code;
    for (let inner = error?.innererror ?? error?.innerError; inner; inner = inner.innererror ?? inner.innerError) {
        code = text(inner.code) ?? code;
    }
    return code;
}
function text(value) {
    return typeof value === "string" ? value : undefined;
}
