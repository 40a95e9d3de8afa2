/** What data is bound to, as the core takes it. */
/** Pairs in the form that crosses. The core puts them in its own order. */
export function pairs(context) {
    return context && Object.entries(context);
}
/** The two forms of external context: bytes, or named values. */
export function external(aad) {
    if (typeof aad === "string")
        return { bytes: new TextEncoder().encode(aad), named: undefined };
    if (aad === undefined || aad instanceof Uint8Array)
        return { bytes: aad, named: undefined };
    return { bytes: undefined, named: pairs(aad) };
}
/** The time in seconds, as the core has it. */
export function now() {
    return Math.floor(Date.now() / 1000);
}
