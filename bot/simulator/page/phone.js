// One phone: the chat, what is pinned, the reply keyboard, the line to type in.

import { drawn, element } from "/page/chat.js";

const MORE = [
  ["Photo or file", null],
  ["Sticker", "sticker"],
  ["Voice message", "voice"],
  ["Location", "location"],
  ["Somebody else's number", "contact"],
  ["Block the bot", "block"],
];

export class Phone {
  constructor(id, title, { ask, dates, follow, trouble }) {
    Object.assign(this, { id, title, ask, dates, follow, trouble, name: "", toasts: null, unseen: 0 });
    this.messages = new Map();
    this.root = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    this.root.setAttribute("aria-label", title);
    this.root.id = `phone-${id}`;
    this.root.dataset.title = title;
    this.find("h2").textContent = title;
    this.find(".face").textContent = title.slice(0, 1);
    this.find(".log").setAttribute("aria-label", `Messages of ${title}`);
    this.find("textarea").setAttribute("aria-label", `Message of ${title}`);
    this.tab = element("button", "", title);
    this.tab.type = "button";
    this.tab.setAttribute("role", "tab");
    this.tab.setAttribute("aria-controls", this.root.id);
    this.hands();
  }

  find(what) { return this.root.querySelector(what); }

  async act(act, more = {}) {
    try {
      return await this.ask("act", { user: this.id, act, ...more });
    } catch (error) {
      this.trouble(`${this.title}: ${error.message}`);
      return null;
    }
  }

  // -- what it shows

  show(chat) {
    this.name = chat.name;
    this.find(".name").textContent = chat.blocked ? `${chat.name}, has blocked the bot` : chat.name;
    const log = this.find(".log");
    let added = 0;
    for (const message of chat.messages) added += this.put(message, chat.waiting);
    this.days();
    this.find(".pinned").hidden = true;
    for (const message of this.messages.values()) {
      if (message.pinned && !message.deleted) this.pin(message);
    }
    this.reply(chat.keyboard);
    this.begin(chat);
    this.list(this.find(".commands"), chat.commands.map((one) => [
      `/${one.command}`, () => this.act("say", { text: `/${one.command}` }), one.description,
    ]));
    for (const busy of log.querySelectorAll(".key.busy")) {
      if (!chat.waiting.includes(Number(busy.closest(".message").dataset.id))) busy.classList.remove("busy");
    }
    this.toast(chat.toasts);
    this.toEnd(added === 2);
    if (added && !this.root.classList.contains("chosen")) this.unseen += 1;
    this.label();
  }

  noticed() {
    this.unseen = 0;
    this.label();
    this.toEnd(true);
  }

  // Follow the end of the chat unless its owner has scrolled up to read.
  toEnd(surely = false) {
    const log = this.find(".log");
    if (surely) this.reading = false;
    if (!this.reading) log.scrollTop = this.end();
  }

  // The lowest place to read from: a card that is taller than the phone is read from its first line.
  end() {
    const log = this.find(".log");
    const last = log.lastElementChild;
    const lowest = log.scrollHeight - log.clientHeight;
    return last ? Math.min(lowest, last.offsetTop - log.offsetTop - 12) : lowest;
  }

  label() {
    this.tab.textContent = this.title;
    if (!this.unseen) return;
    const dot = element("span", "dot");
    dot.append(element("span", "unseen", ", new messages"));
    this.tab.append(dot);
  }

  // 0 for a change in place, 1 for a new message, 2 for an own one. A changed one keeps the focus it had.
  put(message) {
    const log = this.find(".log");
    const old = log.querySelector(`[data-id="${Number(message.id)}"]`);
    this.messages.set(message.id, message);
    if (message.deleted) { old?.remove(); return 0; }
    const made = drawn(message, {
      say: (text) => this.act("say", { text }),
      tap: (number, data) => this.act("tap", { message_id: number, data }),
      follow: this.follow,
      time: (seconds) => this.dates.time(seconds),
    });
    if (!old) { log.append(made); return message.mine ? 2 : 1; }
    const held = [...old.querySelectorAll(".key")].indexOf(document.activeElement);
    old.replaceWith(made);
    if (held >= 0) (made.querySelectorAll(".key")[held] || made.querySelector(".key") || made).focus();
    return 0;
  }

  days() {
    const log = this.find(".log");
    log.querySelectorAll(".day").forEach((line) => line.remove());
    let last = "";
    for (const article of log.querySelectorAll(".message")) {
      const day = this.dates.day(this.messages.get(Number(article.dataset.id)).sent);
      if (day !== last) {
        const line = element("p", "day", day);
        line.setAttribute("aria-hidden", "true");
        article.before(line);
      }
      last = day;
    }
  }

  pin(message) {
    const bar = this.find(".pinned");
    bar.hidden = false;
    bar.textContent = `Pinned: ${(message.text || message.note || "a file").split("\n")[0]}`;
  }

