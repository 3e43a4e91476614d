// Proofs go up as soon as they are chosen, in parts, and go on after a broken connection where they stopped.
// Without this script the plain form and its button 传上去 bring the whole file.
(() => {
  "use strict";
  const TRIES = 30;
  const wait = (ms) => new Promise((done) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });

  // What the server said, or null where the connection broke or the server stumbled: worth another try.
  const ask = async (form, method, path, options) => {
    const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    try {
      const answer = await fetch(path, { method, ...options, headers: { ...headers, ...(options && options.headers) } });
      if (answer.status >= 500 || answer.status === 429) return null;
      if (!/json/.test(answer.headers.get("Content-Type") || "")) return { away: true };
      return { ok: answer.ok, status: answer.status, said: await answer.json() };
    } catch { return null; }
  };

  const persist = async (form, say, method, path, options) => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const answer = await ask(form, method, path, options);
      if (answer) return answer;
      say("off");
      await wait(Math.min(1000 * 2 ** tries, 20000));
    }
    return { failed: true };
  };

  // Returns an error's words, "" when the file has become a proof; throws where only the plain form can help.
  const bring = async (form, file, kind, say) => {
    const data = new FormData();
    data.append("kind", kind); data.append("name", file.name); data.append("size", String(file.size));
    let answer = await persist(form, say, "POST", "/apply/uploads", { body: data });
    while (!answer.failed && !answer.away && (answer.ok || answer.status === 409)) {
      if (answer.ok && answer.said.done) return "";
      if (answer.status === 409) answer = await persist(form, say, "GET", "/apply/uploads/" + form.dataset.upload);
      if (answer.failed || answer.away || !answer.ok) break;
      const { id, offset, size, part } = answer.said;
      form.dataset.upload = id;
      say("going", Math.floor(100 * offset / size));
      const last = offset + part >= size;
      if (last) say("check", 100);
      answer = await persist(form, say, "PATCH", "/apply/uploads/" + id, {
        headers: { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
        body: file.slice(offset, offset + part),
      });
    }
    if (answer.away) throw new Error("away");
    return answer.failed ? null : answer.said.title;
  };

  const sendAll = async (form, input) => {
    const kind = form.elements.kind, line = form.querySelector(".going"), status = line.querySelector("[role=status]");
    if (!kind.value) { kind.focus(); return; }
    const say = (what, percent) => {
      line.hidden = false;
      line.querySelector("progress").hidden = what !== "going" && what !== "check" && what !== "off";
      if (percent !== undefined) line.querySelector("progress").value = percent;
      status.textContent = what === "going" ? `${status.dataset.going} ${percent}%` : status.dataset[what] || what;
    };
    const wrong = [];
    form.setAttribute("aria-busy", "true");
    try {
      for (const file of input.files) {
        const words = await bring(form, file, kind.value, say);
        if (words) wrong.push(input.files.length > 1 ? `${file.name}：${words}` : words);
        if (words === null) { say("failed"); form.removeAttribute("aria-busy"); return; }
      }
    } catch { form.submit(); return; }
    form.removeAttribute("aria-busy");
    const instead = form.elements.instead;
    if (instead && !wrong.length) await ask(form, "POST", `/apply/proofs/${instead.value}/remove`);
    status.classList.toggle("more", wrong.length > 0);
    if (wrong.length) { input.value = ""; say(wrong.join(" ")); return; }
    location.hash = kind.value;
    location.reload();
  };

  addEventListener("DOMContentLoaded", () => document.querySelectorAll("form.upload").forEach((form) => {
    form.classList.add("auto");
    const send = () => {
      const input = [...form.querySelectorAll("input[type=file]")].find((one) => one.files.length);
      if (input) sendAll(form, input);
    };
    form.addEventListener("change", send);
  }));
})();
