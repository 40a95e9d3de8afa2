/**
 * The page's view of the DOM: a tree described by `h`, and `patch`, which makes an element's children like it.
 *
 * Elements stay where they can, so that focus, caret and scroll survive a new rendering. Handlers and values are set as
 * properties: the page's Content-Security-Policy knows no inline script and no inline style.
 */

export interface VNode {
  readonly tag: string;
  readonly props: Props;
  readonly children: readonly (VNode | string)[];
}

export type Props = Readonly<Record<string, unknown>>;
export type Child = VNode | string | number | false | null | undefined | readonly Child[];

/** Describes an element. `key` tells siblings apart; `mounted` is called once with the new element. */
export function h(tag: string, props?: Props | null, ...children: Child[]): VNode {
  return { tag, props: props ?? {}, children: flatten(children) };
}

/** Makes the children of an element those described. */
export function patch(parent: Element, children: Child): void {
  patchChildren(parent, flatten([children]), parent.namespaceURI === SVG);
}

const SVG = "http://www.w3.org/2000/svg";
/** Set as properties, and after the children: a `select` takes only a value that it has. */
const PROPERTIES = new Set(["value", "checked", "indeterminate", "disabled", "open", "readOnly"]);

const shown = new WeakMap<Element, Props>();

function flatten(children: readonly Child[]): (VNode | string)[] {
  const out: (VNode | string)[] = [];
  for (const child of children) {
    if (child === false || child === null || child === undefined || child === "") continue;
    if (Array.isArray(child)) out.push(...flatten(child));
    else if (typeof child === "object") out.push(child as VNode);
    else out.push(String(child));
  }
  return out;
}

function patchChildren(parent: Element, next: readonly (VNode | string)[], svg: boolean): void {
  const keyed = new Map<unknown, Element>();
  for (const child of parent.children) {
    const key = shown.get(child)?.["key"];
    if (key !== undefined) keyed.set(key, child);
  }
  let at: ChildNode | null = parent.firstChild;
  for (const child of next) {
    const found = fitting(child, at, keyed);
    if (found === at && at) at = at.nextSibling;
    if (typeof child === "string") {
      if (!found) parent.insertBefore(document.createTextNode(child), at);
      else if (found.nodeValue !== child) found.nodeValue = child;
      continue;
    }
    const inside = svg || child.tag === "svg";
    const element = (found as Element | null) ?? create(child.tag, inside);
    if (!found || found.nextSibling !== at) parent.insertBefore(element, at);
    update(element, child, inside);
    if (!found) (child.props["mounted"] as ((element: Element) => void) | undefined)?.(element);
  }
  while (at) {
    const gone: ChildNode = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** The node that is there for a child: the one of its key, or the next one if it is of its kind. */
function fitting(child: VNode | string, at: ChildNode | null, keyed: Map<unknown, Element>): ChildNode | null {
  if (typeof child === "string") return at?.nodeType === Node.TEXT_NODE ? at : null;
  const key = child.props["key"];
  if (key !== undefined) {
    const element = keyed.get(key);
    keyed.delete(key);
    return element?.localName === child.tag ? element : null;
  }
  if (!(at instanceof Element) || at.localName !== child.tag) return null;
  return shown.get(at)?.["key"] === undefined ? at : null;
}

function create(tag: string, svg: boolean): Element {
  return svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
}

function update(element: Element, { props, children }: VNode, svg: boolean): void {
  const before = shown.get(element) ?? {};
  shown.set(element, props);
  for (const name in before) if (!(name in props)) set(element, name, undefined);
  for (const name in props) {
    if (!PROPERTIES.has(name) && before[name] !== props[name]) set(element, name, props[name]);
  }
  // An element with children of its own making says so by having none here.
  if (children.length > 0 || element.firstChild) patchChildren(element, children, svg && element.localName !== "foreignObject");
  for (const name in props) if (PROPERTIES.has(name)) set(element, name, props[name]);
}

function set(element: Element, name: string, value: unknown): void {
  if (name === "key" || name === "mounted") return;
  if (name.startsWith("on") || PROPERTIES.has(name)) {
    const target = element as unknown as Record<string, unknown>;
    const property = name.startsWith("on") ? name.toLowerCase() : name;
    const wanted = value ?? (name.startsWith("on") ? null : name === "value" ? "" : false);
    if (target[property] !== wanted) target[property] = wanted;
    return;
  }
  const text = name.startsWith("aria-") && typeof value === "boolean" ? String(value) : value;
  if (text === undefined || text === null || text === false) element.removeAttribute(name);
  else element.setAttribute(name, text === true ? "" : String(text));
}
