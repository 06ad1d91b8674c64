/** Small behaviours of the portal's pages. Each works on markup that is complete without it. */

const root = document.documentElement;

/** Marks the chosen theme in the menu. */
function drawTheme() {
  const chosen = root.dataset.themeChoice ?? "auto";
  for (const button of document.querySelectorAll("[data-theme-choice]:is(button)")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}

/** @param {string} theme   auto, light or dark */
function chooseTheme(theme) {
  try {
    localStorage.setItem("theme", theme);
  } catch {
    root.dataset.bsTheme = theme; // storage is forbidden: this page alone
  }
  document.dispatchEvent(new Event("theme:changed"));
  drawTheme();
}

/** A menu closes with Escape and by a click beside it. @param {Element|null} except */
function closeMenus(except = null) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu === except) continue;
    const hadFocus = menu.contains(document.activeElement);
    menu.removeAttribute("open");
    if (hadFocus) menu.querySelector("summary")?.focus();
  }
}

/** @param {HTMLElement} button   one of a [data-filter-group]; shows what matches its data-filter */
function filterTimeline(button) {
  const list = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (!list) return;
  for (const other of button.parentElement?.children ?? []) other.setAttribute("aria-pressed", String(other === button));
  const wanted = button.dataset.filter ?? "";
  let lastShown = null;
  for (const item of list.children) {
    item.hidden = wanted !== "" && !(item.dataset.kind ?? "").split(" ").includes(wanted);
    item.classList.remove("last");
    if (!item.hidden) lastShown = item;
  }
  lastShown?.classList.add("last");
}

/** A form that is being sent says so and is not sent twice. @param {HTMLFormElement} form */
function markBusy(form) {
  for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-busy", "true");
  form.dataset.sent = "1";
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const theme = target.closest("button[data-theme-choice]");
  if (theme) chooseTheme(theme.dataset.themeChoice);
  closeMenus(target.closest("details[data-menu]"));
  const filter = target.closest("button[data-filter]");
  if (filter) filterTimeline(filter);
  const opener = target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (target.closest("[data-closes]")) target.closest("dialog")?.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || !form.matches("form[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  else markBusy(form);
});

// Back from the next page: the form may be sent again (its client_id makes a replay harmless).
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

drawTheme();

// "Sent" is news once: the same address again would take away what was typed since.
const here = new URL(location.href);
if (here.searchParams.has("sent")) {
  here.searchParams.delete("sent");
  history.replaceState(history.state, "", here);
}

// A rejected form: the first wrong field gets the focus.
/** @type {HTMLElement|null} */ (document.querySelector("main [aria-invalid=true]"))?.focus();

// A talk is read from its end; its top stays one scroll away.
const last = document.querySelector("[data-thread-list] > :last-child");
const edge = document.getElementById("pen")?.getBoundingClientRect().top ?? innerHeight;
if (last && last.getBoundingClientRect().bottom > edge) last.scrollIntoView({ block: "end" });
