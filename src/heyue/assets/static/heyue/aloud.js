// 读给我听: the browser's own voice reads the page's main part in its order, sums and days as they are spoken.
(() => {
  "use strict";
  const button = document.querySelector("[data-aloud]");
  if (!button) return;
  const speech = window.speechSynthesis;
  if (!speech || !window.SpeechSynthesisUtterance) { button.parentElement.hidden = true; return; }
  const lang = document.documentElement.lang === "zh-CN" ? "zh-CN" : "en-GB";
  const chinese = lang === "zh-CN";
  const words = button.querySelector("[data-words]"), start = words.textContent;
  const BLOCKS = "h1,h2,h3,p,li,dt,dd,tr,label,legend,summary,figcaption,button,a,.weui-cell__bd,.weui-cell__ft,output";

  const WHOLE = "h1,h2,h3,p,li,dt,dd,tr,label,summary,button,a,.rows > div"; // read in one breath with what is inside

  const sum = (yuan, places) => {
    const whole = yuan.replace(/,/g, ""), jiao = (places || "00")[0], fen = (places || "00")[1];
    if (!chinese) return ` ${whole} yuan${jiao + fen === "00" ? "" : ` ${Number(jiao + fen)} fen`} `;
    return `${whole}元${jiao !== "0" ? jiao + "角" : fen !== "0" ? "零" : ""}${fen !== "0" ? fen + "分" : ""}`;
  };
  const spaced = (digits) => digits.replace(/\D/g, "").split("").join(" ");
  const spoken = (text) => text
    .replace(/[−-]\s?[¥￥]/g, chinese ? "减 ¥" : "minus ¥")
    .replace(/[¥￥]\s?(\d[\d,]*)(?:\.(\d\d))?/g, (_, yuan, places) => sum(yuan, places))
    .replace(/(^|[^\d.,¥])(\d{3}-\d{3,4}-\d{3,4}|\d{5,})(?![\d.,]*\s?(元|yuan))/g, (_, before, digits) => before + spaced(digits))
    .replace(/\*{2,}/g, chinese ? "，" : ", ")
    .replace(/[›·]/g, chinese ? "，" : ", ")
    .replace(/\s+/g, " ").trim();

  const dayOf = (time) => {
    const shown = time.textContent, at = new Date(time.dateTime.length > 10 ? time.dateTime : time.dateTime + "T12:00:00+08:00");
    if (isNaN(at)) return shown;
    const parts = { month: "long", day: "numeric", timeZone: "Asia/Shanghai" };
    if (/\d{4}/.test(shown)) parts.year = "numeric";
    if (/[(（周]|Mon|Tue|Wed|Thu|Fri|Sat|Sun/.test(shown)) parts.weekday = "long";
    const clock = /\d\d:\d\d/.exec(shown);
    return new Intl.DateTimeFormat(lang, parts).format(at) + (clock ? " " + clock[0] : "");
  };
  const isHidden = (element) => element.matches("[hidden],[aria-hidden=true],script,style,option,.aloud")
    || (element.parentElement.matches("details:not([open])") && !element.matches("summary"))
    || getComputedStyle(element).display === "none";

  // What one node says: its words, a figure's label, a field's value, whether a box is ticked.
  const said = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return /^\s*\d{4}\s*$/.test(node.data) ? ` ${spaced(node.data)} ` : node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || isHidden(node)) return "";
    if (node.matches("time")) return ` ${dayOf(node)} `;
    if (node.matches("[role=img]")) return ` ${node.getAttribute("aria-label") || ""} `;
    if (node.matches("input[type=checkbox],input[type=radio]")) return ` ${node.checked ? button.dataset.ticked : button.dataset.unticked}, `;
    if (node.matches("input,textarea")) return /hidden|password|file/.test(node.type) ? "" : ` ${node.value} `;
    if (node.matches("select")) return ` ${node.selectedOptions.length ? node.selectedOptions[0].textContent : ""} `;
    const inner = [...node.childNodes].map(said).join("");
    return node.matches("td,th,small,br,dt") ? ` ${inner}, ` : inner;
  };
  // The smallest blocks that stand alone, in the order of the page.
  const pieces = (root, found = []) => {
    for (const child of root.children) {
      if (isHidden(child)) continue;
      const inside = child.matches(WHOLE) ? null : child.querySelector(BLOCKS);
      if (inside) pieces(child, found); else found.push(child);
    }
    return found;
  };
  const toRead = () => [...document.querySelectorAll("main, .bar")].flatMap((part) => pieces(part));

  let at = [], current = null, run = 0;
  const mark = (element) => {
    if (current) current.classList.remove("spoken");
    current = element;
    if (element) { element.classList.add("spoken"); element.scrollIntoView({ block: "nearest" }); }
  };
  const stop = () => {
    at = []; run += 1; speech.cancel(); mark(null);
    words.textContent = start; button.setAttribute("aria-pressed", "false");
  };
  const voice = () => speech.getVoices().find((v) => v.lang.replace("_", "-").startsWith(lang)) || speech.getVoices().find((v) => v.lang.startsWith(lang.slice(0, 2)));
  const next = () => {
    const element = at.shift();
    if (!element) { stop(); return; }
    const text = spoken(said(element)).replace(/^[\s,，.]+$/, "");
    if (!text) { next(); return; }
    const utterance = new SpeechSynthesisUtterance(text), own = voice(), mine = run;
    utterance.lang = lang; utterance.rate = 0.9;
    if (own) utterance.voice = own;
    utterance.onend = () => { if (mine === run) next(); };
    utterance.onerror = (e) => {
      if (mine !== run || e.error === "canceled" || e.error === "interrupted") return;
      stop(); document.querySelector("[data-aloud-told]").textContent = button.dataset.silent;
    };
    mark(element); speech.speak(utterance);
  };
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") { stop(); return; }
    speech.cancel();
    button.setAttribute("aria-pressed", "true"); words.textContent = button.dataset.stop;
    at = toRead(); next();
  });
  addEventListener("pagehide", () => speech.cancel());
})();
