"use strict";
for (const table of document.querySelectorAll("table[data-tools]")) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const tools = document.getElementById(table.id + "-tools");
  const field = tools.querySelector("input");
  const told = tools.querySelector("[role=status]");
  const heads = Array.from(table.tHead.rows[0].cells);
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });

  const count = () => {
    const shown = rows.filter((row) => !row.hidden).length;
    told.textContent = told.dataset.text.replace("{n}", shown).replace("{total}", rows.length);
  };
  field.addEventListener("input", () => {
    const words = field.value.normalize("NFKC").toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.normalize("NFKC").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    count();
  });
  heads.forEach((head, at) => {
    head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[at].dataset.v ?? row.cells[at].textContent;
      const compare = (one, two) => {
        const [a, b] = [key(one), key(two)];
        // Empty cells stay at the end, whichever way the rest is sorted.
        if (a === "" || b === "") return (a === "") - (b === "");
        const numbers = "n" in one.cells[at].dataset && "n" in two.cells[at].dataset;
        const way = numbers ? Number(a) - Number(b) : order.compare(a, b);
        return down ? -way : way;
      };
      body.append(...rows.sort(compare));
    });
  });
  const more = tools.querySelector("button[aria-pressed]");
  if (more) {
    more.addEventListener("click", () => {
      const all = table.classList.toggle("all");
      more.setAttribute("aria-pressed", String(all));
    });
  }
  tools.hidden = false;
  count();
}
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
