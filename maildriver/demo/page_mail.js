/* The mailboxes: people, the mails of one of them, and one mail, in three panes; on a phone
   one pane at a time. A mail is put together when it is opened, and no sooner. */

const KINDS = {
  packet: "lesson", digest: "digest", letter: "letter", news: "news", reply: "reply",
  command: "command", "auto-reply": "automatic answer",
};
const choice = { html: true, search: "" }; // what the reader chose, kept from mail to mail
const drafts = new Map(); // what is written and not yet sent, by the id of the mail
let fresh = new Set(); // mails of the newcomer that came a moment ago
let given = []; // addresses of files made for the mail on the screen

const isYou = (person) => Boolean(data.served) && person.address === data.you;
const textOf = (numbers) => (numbers || []).map((number) => data.lines[number]).join("\n");

/** The name and the address in `Name <address>`; either may be lacking. */
function twoParts(header) {
  const found = /^\s*"?(.*?)"?\s*<([^>]*)>\s*$/.exec(header || "");
  return found ? [found[1], found[2]] : ["", header || ""];
}

const shortName = (header) => twoParts(header).find(Boolean) || "";

/** Both, each kept apart, so that a name from right to left leaves the address where it is. */
function fullName(header) {
  const [name, address] = twoParts(header);
  return name ? [bdi(name), " <", bdi(address), ">"] : [bdi(address)];
}

/* ---- people ---- */

function personItem(person) {
  const state = person.state === "active" ? null
    : make("span", { class: `state ${person.state}` }, STATES[person.state] || person.state);
  return make("li", {},
    make("a", { href: mailboxLink(person.address), "data-address": person.address },
      make("span", { class: "first" }, bdi(person.name, { class: "who" }),
        badgeOf(person)),
      make("span", { class: "quiet second" },
        make("span", {}, bdi(person.place), ` \u00b7 ${counted(person.mails.length, "mail")}`), state)));
}

function peoplePane() {
  const first = known.order.filter((person) => person.address === data.you);
  const people = [...first, ...known.order.filter((person) => !first.includes(person))];
  const items = people.map(personItem);
  const list = make("ul", { class: "list" }, ...items);
  const none = make("p", { class: "empty", hidden: true }, "Nobody of that name or place.");
  const narrow = () => {
    const wanted = choice.search.trim().toLocaleLowerCase();
    let shown = 0;
    people.forEach((person, index) => {
      const { name, address, place } = person;
      const fits = `${name} ${address} ${place}`.toLocaleLowerCase().includes(wanted);
      items[index].hidden = !fits;
      shown += Number(fits);
    });
    none.hidden = shown > 0;
    const links = items.filter((item) => !item.hidden).map((item) => item.firstChild);
    if (links.length && !links.some((link) => link.tabIndex === 0)) links[0].tabIndex = 0;
    return shown;
  };
  const field = make("input", { type: "search", id: "search", value: choice.search,
    autocomplete: "off", oninput: () => {
      choice.search = field.value;
      say(counted(narrow(), "person", "people"));
    } });
  field.addEventListener("keydown", (event) => {
    const first = items.find((item) => !item.hidden);
    if (event.key !== "ArrowDown" || !first) return;
    event.preventDefault();
    first.firstChild.focus();
  });
  rove(list, items.map((item) => item.firstChild));
  narrow();
  return make("section", { class: "pane people", "aria-labelledby": "people-title" },
    make("div", { class: "pane-head" },
      make("h2", { id: "people-title", tabindex: "-1" }, "Mailboxes"),
      make("label", { for: "search" }, "Search by name or place"), field),
    make("div", { class: "scroll" }, list, none));
}

/* ---- the mails of one person ---- */

function mailItem(person, mail) {
  const out = mail.way === "out";
  const whom = out ? `to ${shortName(mail.to)}` : shortName(mail.from);
  const isFresh = isYou(person) && fresh.has(mail.id);
  const link = make("a", { href: mailboxLink(person.address, mail), "data-mail": mail.id },
    make("span", { class: `kind ${mail.kind}` }, icon(mail.kind)),
    make("span", { class: "about" },
      make("span", { class: "first" },
        make("span", { class: "subject", dir: "auto" }, mail.subject || "(no subject)"),
        isFresh ? make("span", { class: "badge new" }, "new") : null),
      make("span", { class: "quiet second" }, bdi(whom, { class: "whom" }),
        make("time", { datetime: mail.at }, shortTime(mail.at))),
      unseen(`, ${KINDS[mail.kind] || mail.kind}, ${out ? "written" : "received"}`)));
  return make("li", { class: out ? "out" : null }, link);
}

