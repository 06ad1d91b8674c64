/**
 * The widget on a shop's page: <script src="https://desk.example/widget.js" data-shop="KEY" async></script>
 *
 * Draws a launcher in a shadow root (its own constructed style sheet, so that the shop's policy for styles stands) and
 * opens an iframe of the helpdesk. Nothing else of the page is touched. What is said between the two goes to exactly
 * the other's origin and is heard from nowhere else.
 *
 * Attributes: data-shop, data-lang (en, es, zh), data-product, data-order, data-side="left".
 * window.helpdesk: open(), close(), identify(jwt), reset(), context({…}), on(event, fn) and push([name, …]).
 * Before this script has come: (window.helpdesk ||= []).push(["identify", jwt]).
 * Events: ready, open, close, unread {count}, message {from}, identified {name}, refused {code, message}, reset.
 */
(() => {
  "use strict";
  const script = /** @type {HTMLScriptElement|null} */ (document.currentScript);
  const key = script?.dataset.shop ?? "";
  const page = /** @type {any} */ (window);
  const before = page.helpdesk;
  if (!script || !/^[a-z0-9]{8,40}$/.test(key) || (before && !Array.isArray(before))) return;

  const desk = new URL(script.src).origin;
  const PHONE = "(max-width: 520px), (max-height: 480px)";
  const MARK = `helpdesk:${key}`;
  const LOOK = 2000; // milliseconds between two looks at where the visitor is
  const WORDS = {
    en: { open: "Chat with us", close: "Close the chat", title: "Chat and answers", one: "1 new message", other: "{n} new messages" },
    es: { open: "Chatear con nosotros", close: "Cerrar el chat", title: "Chat y respuestas", one: "1 mensaje nuevo", other: "{n} mensajes nuevos" },
    zh: { open: "与我们聊天", close: "关闭聊天", title: "聊天与解答", one: "1 条新消息", other: "{n} 条新消息" },
  };
  const CSS = `
:host { all: initial; --accent: #0f6b5c; --on-accent: #ffffff; }
button, .panel { font: 500 15px/1.3 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
button { position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px; width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%;
  display: grid; place-items: center; cursor: pointer; color: var(--on-accent); background: var(--accent); box-shadow: 0 2px 6px rgb(0 0 0 / .2), 0 8px 24px rgb(0 0 0 / .18); }
.left button { inset-inline: 20px auto; }
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }
svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 22px; height: 22px; padding: 0 5px; box-sizing: border-box; border-radius: 11px; background: #b3261e; color: #fff; font-size: 13px; line-height: 22px; font-weight: 700; }
.panel { position: fixed; z-index: 2147483001; inset-block-end: 88px; inset-inline-end: 20px; width: 392px; height: min(640px, calc(100dvh - 108px)); overflow: hidden; border-radius: 14px;
  background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .08), 0 12px 48px rgb(0 0 0 / .28); }
.left .panel { inset-inline: 20px auto; }
iframe { display: block; width: 100%; height: 100%; border: 0; background: transparent; color-scheme: normal; }
[hidden] { display: none !important; }
.away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-color-scheme: dark) {
  :host { --accent: #4cc0ab; --on-accent: #06231e; }
  .panel { background: #171d24; box-shadow: 0 0 0 1px rgb(255 255 255 / .14), 0 12px 48px rgb(0 0 0 / .6); }
  button:focus-visible { outline-color: #8ab4ff; }
}
@media ${PHONE} {
  .panel { inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
  .is-open button { display: none; }
}
@media (prefers-reduced-motion: no-preference) { .panel { animation: rise .16s ease-out; } @keyframes rise { from { opacity: 0; transform: translateY(8px); } } }`;
  const SVG = "http://www.w3.org/2000/svg";
  const TALK = "M21 12a8.5 8.5 0 0 1 -8.5 8.5c-1.6 0 -3 -.4 -4.3 -1l-5.2 1.5l1.5 -4.7a8.5 8.5 0 1 1 16.5 -4.3z";
  const DOWN = "M6 9l6 6l6 -6";

  const asked = (script.dataset.lang || document.documentElement.lang || navigator.language || "en").toLowerCase();
  const lang = /** @type {"en"|"es"|"zh"} */ (["es", "zh"].find((one) => asked.startsWith(one)) ?? "en");
  const words = WORDS[lang];
  const phone = matchMedia(PHONE);

  /** @type {Map<string, Set<(detail: any) => void>>} */
  const listeners = new Map();
  /** What is said before the frame listens. @type {any[]} */
  let waiting = [];
  /** @type {Record<string, any>} */
  let more = {};
  /** @type {HTMLIFrameElement|null} */
  let frame = null;
  let ready = false;
  let isOpen = false;
  let unread = 0;
  let scrolled = "";

  /** @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {Record<string, string>} [attributes] @returns {HTMLElementTagNameMap[T]} */
  function make(tag, attributes = {}) {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
    return el;
  }

  const host = make("div", { "data-helpdesk": "" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const around = make("div", script.dataset.side === "left" ? { class: "left" } : {});
  const launcher = make("button", { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  svg.append(path);
  const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: "" });
  const told = make("span", { class: "away", role: "status" });
  const panel = make("div", { class: "panel", role: "dialog", "aria-label": words.title, hidden: "" });
  /** On a full screen the Tab key goes round within: whoever leaves the frame at one end comes in again at the other. */
  const ends = ["last", "first"].map((end) => {
    const el = make("span", { class: "away", tabindex: "-1" });
    el.addEventListener("focus", () => {
      frame?.focus();
      say({ type: "edge", end });
    });
    return el;
  });
  panel.append(...ends);
  launcher.append(svg, badge);
  around.append(launcher, told, panel);
  root.append(around);

  function draw() {
    path.setAttribute("d", isOpen ? DOWN : TALK);
    badge.hidden = isOpen || unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    const news = unread === 1 ? words.one : words.other.replace("{n}", String(unread));
    launcher.setAttribute("aria-label", isOpen ? words.close : unread ? `${words.open} (${news})` : words.open);
    launcher.setAttribute("aria-expanded", String(isOpen));
    told.textContent = !isOpen && unread ? news : "";
    around.classList.toggle("is-open", isOpen);
    panel.toggleAttribute("hidden", !isOpen);
    const isModal = isOpen && phone.matches;
    if (isModal) panel.setAttribute("aria-modal", "true");
    else panel.removeAttribute("aria-modal");
    for (const end of ends) end.tabIndex = isModal ? 0 : -1;
    lock(isModal);
  }

  /** Under a full screen the page stays where it is. @param {boolean} on */
  function lock(on) {
    const { style } = document.documentElement;
    if (on === (host.dataset.locked === "1")) return;
    if (on) [scrolled, style.overflow] = [style.overflow, "hidden"];
    else style.overflow = scrolled;
    host.dataset.locked = on ? "1" : "";
  }

  /** @param {string} name @param {any} [detail] */
  function emit(name, detail = {}) {
    for (const fn of [...(listeners.get(name) ?? [])]) {
      try {
        fn(detail);
      } catch (error) {
        console.error(error);
      }
    }
  }

  /** @param {Record<string, any>} message */
  function say(message) {
    if (!frame) load();
    if (ready) frame?.contentWindow?.postMessage({ helpdesk: 1, ...message }, desk);
    else waiting.push(message);
  }

  /** The helpdesk's own page, only once it is wanted. */
  function load() {
    if (frame) return;
    const query = new URLSearchParams({ lang });
    frame = make("iframe", { title: words.title, allow: "clipboard-write", referrerpolicy: "origin", src: `${desk}/widget/${key}/?${query}` });
    frame.addEventListener("load", () => frame?.contentWindow?.postMessage({ helpdesk: 1, type: "hello" }, desk));
    ends[1].before(frame);
  }

  /** @param {string} name */
  function attribute(name) {
    return script?.getAttribute(name) || document.querySelector(`[${name}]`)?.getAttribute(name) || "";
  }

  function said() {
    return {
      url: location.href.slice(0, 600),
      title: document.title.slice(0, 300),
      referrer: document.referrer.slice(0, 600),
      product: attribute("data-product").slice(0, 200),
      order: attribute("data-order").slice(0, 100),
      more,
    };
  }

  let last = "";
  function tellPage() {
    const context = said();
    const now = JSON.stringify(context);
    if (now !== last) say({ type: "context", context });
    last = now;
  }

  function open() {
    load();
    if (!isOpen) {
      isOpen = true;
      draw();
      emit("open");
    }
    tellPage();
    say({ type: "open" });
    frame?.focus();
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    draw();
    say({ type: "close" });
    launcher.focus({ preventScroll: true });
    emit("close");
  }

  /** @type {Record<string, (...given: any[]) => any>} */
  const api = {
    open,
    close,
    identify: (jwt) => (typeof jwt === "string" ? say({ type: "identify", jwt }) : undefined),
    reset: () => say({ type: "reset" }),
    context: (given) => {
      if (given === null || typeof given !== "object") return;
      more = { ...more, ...plain(given) };
      if (frame) tellPage();
    },
    on: (name, fn) => {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(fn));
      if (name === "ready" && ready) queueMicrotask(() => fn({}));
      return () => set.delete(fn);
    },
    push: ([name, ...given]) => (Object.hasOwn(api, name) ? api[name](...given) : undefined),
  };

  /** Text and numbers alone cross over. @param {Record<string, any>} given */
  function plain(given) {
    const pairs = Object.entries(given).filter(([, value]) => ["string", "number"].includes(typeof value));
    return Object.fromEntries(pairs.slice(0, 20).map(([name, value]) => [name.slice(0, 60), String(value).slice(0, 300)]));
  }

  /** What the frame says. @type {Record<string, (message: any) => void>} */
  const heard = {
    ready: () => {
      ready = true;
      const first = waiting;
      waiting = [];
      for (const message of first) say(message);
      if (isOpen) {
        say({ type: "open" });
        frame?.focus(); // what was focused before the page in it came is gone
      }
      emit("ready");
    },
    close,
    unread: ({ count }) => {
      unread = Number.isInteger(count) && count > 0 ? count : 0;
      draw();
      emit("unread", { count: unread });
    },
    talk: ({ on }) => {
      try {
        if (on) localStorage.setItem(MARK, "1");
        else localStorage.removeItem(MARK);
      } catch {} // storage may be forbidden: then there is no count before the panel is opened
    },
    event: ({ name, detail }) => ["message", "identified", "refused", "reset"].includes(name) && emit(name, detail),
  };

  addEventListener("message", (event) => {
    const { data } = event;
    if (event.origin !== desk || !frame || event.source !== frame.contentWindow || data?.helpdesk !== 1) return;
    if (Object.hasOwn(heard, data.type)) heard[data.type](data);
  });
  launcher.addEventListener("click", () => (isOpen ? close() : open()));
  root.addEventListener("keydown", (event) => /** @type {KeyboardEvent} */ (event).key === "Escape" && close());
  phone.addEventListener("change", draw);
  setInterval(() => frame && tellPage(), LOOK); // many shops change the address without loading a page

  function known() {
    try {
      return localStorage.getItem(MARK) === "1";
    } catch {
      return false;
    }
  }

  function start() {
    document.body.append(host);
    draw();
    page.helpdesk = api;
    for (const call of Array.isArray(before) ? before : []) api.push(call);
    if (known()) load(); // somebody who wrote before learns of an answer without opening anything
  }
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start, { once: true });
})();
