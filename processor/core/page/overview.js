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

  // A page of the service, with runs that go on: what changes is put in anew, and nothing that has the focus.
  const AT_LEAST = 4000, OFTEN = 20;
  async function refresh() {
    const begun = performance.now();
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        if (answer.ok && !answer.redirected) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          for (const old of document.querySelectorAll("[data-refresh]")) {
            const made = fresh.querySelector(`[data-refresh="${old.dataset.refresh}"]`);
            if (made && !old.contains(document.activeElement)) old.replaceWith(made);
          }
        }
      } catch { /* the service is away: the next look may find it */ }
    }
    setTimeout(refresh, Math.max(AT_LEAST, OFTEN * (performance.now() - begun)));
  }
  if (document.querySelector("main[data-served] .state.running")) setTimeout(refresh, AT_LEAST);
})();
