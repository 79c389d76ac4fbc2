// One message as DOM. Words become text nodes and entity ranges; nothing is ever read as HTML.

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
}

function button(className, text, action) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

function wrapper(entity, words, act) {
  if (entity.type === "bot_command") return button("link", "", () => act.say(words));
  if (entity.type === "text_link" || entity.type === "url") return link(entity.url || words, act);
  if (entity.type === "spoiler") {
    const hidden = element("span", "spoiler");
    hidden.tabIndex = 0;
    hidden.setAttribute("aria-label", "Hidden words, press Enter to show");
    const show = () => { hidden.classList.add("shown"); hidden.removeAttribute("aria-label"); };
    hidden.addEventListener("click", show);
    hidden.addEventListener("keydown", (event) => event.key === "Enter" && show());
    return hidden;
  }
  return element(TAGS[entity.type] || "span");
}

function link(address, act) {
  let url;
  try {
    url = new URL(address.includes("://") ? address : `https://${address}`);
  } catch {
    return element("span");
  }
  if (!["http:", "https:"].includes(url.protocol)) return element("span");
  const made = element("a");
  made.href = url.href;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  made.addEventListener("click", (event) => {
    if (act.follow(url)) event.preventDefault();
  });
  return made;
}

// Offsets count UTF-16 units, as the strings of this language do.
function fill(parent, text, start, end, entities, act) {
  let at = start;
  entities.forEach((entity, index) => {
    if (entity.offset < at || entity.offset >= end) return;
    const stop = Math.min(entity.offset + entity.length, end);
    parent.append(text.slice(at, entity.offset));
    const inner = entities.slice(index + 1).filter((one) => one.offset + one.length <= stop);
    const node = wrapper(entity, text.slice(entity.offset, stop), act);
    fill(node, text, entity.offset, stop, inner, act);
    parent.append(node);
    at = stop;
  });
  parent.append(text.slice(at, end));
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB`
    : `${(bytes / 1048576).toFixed(1)} MB`;
}

function attachment(file) {
  const address = `/control/files/${encodeURIComponent(file.id)}`;
  if (file.picture) {
    const picture = element("a", "picture");
    picture.href = address;
    picture.target = "_blank";
    const image = element("img");
    image.src = address;
    image.alt = "Picture; opens in full size";
    picture.append(image);
    return picture;
  }
  const made = element("a", "file");
  made.href = address;
  made.download = file.name;
  made.append(element("span", "sign", file.name.split(".").pop().slice(0, 4).toUpperCase()));
  const words = element("span");
  words.append(element("span", "title", file.name), element("span", "hint", `${size(file.size)}, download`));
  made.append(words);
  return made;
}

function place(where) {
  const made = element("div", "place");
  const map = element("div", "map");
  map.setAttribute("aria-hidden", "true");
  const words = element("div", "words");
  words.append(element("strong", "", where.title || "Location"));
  if (where.address) words.append(element("span", "", where.address));
  words.append(element("span", "hint", `${where.latitude.toFixed(4)}, ${where.longitude.toFixed(4)}`));
  made.append(map, words);
  return made;
}

function rows(message, act) {
  const made = element("div", "rows");
  for (const row of message.buttons) {
    const line = element("div", "row");
    for (const key of row) {
      if (key.data !== null) {
        const tap = button("key", key.text, () => {
          tap.classList.add("busy");
          act.tap(message.id, key.data);
        });
        line.append(tap);
      } else if (key.url) {
        const open = link(key.url, act);
        open.classList.add("key");
        open.append(key.text, element("span", "out", "opens a page"));
        line.append(open);
      } else {
        line.append(element("span", "key", key.text));
      }
    }
    made.append(line);
  }
  return made;
}

// act: {say(text), tap(message_id, data), follow(url) -> handled here?, time(seconds) -> "9:30"}
export function drawn(message, act) {
  const made = element("article", message.mine ? "message mine" : "message");
  made.dataset.id = message.id;
  made.tabIndex = -1;
  made.setAttribute("aria-label", message.mine ? "You" : "Bot");
  const bubble = element("div", "bubble");
  if (message.file) bubble.append(attachment(message.file));
  if (message.place) bubble.append(place(message.place));
  if (message.note) bubble.append(element("p", "note", message.note));
  if (message.text) {
    const words = element("p", "words");
    fill(words, message.text, 0, message.text.length, message.entities, act);
    bubble.append(words);
  }
  const marks = [message.edited ? "edited" : "", message.silent ? "silent" : "", act.time(message.sent)];
  bubble.append(element("p", "meta", marks.filter(Boolean).join(" · ")));
  made.append(bubble);
  if (message.buttons.length) made.append(rows(message, act));
  return made;
}
