"use strict";
// Everything that came from elsewhere is put in as text (textContent), never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const number = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
  const run = decodeURIComponent(location.pathname.split("/")[2]);
  const events = new EventSource(`/runs/${encodeURIComponent(run)}/events`);

  function cell(text, name) {
    const made = document.createElement("td");
    made.className = name;
    made.textContent = text;
    return made;
  }
  function row(job) {
    const made = document.createElement("tr");
    made.append(cell(String(job.number), "n"), cell(job.name || "–", ""), cell(job.state.toLowerCase(), ""),
      cell(job.service_state || "–", ""), cell(number(job.answered), "n"), cell(number(job.items), "n"));
    return made;
  }
  function showProblem(problem) {
    byId("problem").hidden = !problem;
    byId("problem").textContent = problem ? problem.message : "";
  }
  events.addEventListener("status", (event) => {
    const status = JSON.parse(event.data);
    byId("state").textContent = status.state.toLowerCase();
    if (status.answered !== null) byId("answered").textContent = `${number(status.answered)} of ${number(status.items)} answered`;
    else if (status.items) byId("answered").textContent = status.items === 1 ? "1 item" : `${number(status.items)} items`;
    byId("progress").max = Math.max(status.items, 1);
    byId("progress").value = status.answered || 0;
    byId("jobs").replaceChildren(...status.jobs.map(row));
    showProblem(status.problem);
  });
  events.addEventListener("step", (event) => {
    const said = JSON.parse(event.data);
    byId("step").textContent = `${said.step}: ${said.message}`;
  });
  events.addEventListener("progress", (event) => {
    const { step, done, total, unit } = JSON.parse(event.data).progress;
    byId("step").textContent = `${step}: ${number(done)}${total ? ` of ${number(total)}` : ""} ${unit}`;
  });
  events.addEventListener("problem", (event) => showProblem(JSON.parse(event.data).problem));
  events.addEventListener("end", () => { events.close(); location.replace(location.pathname); });
})();
