/** What can be checked: documents as text, bytes or objects, alone or several of one deployment. */
/** The documents of an input; `name` is that of one alone. */
export function documentsOf(input, name = "input") {
    return isList(input) ? input : [{ name, text: input }];
}
function isList(input) {
    // What `az` prints may be a list too, of objects without a `text`.
    const document = (item) => typeof item === "object" && item !== null && "name" in item && "text" in item && typeof item.name === "string";
    return Array.isArray(input) && input.length > 0 && input.every(document);
}
const utf8 = new TextEncoder();
/** A document as UTF-8. */
export function bytesOf(document) {
    if (document instanceof Uint8Array)
        return document;
    return utf8.encode(typeof document === "string" ? document : JSON.stringify(withoutPassword(document)));
}
/** The form has a password for whoever deploys it. Nothing here reads it, so it goes nowhere. */
function withoutPassword(document) {
    if (!("adminPassword" in document))
        return document;
    const { adminPassword: _, ...rest } = document;
    return rest;
}