function ownerCard(person) {
  const facts = [
    ["Place", [bdi(person.place), `, ${offsetInWords(person.offset)}`]],
    ["Their clock", [longTime(person.here)]],
    ["Lessons come", [person.role === "instructor" ? "\u2013" : person.cadence]],
    ["Reads mail in", [bdi(person.client)]],
    ["State", [make("span", { class: `state ${person.state}` }, stateOf(person))]],
    ["Lesson", [progress(person)]],
    ["Address", [bdi(person.address)]],
  ];
  const received = person.mails.filter((mail) => mail.way === "in").length;
  const newest = person.mails[0];
  return make("div", { class: "owner" },
    make("h2", {}, bdi(person.name)),
    make("p", { class: "lead" },
      `${counted(received, "mail")} received, ${person.mails.length - received} written.`),
    make("dl", { class: "facts" }, ...facts.map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, ...value)))),
    newest ? make("a", { class: "button", href: mailboxLink(person.address, newest) },
      "Open the newest mail") : null);
}

function fillMails(pane, person) {
  if (!person) {
    pane.replaceChildren(
      make("h2", { id: "mails-title", class: "hidden" }, "Mails"),
      make("p", { class: "empty" }, "Choose a mailbox."));
    return;
  }
  const items = person.mails.map((mail) => mailItem(person, mail));
  const list = make("ul", { class: "list" }, ...items);
  if (items.length) rove(list, items.map((item) => item.firstChild));
  pane.replaceChildren(
    make("div", { class: "pane-head" },
      make("a", { class: "back", href: "#/mailbox" }, icon("back"), "All mailboxes"),
      make("h2", { id: "mails-title", tabindex: "-1" }, bdi(person.name)),
      make("p", { class: "quiet" }, "Times are those of ", bdi(person.place), ".")),
    make("div", { class: "scroll", tabindex: items.length ? null : "0" },
      items.length ? list : make("p", { class: "empty" }, "No mail yet.")));
}

/* ---- one mail ---- */

function bytesOf(file) {
  return Uint8Array.from(atob(file.data), (letter) => letter.charCodeAt(0));
}

/** The body as its sender made it, with its pictures; links open beside the page. */
function framed(mail) {
  const html = textOf(mail.html).replace(/cid:([^"')\s>]+)/g, (whole, written) => {
    const file = data.files[mail.inline[written]];
    return file ? `data:${file.type};base64,${file.data}` : whole;
  });
  const frame = make("iframe", {
    // The height of the content can be read only from the same origin. Scripts stay off.
    sandbox: "allow-same-origin allow-popups",
    title: `The mail ${mail.subject}`,
    referrerpolicy: "no-referrer",
  });
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument;
    if (!inside || !inside.body) return;
    const fit = () => {
      const style = getComputedStyle(inside.body);
      const margins = parseFloat(style.marginTop) + parseFloat(style.marginBottom);
      const bar = inside.documentElement.scrollWidth > frame.clientWidth ? 18 : 0;
      const height = inside.body.getBoundingClientRect().height + margins + bar;
      frame.style.height = `${Math.ceil(height)}px`;
    };
    fit();
    new ResizeObserver(fit).observe(inside.body);
    inside.addEventListener("keydown", onKey);
  });
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank">`;
  // After <head>, because before the document type it would change how the mail is laid out.
  frame.srcdoc = /<head[^>]*>/i.test(html)
    ? html.replace(/<head[^>]*>/i, (tag) => tag + head) : head + html;
  return frame;
}

function body(mail) {
  const plain = () => make("pre", { class: "plain" }, textOf(mail.text));
  if (!mail.html) return [plain()];
  const place = make("div", { class: "body" });
  const button = (words, html) => make("button", { type: "button", onclick: () => show(html) }, words);
  const buttons = [button("As HTML", true), button("As plain text", false)];
  const show = (html) => {
    choice.html = html;
    buttons.forEach((each, index) => each.setAttribute("aria-pressed", String((index === 0) === html)));
    place.replaceChildren(html ? framed(mail) : plain());
  };
  show(choice.html);
  return [make("div", { class: "switch", role: "group", "aria-label": "How the mail is shown" },
    ...buttons), place];
}

function readableSize(size) {
  return size < 1024 ? `${size} bytes` : size < 1048576 ? `${Math.round(size / 1024)} kB`
    : `${(size / 1048576).toFixed(1)} MB`;
}

function attachment({ name, sha, size }) {
  const file = data.files[sha];
  if (!file) return make("li", {}, bdi(name), " is not part of this page");
  const address = URL.createObjectURL(new Blob([bytesOf(file)], { type: file.type }));
  given.push(address);
  const link = make("a", { href: address, download: name }, icon("file"), bdi(name),
    make("span", { class: "quiet" }, readableSize(size)));
  if (file.type.startsWith("image/")) {
    return make("li", {}, link, make("img", { src: address, alt: `Picture ${name}` }));
  }
  if (file.type.startsWith("audio/")) {
    return make("li", {}, link,
      make("audio", { controls: true, preload: "metadata", src: address, "aria-label": name }));
  }
  return make("li", {}, link);
}

function attachments(mail) {
  if (!mail.files.length) return null;
  return make("section", { class: "files", "aria-label": "Attachments" },
    make("h3", {}, counted(mail.files.length, "attachment")),
    make("ul", {}, ...mail.files.map(attachment)));
}

