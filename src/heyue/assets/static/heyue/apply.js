// The interview: running totals and averages while one types. Without it they stand as last saved.
(() => {
  "use strict";
  // Sums are whole fen here too: no fraction is ever added up.
  const fenOf = (text) => {
    const plain = text.normalize("NFKC").replace(/[,\s¥元]/g, "");
    const found = /^(\d{1,9})(?:\.(\d{0,2}))?$/.exec(plain);
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : 0;
  };
  const shown = (fen) => {
    const whole = String(Math.floor(fen / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
    return whole + "." + String(fen % 100).padStart(2, "0");
  };
  const sumOf = (group) => [...document.querySelectorAll(`input[data-sum="${group}"]`)].reduce((sum, f) => sum + fenOf(f.value), 0);

  const total = () => {
    document.querySelectorAll("output[data-total]").forEach((o) => { o.textContent = "¥" + shown(sumOf(o.dataset.total)); });
    document.querySelectorAll("output[data-left]").forEach((o) => {
      o.textContent = "¥" + shown(Math.max(0, Number(o.dataset.left) - sumOf("out") - sumOf("keep")));
    });
  };

  // Averages are for those who live on the income: oneself, and those one feeds.
  const averages = (field) => {
    const people = 1 + Math.min(Number(field.value.normalize("NFKC").replace(/[^0-9]/g, "")) || 0, 30);
    field.form.querySelectorAll("[data-each]").forEach((a) => {
      a.textContent = a.textContent.replace(/¥[\d,.]+/, "¥" + shown(Number(a.dataset.each) * people));
    });
  };

  const chosen = () => {
    const line = document.querySelector("[data-chosen]");
    if (!line) return;
    const cards = [...document.querySelectorAll("input[name=ids]:checked")];
    line.hidden = !cards.length;
    line.querySelector("[data-chosen-count]").textContent = cards.length;
    line.querySelector("[data-chosen-sum]").textContent = shown(cards.reduce((sum, c) => sum + Number(c.dataset.fen), 0));
  };

  // The plan that is chosen has its bar; one's own periods choose one's own plan.
  const marked = () => document.querySelectorAll(".opt").forEach((o) => {
    const radio = o.querySelector("input[type=radio]");
    o.classList.toggle("opt-on", Boolean(radio && radio.checked));
  });

  document.addEventListener("input", (e) => { if (e.target.matches("[data-sum]")) total(); if (e.target.matches("[data-people]")) averages(e.target); });
  document.addEventListener("change", (e) => {
    if (e.target.matches("input[name=ids]")) chosen();
    if (e.target.matches(".own-row select")) e.target.closest(".opt").querySelector("input[type=radio]").checked = true;
    marked();
  });
  addEventListener("DOMContentLoaded", () => {
    if (document.querySelector("[data-sum]")) total();
    chosen();
    marked();
  });
})();
