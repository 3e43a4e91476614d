// Heyue 和约: what the pages need of script, and nothing a page cannot do without.
// 1. A second tap on the same button does nothing. 2. What is typed stays in this browser until it has been sent:
// an ordinary form in its tab for half an hour; the one interview question in hand, and what a bank is told before its
// day, on the phone for a day, so that it outlives a lost network, and it goes out by itself, by the button that was
// tapped, when the network is back (docs/decisions/0021).
(() => {
  "use strict";
  const SPAN_MS = 30 * 60 * 1000;
  const OFFLINE_SPAN_MS = 24 * 60 * 60 * 1000;
  const TAP_MS = 8000;
  const ASK_MS = 3000;
  const KEEP = "heyue-form:";
  const INTERVIEW = KEEP + "/apply";
  const CANNOT_PAY = /^heyue-form:\/plan\/[^/]+\/cannot#/;
  const SENT = "heyue-sent";
  const WAITING = "heyue-waiting";
  const NEVER = /password|code|csrf|id_number/i;
  const who = () => document.body.dataset.who || "";
  const keyOf = (form) => KEEP + location.pathname + "#" + (form.id || form.getAttribute("action") || "");
  const keptKind = (field) => field.name && !NEVER.test(field.name) && !/hidden|file|submit|button|password/.test(field.type);
  const fieldsOf = (form) => [...form.elements].filter(keptKind);

  const isHeld = (key) => key.startsWith(INTERVIEW) || CANNOT_PAY.test(key);
  const shelf = (key) => (isHeld(key) ? localStorage : sessionStorage);
  const read = (key) => {
    try { return JSON.parse(shelf(key).getItem(key) || "null"); } catch { return null; }
  };
  const put = (key, value) => { try { shelf(key).setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ } };
  const forget = (key) => { try { shelf(key).removeItem(key); } catch { /* forbidden */ } };
  const keptKeys = () => {
    try { return [localStorage, sessionStorage].flatMap((s) => Object.keys(s)).filter((k) => k.startsWith(KEEP)); } catch { return []; }
  };
  const write = (form) => {
    const key = keyOf(form);
    const values = fieldsOf(form).map((f) => [f.name, /checkbox|radio/.test(f.type) ? (f.checked ? f.value : null) : f.value]);
    // Only the question in hand is kept: an earlier one has been sent or given up.
    if (isHeld(key)) keptKeys().filter((k) => isHeld(k) && k !== key).forEach(forget);
    put(key, { at: Date.now(), who: who(), values });
  };
  const isOld = (key, kept) => Date.now() - kept.at > (isHeld(key) ? OFFLINE_SPAN_MS : SPAN_MS);

  const differs = (form, kept) => {
    const fields = fieldsOf(form);
    return fields.length === kept.values.length && fields.some((f, i) => {
      const now = /checkbox|radio/.test(f.type) ? (f.checked ? f.value : null) : f.value;
      return f.name === kept.values[i][0] && now !== kept.values[i][1];
    });
  };
  const fill = (form, kept) => fieldsOf(form).forEach((f, i) => {
    const [name, value] = kept.values[i] || [];
    if (name !== f.name) return;
    if (/checkbox|radio/.test(f.type)) f.checked = value === f.value; else f.value = value;
    f.dispatchEvent(new Event("input", { bubbles: true }));
    f.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // The words stand in the page (data-offer, data-take, data-no-net), so that they are translated with it.
  const say = (form, words) => {
    const note = document.createElement("p"), span = document.createElement("span");
    note.className = "note"; note.setAttribute("role", "status");
    span.textContent = words;
    note.append(span); form.prepend(note);
    return note;
  };
  const isTapped = (field, name, value) => field.type === "submit" && field.name === name && field.value === value;
  const sendBy = (form, name, value) => form.requestSubmit(name ? [...form.elements].find((f) => isTapped(f, name, value)) : null);
  const offer = (form) => {
    const key = keyOf(form), kept = read(key);
    if (!kept || kept.who !== who() || isOld(key, kept)) { forget(key); return; }
    const [waiting, name, value] = read(WAITING) || [];
    if (waiting === key) { // it was sent without a network, and now there is one
      forget(WAITING); fill(form, kept); sendBy(form, name, value); return;
    }
    if (!differs(form, kept)) return;
    const note = say(form, form.dataset.offer), take = document.createElement("button");
    take.type = "button"; take.className = "link"; take.textContent = form.dataset.take;
    take.addEventListener("click", () => { fill(form, kept); note.remove(); });
    note.append(take);
  };

  document.addEventListener("input", (e) => {
    const form = e.target.form;
    if (form && form.dataset.offer) write(form);
  });

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) { e.preventDefault(); return; }
    if (form.matches("[hx-post], [hx-get]")) return; // htmx has its own guard: hx-disabled-elt, hx-sync
    if (form.dataset.offer && !navigator.onLine) {
      e.preventDefault(); write(form);
      if (!form.dataset.waits) {
        form.dataset.waits = "1";
        const note = say(form, document.body.dataset.noNet || "");
        addEventListener("online", () => { delete form.dataset.waits; note.remove(); form.requestSubmit(e.submitter); }, { once: true });
      }
      return;
    }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }, TAP_MS);
    if (form.dataset.offer) { write(form); put(SENT, [keyOf(form), location.pathname, e.submitter?.name, e.submitter?.value]); }
    if (form.matches("[data-sign-out]")) keptKeys().forEach(forget);
  });

  // Back from the page cache: the button works again.
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    document.querySelectorAll("form[data-sent]").forEach((f) => { delete f.dataset.sent; f.removeAttribute("aria-busy"); });
  });

  // A button that may be used again in so many seconds says how many; without script the server says it.
  const countDown = (button) => {
    const words = button.textContent, until = Date.now() + 1000 * Number(button.dataset.wait);
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      button.disabled = left > 0;
      button.textContent = left > 0 ? left + button.dataset.waitWords : words;
      if (left > 0) setTimeout(tick, 500);
    };
    tick();
  };

  // The page shown without a network: what was being sent waits, and goes out from its own page as soon as there is one.
  const noNet = () => {
    const [sent, from, ...tapped] = read(SENT) || [];
    const waits = sent && from === location.pathname && read(sent);
    if (waits) put(WAITING, [sent, ...tapped]);
    document.querySelectorAll("[data-when-kept]").forEach((line) => { line.hidden = !waits; });
    const again = () => location.replace(location.pathname + location.search);
    // The browser may think that it has a network while there is none, and then no event tells of its return: so ask.
    const ask = () => fetch(location.href, { method: "HEAD", cache: "no-store" }).then(again, () => setTimeout(ask, ASK_MS));
    setTimeout(ask, ASK_MS);
    addEventListener("online", again);
    document.querySelectorAll("a[data-again]").forEach((a) => a.addEventListener("click", (e) => { e.preventDefault(); again(); }));
  };

  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("button[data-wait]").forEach(countDown);
    if (document.body.matches("[data-is-offline]")) { noNet(); return; }
    if ("serviceWorker" in navigator && document.body.dataset.worker) navigator.serviceWorker.register(document.body.dataset.worker).catch(() => {});
    const amiss = document.querySelector("[aria-invalid=true]"); // what is to be mended is at hand
    if (amiss) amiss.focus();
    if (document.body.dataset.done) forget(KEEP + document.body.dataset.done); // the server says which form it took
    // A form that led on to another page has been taken; one that led to sign-in waits for its session.
    const [sent, from] = read(SENT) || [];
    if (sent && from !== location.pathname && !location.pathname.startsWith("/signin")) { forget(sent); forget(SENT); }
    // Another's words, and old ones, do not stay on this phone.
    keptKeys().forEach((k) => { const kept = read(k); if (!kept || isOld(k, kept) || (who() && kept.who && kept.who !== who())) forget(k); });
    document.querySelectorAll("form[data-offer]").forEach(offer);
  });
})();
