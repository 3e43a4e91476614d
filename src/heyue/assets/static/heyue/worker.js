// The service worker: static files by their hashed names, and one page for when there is no network.
// No other page is ever kept: pages hold what is between a person and the banks. `HEYUE` stands before this text.
"use strict";
const SHELF = "heyue-" + HEYUE.version;

// A new version waits until no page is open: one that takes over while a page is on its way can leave it hanging.
addEventListener("install", (e) => {
  e.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll([HEYUE.offline, ...HEYUE.files])));
});

addEventListener("activate", (e) => {
  const others = (names) => names.filter((name) => name.startsWith("heyue-") && name !== SHELF);
  e.waitUntil(caches.keys().then((names) => Promise.all(others(names).map((name) => caches.delete(name)))).then(() => clients.claim()));
});

addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin || url.pathname.startsWith("/desk")) return;
  if (e.request.mode === "navigate") {
    e.respondWith(fetch(e.request).catch(() => caches.match(HEYUE.offline)));
  } else if (e.request.method === "GET" && HEYUE.files.includes(url.pathname)) {
    e.respondWith(caches.match(url.pathname).then((kept) => kept || fetch(e.request)));
  }
});
