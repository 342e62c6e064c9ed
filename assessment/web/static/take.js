/* The applicant's pages, made smoother: every choice is saved at once, and kept on the device while there is no connection.
   Without this file everything works by form post. Answers wait in localStorage until the server has confirmed them; each
   carries a key of its own, so that sending one again can neither lose nor double it. */
"use strict";

(() => {
  const form = document.getElementById("answers") || document.getElementById("finish");
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];
  const LONGEST_REQUEST = 10000;
  const LONGEST_FLUSH = 8000;
  const words = JSON.parse(document.getElementById("script-words").dataset.words);
  const language = document.documentElement.lang;
  const writing = navigator.languages.find((tag) => tag.split("-")[0] === language) || language;

  for (const time of document.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    time.textContent = time.dataset.local === "day"
      ? moment.toLocaleDateString(writing, { day: "numeric", month: "long" })
      : moment.toLocaleTimeString(writing, { hour: "2-digit", minute: "2-digit" });
  }
  document.querySelector("[role=alert][tabindex]")?.focus();
  forgetWhatCameTooLate();
  if (!form) return;

  /* On the last page, what still waits on this device for that questionnaire can be sent no more: it goes, and the page says so. */
  function forgetWhatCameTooLate() {
    const late = document.getElementById("too-late");
    try {
      const left = late && `attune-answers-${late.dataset.sitting}`;
      if (!left || !localStorage.getItem(left)) return;
      localStorage.removeItem(left);
      late.hidden = false;
    } catch { /* nothing was kept */ }
  }

  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  /* ---- What is chosen ------------------------------------------------------------------------------------------- */

  const units = new Map([...form.querySelectorAll("[data-unit]")].map((box) => [box.dataset.unit, box]));
  const checked = (box, name) => box.querySelector(`input[name="${CSS.escape(name)}"]:checked`)?.value;

  function valueOf(unit, box) {
    const format = box.dataset.format;
    if (format === "pick_best") return checked(box, unit) ?? null;
    if (format === "likert") return Number(checked(box, unit)) || null;
    if (format === "best_worst") {
      const pair = {};
      for (const word of ["best", "worst"]) {
        const option = checked(box, `${unit}:${word}`);
        if (option) pair[word] = option;
      }
      return pair;
    }
    if (format === "rate") {
      const ratings = {};
      for (const input of box.querySelectorAll("input:checked")) ratings[input.name.slice(unit.length + 1)] = Number(input.value);
      return ratings;
    }
    const order = new Array(box.querySelectorAll("[data-option]").length).fill(null);
    for (const input of box.querySelectorAll("input:checked")) order[Number(input.value) - 1] = input.name.slice(unit.length + 1);
    return order;
  }

  function show(unit, box, value) {
    const mark = (name, wanted) => {
      for (const input of box.querySelectorAll(`input[name="${CSS.escape(name)}"]`)) if (input.value === String(wanted)) input.checked = true;
    };
    const format = box.dataset.format;
    for (const input of box.querySelectorAll("input:checked")) input.checked = false;
    if (format === "pick_best" || format === "likert") mark(unit, value);
    else if (format === "rank") for (const [place, option] of (value || []).entries()) mark(`${unit}:${option}`, place + 1);
    else for (const [part, wanted] of Object.entries(value || {})) mark(`${unit}:${part}`, wanted);
    remember(box);
    arrange(box);
  }

  /* What is chosen last stands: the same option cannot be best and worst, and no two have the same place, so the other gives way.
     Arrow keys choose all that they pass, so what one option displaced on its way comes back when it goes on. */
  const told = document.getElementById("told");
  const chosen = new Map();
  let before = new Map();
  let moving = "";

  function remember(box) {
    for (const input of box.querySelectorAll("input[type=radio]")) {
      if (input.checked) chosen.set(input.name, input.value);
      else if (chosen.get(input.name) === input.value) chosen.delete(input.name);
    }
  }

  function giveWay(box, changed) {
    if (changed.name !== moving) [moving, before] = [changed.name, new Map(chosen)];
    const others = [...box.querySelectorAll("input[type=radio]")].filter((input) => input.name !== changed.name);
    for (const input of others) input.checked = before.get(input.name) === input.value;
    const twin = others.find((input) => input.checked && input.value === changed.value);
    const left = box.dataset.format === "rank" && before.get(changed.name);
    let said = "";
    if (twin) {
      twin.checked = false;
      const free = others.find((input) => input.name === twin.name && input.value === left);
      if (free) free.checked = true;
      if (box.dataset.format === "rank") said = free ? words.swapped : words.taken;
      else said = twin.name.endsWith(":worst") ? words.was_worst : words.was_best;
    }
    if (told) told.textContent = said;
    remember(box);
    arrange(box);
  }

  /* The order below its cards. The row that has the focus stays in the page and the others go around it, so that it keeps it. */
  const buttonOf = (row, way) => row.querySelector(`button[value$=":${way}"]`);

  function arrange(box) {
    const list = box.querySelector(".order ol");
    if (!list) return;
    const order = valueOf(box.dataset.unit, box);
    const placed = order.filter(Boolean);
    const clash = placed.length < box.querySelectorAll("input:checked").length;
    const placeOf = (row) => order.indexOf(row.dataset.row) + 1;
    const rows = [...list.children].sort((one, other) => (placeOf(one) || Infinity) - (placeOf(other) || Infinity));
    for (const row of rows) {
      const option = row.dataset.row;
      row.hidden = !placeOf(row);
      row.querySelector("b").textContent = placeOf(row) || "";
      buttonOf(row, "up").hidden = option === placed[0];
      buttonOf(row, "down").hidden = option === placed.at(-1);
    }
    const at = Math.max(0, rows.indexOf(document.activeElement.closest("li")));
    rows[at].before(...rows.slice(0, at));
    rows[at].after(...rows.slice(at + 1));
    list.parentElement.hidden = clash || !placed.length;
  }

  function move(button) {
    const [, unit, option, way] = button.value.split(":");
    const box = units.get(unit);
    const row = button.closest("li");
    const beside = (way === "up" ? row.previousElementSibling : row.nextElementSibling).dataset.row;
    const swapped = { [option]: beside, [beside]: option };
    const order = valueOf(unit, box).map((placed) => swapped[placed] ?? placed);
    moving = "";
    show(unit, box, order);
    if (told) told.textContent = words.moved.replace("{place}", order.indexOf(option) + 1).replace("{n}", order.length);
    const next = button.hidden ? buttonOf(row, way === "up" ? "down" : "up") : button;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    if (form.dataset.answer) enqueue(unit, box);
  }

  /* ---- What the person is told ---------------------------------------------------------------------------------- */

  const saved = document.getElementById("saved");
  const notice = document.getElementById("connection");

  function state(sentence, tone) {
    if (!saved) return;
    saved.hidden = false;
    saved.className = `tag${tone}`;
    saved.lastElementChild.textContent = sentence;
  }

  function tell(sentence, className) {
    if (!notice) return;
    notice.className = className;
    notice.textContent = sentence;
    notice.hidden = !sentence;
  }

  /* ---- Answers that wait ---------------------------------------------------------------------------------------- */

  const store = `attune-answers-${form.dataset.sitting}`;
  const inMemory = { entries: [] };

  function waiting() {
    try { return JSON.parse(localStorage.getItem(store)) || []; } catch { return inMemory.entries; }
  }

  function keep(entries) {
    inMemory.entries = entries;
    try {
      if (entries.length) localStorage.setItem(store, JSON.stringify(entries));
      else localStorage.removeItem(store);
    } catch { /* no room or no permission: the answers wait in memory */ }
  }

  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const sequenceField = (unit) => form.elements[`${unit}:sequence`];
  let shownAt = performance.now();

  function enqueue(unit, box) {
    const spent = Math.round(performance.now() - shownAt);
    shownAt = performance.now();
    const entries = waiting();
    const old = entries.find((entry) => entry.unit === unit && !entry.sent);
    if (box.dataset.newer) {  // told that it was changed elsewhere, the person has chosen again
      sequenceField(unit).value = box.dataset.newer;
      delete box.dataset.newer;
    }
    const sequence = Number(sequenceField(unit).value);
    const entry = { unit, value: valueOf(unit, box), key: newKey(), sequence, milliseconds: spent + (old ? old.milliseconds : 0), sent: false };
    keep([...entries.filter((kept) => kept !== old), entry]);
    pump();
  }

  /* ---- Sending, one at a time and in order ---------------------------------------------------------------------- */

  let sending = null;
  let failures = 0;
  let timer = 0;
  let stopped = false;
  let conflict = false;
  let cutOff = false;

  function pump() {
    clearTimeout(timer);
    if (sending || stopped) return sending;
    const entry = waiting()[0];
    if (!entry) return null;
    if (!failures) state(words.saving, "");
    if (!entry.sent) keep(waiting().map((kept) => (kept.key === entry.key ? { ...kept, sent: true } : kept)));
    sending = send(entry).finally(() => { sending = null; }).then((goOn) => {
      if (goOn && waiting().length) pump();
      else if (!goOn && !stopped) timer = setTimeout(pump, WAITS[Math.min(failures - 1, WAITS.length - 1)] * (1 + Math.random() / 4));
    });
    return sending;
  }

  async function send(entry) {
    const limit = new AbortController();
    const clock = setTimeout(() => limit.abort(), LONGEST_REQUEST);
    let response;
    let body = {};
    try {
      response = await fetch(form.dataset.answer, {
        method: "POST",
        credentials: "same-origin",
        signal: limit.signal,
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
        body: JSON.stringify({ unit: entry.unit, value: entry.value, sequence: entry.sequence, key: entry.key, milliseconds: entry.milliseconds }),
      });
      body = await response.json();
    } catch {
      return failed();
    } finally {
      clearTimeout(clock);
    }
    if (response.ok) return confirmed(entry, body);
    if (response.status >= 500 || response.status === 429 || body.kind === "KeyInFlight") return failed();
    return refused(entry, response.status, body);
  }

  function drop(entry, sequence) {
    const later = (kept) => (sequence !== undefined && kept.unit === entry.unit && !kept.sent ? { ...kept, sequence } : kept);
    keep(waiting().filter((kept) => kept.key !== entry.key).map(later));
    const field = sequenceField(entry.unit);
    if (field && sequence !== undefined) field.value = sequence;
  }

  function confirmed(entry, receipt) {
    drop(entry, receipt.sequence);
    failures = 0;
    if (!waiting().length) {
      recovered();
      state(words.saved, " tag--good");
    }
    return true;
  }

  function recovered() {
    if (cutOff) tell(words.back_online, "note note--good");
    cutOff = false;
  }

  function failed() {
    failures += 1;
    cutOff = true;
    state(words.not_saved, " tag--look");
    tell(navigator.onLine ? words.unsure : words.offline, "note");
    return false;
  }

  function refused(entry, status, body) {
    const box = units.get(entry.unit);
    state(words.not_saved, " tag--look");
    if (body.kind === "StalePage") {
      drop(entry);
      conflict = true;
      if (box) box.dataset.newer = body.sequence;
      tell(box ? body.error : words.changed_on_another_page, "note note--look");
      return true;
    }
    if (status === 400 || status === 401 || status === 403) {
      stopped = true;
      tell(words.open_too_long, "note note--look");
      return false;
    }
    drop(entry);
    tell(body.error || words.refused, "note note--look");
    if (["SittingAlreadySubmitted", "SittingOverdue", "SittingWithdrawn"].includes(body.kind)) {
      keep([entry, ...waiting()]);  // the last page tells of them
      stopped = true;
      location.assign(form.dataset.home);
    }
    return true;
  }

  /* ---- Leaving the page: only when what was chosen is saved ----------------------------------------------------- */

  let leaving = false;

  async function flush() {
    const end = performance.now() + LONGEST_FLUSH;
    failures = 0;
    conflict = false;
    while (waiting().length && !stopped && performance.now() < end) {
      await Promise.race([pump() || Promise.resolve(), new Promise((done) => setTimeout(done, end - performance.now()))]);
      if (failures || conflict) return false;
    }
    return !waiting().length;
  }

  form.addEventListener("submit", async (event) => {
    if (leaving || !form.dataset.answer || (navigator.onLine && !waiting().length)) return;
    event.preventDefault();
    const button = event.submitter;
    state(words.saving, "");
    if (navigator.onLine && await flush()) {
      leaving = true;
      form.requestSubmit(button && !button.disabled ? button : undefined);
      return;
    }
    if (!navigator.onLine) failed();
    notice?.setAttribute("tabindex", "-1");
    notice?.focus();
  });

  for (const box of units.values()) {
    remember(box);
    if (!("locked" in box.dataset)) arrange(box);
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".order button");
    if (!button) return;
    event.preventDefault();
    move(button);
  });
  form.addEventListener("change", (event) => {
    const box = event.target.closest("[data-unit]");
    if (!box) return;
    if (["best_worst", "rank"].includes(box.dataset.format)) giveWay(box, event.target);
    if (form.dataset.answer) enqueue(box.dataset.unit, box);
  });

  /* A choice made while this file was still on its way is saved now. */
  const chosenEarly = (box) => [...box.querySelectorAll("input")].some((input) => input.checked !== input.defaultChecked);

  if (form.dataset.answer) {
    for (const [unit, box] of units) {
      if (!waiting().some((entry) => entry.unit === unit) && chosenEarly(box)) enqueue(unit, box);
    }
    for (const entry of waiting()) {
      const box = units.get(entry.unit);
      if (box && !("locked" in box.dataset)) show(entry.unit, box, entry.value);
    }
    window.addEventListener("online", () => {
      failures = 0;
      if (!pump()) recovered();
    });
    window.addEventListener("offline", () => {
      cutOff = true;
      if (waiting().length) state(words.not_saved, " tag--look");
      tell(words.offline, "note");
    });
    pump();
  }
})();
