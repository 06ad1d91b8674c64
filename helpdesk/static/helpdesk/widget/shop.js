/* The demo shop's own script: what any shop would write to use the widget. */
const page = /** @type {any} */ (window);
const me = /** @type {HTMLElement} */ (document.querySelector("#me"));
/** Before the widget has come, calls wait in a list. @param {any[]} words */
const call = (...words) => (page.helpdesk ||= []).push(words);

/** The shop's server vouches for its customer. @param {string} who */
async function signIn(who) {
  const response = await fetch(`/demo/shop/identity/?who=${encodeURIComponent(who)}`);
  const { jwt, name } = await response.json();
  me.textContent = name;
  call("identify", jwt);
}

for (const el of document.querySelectorAll("[data-sign-in]")) {
  el.addEventListener("click", () => signIn(/** @type {HTMLElement} */ (el).dataset.signIn ?? ""));
}
document.querySelector("#sign-out")?.addEventListener("click", () => {
  me.textContent = me.dataset.out ?? "";
  call("reset");
});
document.querySelector("#ask")?.addEventListener("click", () => call("open"));
call("context", { basket: "1 item, $66.00" });
