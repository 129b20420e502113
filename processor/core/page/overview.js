"use strict";
(() => {
  const form = document.getElementById("choose");
  if (form && form.hidden) {
    // One file: the list filters itself.
    const rows = [...document.querySelectorAll(".runs tbody tr")];
    const count = document.getElementById("count");
    const before = count.textContent;
    const choose = () => {
      const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.firstElementChild.textContent.toLowerCase();
        row.hidden = !((form.task.value === "" || row.dataset.task === form.task.value) &&
          (form.state.value === "" || row.dataset.state === form.state.value) &&
          words.every((word) => text.includes(word)));
        if (!row.hidden) shown += 1;
      }
      count.textContent = shown === rows.length ? before : `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} runs`;
    };
    form.addEventListener("input", choose);
    form.addEventListener("submit", (event) => { event.preventDefault(); choose(); });
    form.hidden = false;
    choose();
  }
})();
