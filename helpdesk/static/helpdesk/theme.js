/* Runs before the page is drawn, so that a chosen theme never flashes. "auto" follows the system, also while it changes. */
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch (error) {
      return "auto"; // storage is forbidden: the system decides
    }
  }

  function apply() {
    var theme = chosen();
    root.dataset.themeChoice = theme;
    root.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  }

  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("theme:changed", apply);

  // A visitor's zone; a person's own stands in the profile. Times of the very first page were drawn without it:
  // that page is asked for once more, so that no promise is shown in a foreign zone.
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && document.cookie.indexOf("tz=" + zone) < 0) {
    document.cookie = "tz=" + zone + "; path=/; max-age=31536000; samesite=lax";
    var kept = document.cookie.indexOf("tz=" + zone) >= 0;
    if (kept && !root.dataset.user && root.dataset.tz && root.dataset.tz !== zone) location.reload();
  }
})();
