// Three phones on one page: asks the simulator what is new, draws it, and sends what the hands do.

import { Phone } from "/page/phone.js";
import { element } from "/page/chat.js";

const state = { phones: new Map(), seq: 0, zone: undefined, busy: false, again: false };

async function ask(name, body = {}) {
  const answer = await fetch(`/control/${name}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}

function trouble(words) {
  document.getElementById("trouble").textContent = words;
}

const dates = {
  format(seconds, how) {
    return new Intl.DateTimeFormat("en-GB", { ...how, timeZone: state.zone }).format(new Date(seconds * 1000));
  },
  time(seconds) { return this.format(seconds, { hour: "numeric", minute: "2-digit" }); },
  day(seconds) { return this.format(seconds, { weekday: "short", day: "numeric", month: "short" }); },
};

async function fresh() {
  if (state.busy) { state.again = true; return; }
  state.busy = true;
  try {
    const news = await ask("chats", { since: state.seq, chats: [...state.phones.keys()] });
    if (news.seq < state.seq) { location.reload(); return; }
    state.seq = news.seq;
    for (const chat of news.chats) state.phones.get(chat.chat).show(chat);
    trouble("");
  } catch (error) {
    trouble("The simulator does not answer. Trying again.");
  } finally {
    state.busy = false;
    if (state.again) { state.again = false; fresh(); }
  }
}

// -- the clock

async function clock(body = {}) {
  const { now, zone } = await ask("clock", body);
  document.querySelector(".clock").hidden = now === null;
  if (now === null) return;
  state.zone = zone || undefined;
  const shown = document.getElementById("now");
  shown.dateTime = now;
  const seconds = new Date(now).getTime() / 1000;
  shown.textContent = `${dates.day(seconds)} ${dates.format(seconds, { year: "numeric" })}, ${dates.time(seconds)}`;
}

for (const move of document.querySelectorAll(".moves button")) {
  move.addEventListener("click", async () => {
    const all = document.querySelectorAll(".moves button");
    all.forEach((one) => one.setAttribute("aria-disabled", "true"));
    try {
      await clock(move.dataset.jump ? { jump: move.dataset.jump } : { advance: Number(move.dataset.advance) });
      trouble("");
    } catch (error) {
      trouble(error.message);
    } finally {
      all.forEach((one) => one.removeAttribute("aria-disabled"));
    }
  });
}

// -- tabs: one phone at a time on a narrow screen

function choose(id) {
  for (const [number, phone] of state.phones) {
    phone.root.classList.toggle("chosen", number === id);
    phone.tab.setAttribute("aria-selected", String(number === id));
    phone.tab.tabIndex = number === id ? 0 : -1;
    if (number === id) phone.noticed();
  }
}

document.querySelector(".tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const phones = [...state.phones.values()];
  const at = phones.findIndex((phone) => phone.tab === document.activeElement);
  const next = phones[(at + step + phones.length) % phones.length];
  choose(next.id);
  next.tab.focus();
});

// -- links that start the bot: opened on one of the phones

function follow(url) {
  const payload = url.searchParams.get("start");
  if (!["t.me", "telegram.me"].includes(url.hostname) || payload === null) return false;
  const dialog = document.getElementById("open-link");
  dialog.querySelector(".url").textContent = url.href;
  dialog.querySelector(".choices").replaceChildren(...[...state.phones.values()].map((phone) => {
    const choice = element("button", "primary", `${phone.title}: ${phone.name}`);
    choice.type = "button";
    choice.addEventListener("click", () => { dialog.close(); choose(phone.id); phone.act("start", { payload }); });
    return choice;
  }));
  dialog.showModal();
  return true;
}

// -- begin

async function begin() {
  const tabs = document.querySelector(".tabs");
  await clock();
  for (const { id, title } of await ask("phones")) {
    const phone = new Phone(id, title, { ask, dates, follow, trouble });
    phone.tab.addEventListener("click", () => choose(id));
    tabs.append(phone.tab);
    document.querySelector("main").append(phone.root);
    state.phones.set(id, phone);
  }
  if (state.phones.size) choose(state.phones.keys().next().value);
  else trouble("No phone has a place on this page yet.");
  await fresh();
  const stream = new EventSource("/control/events");
  stream.onmessage = fresh;
  stream.onerror = () => trouble("The simulator does not answer. Trying again.");
  stream.onopen = fresh;
  setInterval(() => clock().catch(() => {}), 5000);
}

begin().catch((error) => trouble(error.message));
