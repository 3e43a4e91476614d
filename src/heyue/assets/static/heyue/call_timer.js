// The call page's timer: it counts while one talks, and the seconds go into the note.
(() => {
  "use strict";
  const button = document.querySelector("[data-timer]"), clock = document.getElementById("clock");
  if (!button || !clock) return;
  const seconds = document.querySelector("input[name=seconds]");
  const two = (n) => String(n).padStart(2, "0");
  let began = 0, before = 0, ticking = 0;
  const total = () => before + (began ? Math.floor((Date.now() - began) / 1000) : 0);
  const show = () => {
    clock.textContent = two(Math.floor(total() / 60)) + ":" + two(total() % 60);
    if (seconds) seconds.value = total();
  };
  const start = () => { began = Date.now(); ticking = setInterval(show, 500); button.textContent = button.dataset.stop; };
  const stop = () => { before = total(); began = 0; clearInterval(ticking); button.textContent = button.dataset.timer; show(); };
  button.hidden = false;
  button.addEventListener("click", () => (began ? stop() : start()));
  document.querySelectorAll("a[href^='tel:']").forEach((a) => a.addEventListener("click", () => { if (!began) start(); }));
})();