function fillMail(pane, person, mail) {
  given.forEach((address) => URL.revokeObjectURL(address));
  given = [];
  if (!person || !mail) {
    pane.replaceChildren(...(person ? [ownerCard(person)] : []));
    return;
  }
  fresh.delete(mail.id);
  const fact = (name, ...value) => make("div", {}, make("dt", {}, name), make("dd", {}, ...value));
  const when = make("time", { datetime: mail.at }, `${longTime(mail.at)}, in `, bdi(person.place));
  pane.replaceChildren(
    make("a", { class: "back", href: mailboxLink(person.address) }, icon("back"),
      "Mails of ", bdi(person.name)),
    make("article", { "aria-labelledby": "mail-title" },
      make("header", {},
        make("p", { class: `kind-line ${mail.kind}` }, icon(mail.kind),
          `${KINDS[mail.kind] || mail.kind}, ${mail.way === "out" ? "written" : "received"}`),
        make("h2", { id: "mail-title", tabindex: "-1", dir: "auto" }, mail.subject || "(no subject)"),
        make("dl", { class: "headers" }, fact("From", ...fullName(mail.from)),
          fact("To", ...fullName(mail.to)),
          fact("Date", when))),
      ...body(mail), attachments(mail) || "",
      isYou(person) && mail.way === "in" ? replyForm(mail) : ""));
  pane.scrollTop = 0;
}

/* ---- the panes together ---- */

function markCurrent(pane, attribute, value) {
  for (const link of pane.querySelectorAll(`[${attribute}]`)) {
    const current = link.getAttribute(attribute) === value;
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.tabIndex = current ? 0 : -1;
    if (current && wide.matches) link.scrollIntoView({ block: "nearest" });
  }
  const links = [...pane.querySelectorAll(`[${attribute}]`)].filter((link) => !link.closest("[hidden]"));
  if (links.length && !links.some((link) => link.tabIndex === 0)) links[0].tabIndex = 0;
}

/** Where the reader goes on by keyboard: on a phone, the pane that came into view. */
function focusPane(panes, route, before) {
  if (wide.matches) return;
  const { people, mails, mail } = panes;
  const last = route.mail ? null
    : route.person ? before.mail && mails.querySelector(`[data-mail="${CSS.escape(before.mail.id)}"]`)
      : before.person && people.querySelector(`[data-address="${CSS.escape(before.person.address)}"]`);
  const target = last || (route.mail ? mail : route.person ? mails : people).querySelector("h2");
  if (!last) window.scrollTo(0, 0);
  if (target) target.focus({ preventScroll: !last });
}

/** Show the route. `before` is what the panes show already; without it they are made. */
function drawMailbox(main, route, before, anew) {
  if (!route.person && wide.matches && !location.hash.split("/")[2]) {
    const first = known.byAddress.get(data.you) || known.order.find((each) => each.role === "student");
    if (first) {
      history.replaceState(null, "", mailboxLink(first.address));
      route.person = first;
    }
  }
  if (!before) {
    main.append(
      make("h1", { class: "hidden", tabindex: "-1" }, "Mailboxes"),
      make("div", { class: "mailboxes" }, peoplePane(),
        make("section", { class: "pane mails", "aria-labelledby": "mails-title" }),
        make("section", { class: "pane mail", tabindex: "-1", "aria-label": "Mail" })),
      make("p", { class: "keys" },
        "Keys: Tab from list to list, arrows or j and k in a list, Enter opens, Escape goes back."));
  }
  const box = main.querySelector(".mailboxes");
  const [people, mails, mail] = box.children;
  box.dataset.pane = route.mail ? "mail" : route.person ? "mails" : "people";
  if (!before || before.person !== route.person) fillMails(mails, route.person);
  if (!before || before.person !== route.person || before.mail !== route.mail) {
    fillMail(mail, route.person, route.mail);
  }
  markCurrent(people, "data-address", route.person ? route.person.address : "");
  markCurrent(mails, "data-mail", route.mail ? String(route.mail.id) : "");
  if (before && !anew) focusPane({ people, mails, mail }, route, before);
}

function onMailboxKey(event) {
  const field = event.target.closest("input, textarea, audio");
  if (event.key === "Escape" && !(field && field.value)) {
    if (wide.matches) {
      // The lists stand beside the mail: back is one list to the left.
      const inList = event.target.closest(".mails, .people");
      const target = byId("main").querySelector(
        drawn.mail && !inList ? ".mails [aria-current]" : ".people [aria-current]");
      if (target) target.focus();
    } else if (drawn.mail) location.hash = mailboxLink(drawn.person.address);
    else if (drawn.person) location.hash = "#/mailbox";
  } else if ((event.key === "j" || event.key === "k") && !field) {
    const pane = drawn.person ? ".mails" : ".people";
    const link = byId("main").querySelector(`${pane} .list a[tabindex="0"]`);
    if (link && link.offsetParent) link.focus();
  }
}
