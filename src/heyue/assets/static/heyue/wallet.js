// The wallet: statement files go up as soon as they are chosen. Without it 传上去 sends them.
(() => {
  "use strict";
  addEventListener("DOMContentLoaded", () => document.querySelectorAll("form.upload").forEach((form) => {
    form.classList.add("auto");
    form.querySelector("input[type=file]").addEventListener("change", (e) => { if (e.target.files.length) form.requestSubmit(); });
  }));
})();
