// Before the first paint, so that a dark room stays dark. A file of its own because the CSP allows no inline script.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("einthoven.theme");
  } catch (error) {
    // Storage may be forbidden: the system's choice is taken.
  }
  var dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
})();
