// Heyue 和约: what the pages need of script, and nothing a page cannot do without.
// 1. A second tap on the same button does nothing. 2. What is typed stays in this tab until it has been sent.
(() => {
  "use strict";
  const SPAN_MS = 30 * 60 * 1000;
  const TAP_MS = 8000;
  const KEEP = "heyue-form:";
  const SENT = "heyue-sent";
  const NEVER = /password|code|csrf|id_number/i;
  const who = () => document.body.dataset.who || "";
  const keyOf = (form) => KEEP + location.pathname + "#" + (form.id || form.getAttribute("action") || "");
  const keptKind = (field) => field.name && !NEVER.test(field.name) && !/hidden|file|submit|button|password/.test(field.type);
  const fieldsOf = (form) => [...form.elements].filter(keptKind);

  const read = (key) => {
    try { return JSON.parse(sessionStorage.getItem(key) || "null"); } catch { return null; }
  };
  const write = (form) => {
    const values = fieldsOf(form).map((f) => [f.name, /checkbox|radio/.test(f.type) ? (f.checked ? f.value : null) : f.value]);
    try { sessionStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), who: who(), values })); } catch { /* full or forbidden */ }
  };
  const forget = (key) => { try { sessionStorage.removeItem(key); } catch { /* forbidden */ } };
  const forgetAll = () => {
    try { Object.keys(sessionStorage).filter((k) => k.startsWith(KEEP)).forEach(forget); } catch { /* forbidden */ }
  };

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

  // The words stand in the page (data-offer, data-take), so that they are translated with it.
  const offer = (form) => {
    const key = keyOf(form), kept = read(key);
    if (!kept || kept.who !== who() || Date.now() - kept.at > SPAN_MS) { forget(key); return; }
    if (!differs(form, kept)) return;
    const note = document.createElement("p"), words = document.createElement("span"), take = document.createElement("button");
    note.className = "note"; note.setAttribute("role", "status");
    words.textContent = form.dataset.offer;
    take.type = "button"; take.className = "link"; take.textContent = form.dataset.take;
    take.addEventListener("click", () => { fill(form, kept); note.remove(); });
    note.append(words, take); form.prepend(note);
  };

  document.addEventListener("input", (e) => {
    const form = e.target.form;
    if (form && form.dataset.offer) write(form);
  });

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) { e.preventDefault(); return; }
    if (form.matches("[hx-post], [hx-get]")) return; // htmx has its own guard: hx-disabled-elt, hx-sync
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }, TAP_MS);
    if (form.dataset.offer) {
      write(form);
      try { sessionStorage.setItem(SENT, JSON.stringify([keyOf(form), location.pathname])); } catch { /* forbidden */ }
    }
    if (form.matches("[data-sign-out]")) forgetAll();
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

  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("button[data-wait]").forEach(countDown);
    const amiss = document.querySelector("[aria-invalid=true]"); // what is to be mended is at hand
    if (amiss) amiss.focus();
    // A form that led on to another page has been taken; one that led to sign-in waits for its session.
    const [sent, from] = read(SENT) || [];
    if (sent && from !== location.pathname && !location.pathname.startsWith("/signin")) { forget(sent); forget(SENT); }
    document.querySelectorAll("form[data-offer]").forEach(offer);
  });
})();
