// Progress, live: an event says that there is news, and the page asks for it at once. While the line is open the
// page's own polling rests; without EventSource, or when the line breaks, it goes on as before.
(() => {
  "use strict";
  const REST_MS = 45000;
  const poll = document.querySelector("[data-stream]");
  if (!poll || !window.EventSource || !window.htmx) return;
  let heard = 0, wanted = false;
  const line = new EventSource(poll.dataset.stream);
  const alive = () => Date.now() - heard < REST_MS && line.readyState !== EventSource.CLOSED;
  line.addEventListener("open", () => { heard = Date.now(); });
  line.addEventListener("news", () => {
    heard = Date.now();
    wanted = true;
    window.htmx.trigger(poll, "news");
  });
  poll.addEventListener("htmx:beforeRequest", (e) => {
    if (alive() && !wanted) e.preventDefault();
    wanted = false;
  });
  addEventListener("pagehide", () => line.close());
})();