  reply(keyboard) {
    const shown = this.find(".keyboard");
    const sign = JSON.stringify(keyboard);
    if (shown.dataset.sign === sign) return;
    shown.dataset.sign = sign;
    shown.hidden = !keyboard;
    shown.replaceChildren(...(keyboard?.keyboard || []).map((row) => {
      const line = element("div", "row");
      for (const key of row) {
        const made = element("button", "key", key.text);
        made.type = "button";
        made.addEventListener("click", () => (key.request_contact
          ? this.act("share_contact") : this.act("say", { text: key.text })));
        line.append(made);
      }
      return line;
    }));
  }

  begin(chat) {
    const start = this.find(".begin");
    const held = start.contains(document.activeElement);
    start.hidden = chat.started && !chat.blocked;
    start.querySelector("button").textContent = chat.blocked ? "Unblock and start" : "Start";
    this.find(".composer").hidden = !start.hidden;
    if (held && start.hidden) this.find("textarea").focus();
  }

  toast(toasts) {
    const news = this.toasts === null ? [] : toasts.filter((one) => one.n > this.toasts);
    this.toasts = toasts.length ? toasts[toasts.length - 1].n : this.toasts ?? -1;
    for (const one of news) {
      if (one.alert) {
        const dialog = document.getElementById("alert");
        dialog.querySelector("p").textContent = one.text;
        if (!dialog.open) dialog.showModal();
        continue;
      }
      const shown = this.find(".toast");
      shown.textContent = one.text;
      shown.classList.add("shown");
      clearTimeout(this.fading);
      this.fading = setTimeout(() => shown.classList.remove("shown"), 6000);
    }
  }

  // -- what its owner does

  hands() {
    const text = this.find("textarea");
    const send = () => {
      const words = text.value.trim();
      if (!words) return;
      text.value = "";
      text.style.height = "";
      this.act("say", { text: words });
    };
    this.find("form").addEventListener("submit", (event) => { event.preventDefault(); send(); });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
    });
    text.addEventListener("input", () => {
      text.style.height = "";
      text.style.height = `${Math.min(text.scrollHeight + 2, 140)}px`;
    });
    this.find(".begin button").addEventListener("click", () => this.act("start"));
    const log = this.find(".log");
    log.addEventListener("scroll", () => {
      this.reading = this.end() - log.scrollTop > 80;
    });
    log.addEventListener("load", () => this.toEnd(), true);
    new ResizeObserver(() => this.toEnd()).observe(log);
    const file = this.find(".file");
    file.addEventListener("change", () => { if (file.files[0]) this.send(file.files[0]); file.value = ""; });
    this.list(this.find(".more"), MORE.map(([label, act]) => [label, () => {
      if (act === null) file.click();
      else if (act === "contact") this.act("share_contact", { own: false });
      else this.act(act);
    }]));
    for (const opener of this.root.querySelectorAll(".open")) {
      opener.addEventListener("click", () => this.unfold(opener, opener.nextElementSibling.hidden));
    }
    this.root.addEventListener("keydown", (event) => {
      const opener = event.target.closest(".pop")?.querySelector(".open");
      if (event.key === "Escape" && opener) { this.unfold(opener, false); opener.focus(); }
    });
    this.root.addEventListener("focusout", (event) => {
      const pop = event.target.closest(".pop");
      if (pop && !pop.contains(event.relatedTarget)) this.unfold(pop.querySelector(".open"), false);
    });
  }

  unfold(opener, open) {
    opener.setAttribute("aria-expanded", String(open));
    opener.nextElementSibling.hidden = !open;
    if (open) opener.nextElementSibling.querySelector("button")?.focus();
  }

  list(opener, entries) {
    const sign = JSON.stringify(entries.map(([label, , hint]) => [label, hint]));
    opener.hidden = entries.length === 0;
    if (opener.dataset.sign === sign) return;
    opener.dataset.sign = sign;
    opener.nextElementSibling.replaceChildren(...entries.map(([label, action, hint]) => {
      const item = element("li");
      const key = element("button", "", label);
      key.type = "button";
      if (hint) key.append(element("span", "hint", hint));
      key.addEventListener("click", () => { this.unfold(opener, false); this.find("textarea").focus(); action(); });
      item.append(key);
      return item;
    }));
  }

  send(file) {
    const text = this.find("textarea");
    const reader = new FileReader();
    reader.onload = () => {
      const data = String(reader.result).split(",")[1] || "";
      const picture = ["image/png", "image/jpeg", "image/gif"].includes(file.type);
      const caption = text.value.trim();
      text.value = "";
      if (picture) this.act("send_photo", { data, caption });
      else this.act("send_document", { data, caption, name: file.name, mime: file.type || "application/octet-stream" });
    };
    reader.readAsDataURL(file);
  }
}
