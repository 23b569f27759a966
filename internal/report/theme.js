// Dark or light as the system says, or as the reader last chose.
"use strict";
(() => {
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem("hfmodels-theme"); } catch { return null; } };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    root.dataset.theme = stored() || (dark.matches ? "dark" : "light");
    const button = document.getElementById("theme");
    if (button) button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
  };
  show();
  dark.addEventListener("change", show);
  addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme").addEventListener("click", () => {
      const next = root.dataset.theme === "dark" ? "light" : "dark";
      try { localStorage.setItem("hfmodels-theme", next); } catch { /* then it is forgotten */ }
      root.dataset.theme = next;
      document.getElementById("theme").setAttribute("aria-pressed", String(next === "dark"));
    });
  });
})();
