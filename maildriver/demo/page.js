"use strict";
/* What all views share: the data and what is worked out from it, dates, small makers of
   elements, the routes, and the view of the class. Nothing that came by mail is ever parsed
   as HTML here: it is set as text, but for a body, which goes into a frame without scripts. */

let data = null; // what the program told
let known = null; // what is worked out from it, once
let drawn = null; // the route that is on the screen
const wide = window.matchMedia("(min-width: 900px)"); // the same width stands in page.css

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];
const STATES = {
  asked: "asked to confirm", active: "active", paused: "paused", finished: "finished",
  left: "left",
};

/* ---- elements ---- */

const byId = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A name or a subject, in whichever script: it turns nothing around it. */
const bdi = (text, attributes = {}) => make("bdi", attributes, text);

/** Words for those who hear the page. */
const unseen = (text) => make("span", { class: "hidden" }, text);

// Each drawn in a square of 16 by 16, with a stroke of the text's colour.
const ICONS = {
  packet: "M8 4.2v9.3"
    + "M8 4.2C6.5 3 4 3 2 3.3v9.3c2-.3 4.5-.3 6 .9 1.5-1.2 4-1.2 6-.9V3.3c-2-.3-4.5-.3-6 .9",
  digest: "M3 3.5h10M3 8h10M3 12.5h6",
  post: "M2.5 3h11v7.5H8l-3 3v-3H2.5z",
  join: "M1.5 8h8M6.5 5l3 3-3 3M13.5 2.5v11",
  leave: "M4 4l8 8M12 4l-8 8",
  bounce: "M13.5 13V9a3 3 0 0 0-3-3H3M6.5 2.5L3 6l3.5 3.5",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M5 3l7.5 5L5 13z",
  holiday: "M8 5.2a2.8 2.8 0 1 0 .01 0"
    + "M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  finish: "M2.5 8.5L6.5 12.5L13.5 4",
  letter: "M2 4h12v9H2zM2 4.5l6 5 6-5",
  news: "M8 2l1.8 4H14l-3.4 2.8L12 13.5 8 10.7 4 13.5l1.4-4.7L2 6h4.2z",
  command: "M3 4l4 4-4 4M8.5 12.5h5",
  back: "M10 3L5 8l5 5",
  file: "M4 2h5.5L12.5 5v9H4zM9 2v3.5h3.5",
};
ICONS.reply = ICONS.post;
ICONS["auto-reply"] = ICONS.holiday;

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name] || ICONS.letter);
  svg.append(path);
  return svg;
}

/** Tell it to those who hear the page; it is seen elsewhere. */
function say(text) {
  byId("said").textContent = text;
}

const counted = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/* ---- dates ---- */

/** The parts of a local time as it is written, whatever zone the reader of the page is in. */
function clock(local) {
  const [year, month, day] = local.slice(0, 10).split("-").map(Number);
  const weekday = WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  return { year, month: MONTHS[month - 1], day, weekday, time: local.slice(11, 16) };
}

const formatters = new Map();

/** A moment in somebody's zone, written as `clock` and `Date` read it: 2026-03-16T06:30. */
function localTime(moment, zone) {
  if (!formatters.has(zone)) {
    const wanted = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit",
      day: "2-digit", hour: "2-digit", minute: "2-digit" };
    formatters.set(zone, new Intl.DateTimeFormat("en-GB", wanted));
  }
  const parts = {};
  for (const { type, value } of formatters.get(zone).formatToParts(new Date(moment))) {
    parts[type] = value;
  }
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** How many minutes a zone is ahead of UTC at that moment. */
function offsetAt(moment, zone) {
  const minutes = Math.floor(Date.parse(moment) / 60000);
  return Date.parse(`${localTime(moment, zone)}:00Z`) / 60000 - minutes;
}

function offsetInWords(minutes) {
  const size = Math.abs(minutes);
  const rest = size % 60 ? `:${String(size % 60).padStart(2, "0")}` : "";
  return size ? `UTC${minutes < 0 ? "\u2212" : "+"}${Math.floor(size / 60)}${rest}` : "UTC";
}

function longDate(local) {
  const { weekday, day, month } = clock(local);
  return `${weekday} ${day} ${month}`;
}

const longTime = (local) => `${longDate(local)}, ${clock(local).time}`;

function shortTime(local) {
  const { weekday, day, month, time } = clock(local);
  return `${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)}, ${time}`;
}

function dateRange(from, to) {
  const [a, b] = [clock(from), clock(to)];
  const start = a.year === b.year ? (a.month === b.month ? `${a.day}` : `${a.day} ${a.month}`)
    : `${a.day} ${a.month} ${a.year}`;
  return `${start} to ${b.day} ${b.month} ${b.year}`;
}

/* ---- what is worked out once ---- */

function take(told) {
  data = told;
  const people = data.people.map((person, index) => ({
    ...person,
    index,
    offset: offsetAt(data.now, person.zone),
    here: localTime(data.now, person.zone),
    mails: [...person.mails].sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.id - a.id),
    events: [],
    posts: 0,
  }));
  for (const event of data.events) {
    const person = people[event.person];
    if (!person) continue;
    person.events.push({ ...event, person, local: localTime(event.at, person.zone) });
    if (event.kind === "post") person.posts += 1;
  }
  const rank = (person) => (person.role === "instructor" ? 0 : 1);
  const order = [...people].sort((a, b) =>
    rank(a) - rank(b) || a.offset - b.offset || a.name.localeCompare(b.name));
  known = { people, order, byAddress: new Map(people.map((each) => [each.address, each])) };
}

const mailboxLink = (address, mail) =>
  `#/mailbox/${encodeURIComponent(address)}${mail ? `/${encodeURIComponent(mail.id)}` : ""}`;

function stateOf(person) {
  const word = STATES[person.state] || person.state;
  return person.why ? `${word}, ${person.why}` : word;
}

function badgeOf(person) {
  const word = person.role === "instructor" ? "instructor" : person.address === data.you ? "you" : "";
  return word ? make("span", { class: "badge" }, word) : null;
}

/* ---- moving in lists ---- */

/** One stop for Tab in a list; arrows, j and k, Home and End move in it. */
function rove(list, links) {
  const chosen = links.find((link) => link.hasAttribute("aria-current")) || links[0];
  for (const link of links) link.tabIndex = link === chosen ? 0 : -1;
  list.addEventListener("focusin", (event) => {
    const link = event.target.closest("a");
    if (link) for (const each of links) each.tabIndex = each === link ? 0 : -1;
  });
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const shown = links.filter((link) => !link.closest("[hidden]"));
    const at = shown.indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0,
      End: shown.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = shown[steps[event.key]];
    if (next) next.focus();
  });
}

/* ---- the class ---- */

function progress(person) {
  if (person.role === "instructor") return "teaches";
  const all = data.course.lessons.length;
  const bar = make("span", { class: "progress", "aria-hidden": "true" }, make("span"));
  bar.firstChild.style.inlineSize = `${all ? (100 * person.lesson) / all : 0}%`;
  return make("span", { class: "with-bar" }, bar, `${person.lesson} of ${all}`);
}

function classRow(person) {
  const cell = (label, ...content) =>
    make("td", { role: "cell", "data-label": label }, make("div", {}, ...content));
  const name = make("a", { href: mailboxLink(person.address) }, bdi(person.name));
  return make("tr", { role: "row" },
    make("th", { role: "rowheader", scope: "row" }, name, " ", badgeOf(person)),
    cell("Place", bdi(person.place), make("span", { class: "quiet" }, offsetInWords(person.offset))),
    cell("Their clock", `${clock(person.here).weekday.slice(0, 3)} ${clock(person.here).time}`),
    cell("Lessons come", person.role === "instructor" ? "\u2013" : person.cadence),
    cell("Reads mail in", bdi(person.client)),
    cell("State", make("span", { class: `state ${person.state}` }, stateOf(person))),
    cell("Lesson", progress(person)),
    cell("Posts", String(person.posts)));
}

function drawClass(main) {
  const columns = ["Name", "Place", "Their clock", "Lessons come", "Reads mail in", "State",
    "Lesson", "Posts"];
  const students = known.people.filter((person) => person.role !== "instructor");
  const states = Object.keys(STATES)
    .map((state) => [state, students.filter((person) => person.state === state).length])
    .filter(([, number]) => number)
    .map(([state, number]) => `${number} ${STATES[state]}`);
  const head = columns.map((each) => make("th", { role: "columnheader", scope: "col" }, each));
  // The roles are said because a phone shows the rows as cards, and a browser that lays a
  // table out as something else forgets that it is one.
  main.append(make("div", { class: "page" },
    make("h1", { tabindex: "-1" }, "The class"),
    make("p", { class: "lead" },
      `${counted(students.length, "student")}: ${states.join(", ")}. From west to east, as of `
      + `${longTime(data.now)} UTC. A name opens the mailbox.`),
    make("table", { class: "class", role: "table", "aria-label": "The class" },
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
      make("tbody", { role: "rowgroup" }, ...known.order.map(classRow)))));
}

/* ---- routes ---- */

function routeNow() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part; // somebody typed a lone %
    }
  });
  const view = ["class", "mailbox"].includes(parts[0]) ? parts[0] : "timeline";
  const person = view === "mailbox" ? known.byAddress.get(parts[1]) || null : null;
  const mail = person && parts[2]
    ? person.mails.find((each) => String(each.id) === parts[2]) || null : null;
  return { view, person, mail };
}

function titleOf({ view, person, mail }) {
  const what = mail ? mail.subject || "(no subject)" : person ? person.name
    : { timeline: "Timeline", class: "Class", mailbox: "Mailboxes" }[view];
  return `${what} \u2013 ${data.course.title}`;
}

/** Show the route; `anew` when the data are new. */
function draw(anew = false) {
  const route = routeNow();
  const before = drawn;
  drawn = route;
  const changed = anew || !before || before.view !== route.view;
  const main = byId("main");
  hideTip();
  document.title = titleOf(route);
  document.body.dataset.view = route.view;
  for (const link of document.querySelectorAll("nav [data-view]")) {
    if (link.dataset.view === route.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (changed) main.replaceChildren();
  if (route.view === "mailbox") drawMailbox(main, route, changed ? null : before, anew);
  else if (changed && route.view === "class") drawClass(main);
  else if (changed) drawTimeline(main);
  if (changed && !anew && before) {
    window.scrollTo(0, 0);
    if (route.view === "timeline" && returnToMark()) return;
    main.querySelector(route.mail ? "#mail-title" : "h1").focus({ preventScroll: true });
  }
}

function start() {
  take(JSON.parse(byId("data").textContent));
  byId("site").textContent = data.site;
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the part after # names the view
    byId("main").focus();
  });
  if (data.served && !location.hash) {
    history.replaceState(null, "", mailboxLink(data.you));
  }
  window.addEventListener("hashchange", () => draw());
  wide.addEventListener("change", () => draw(true));
  document.addEventListener("keydown", onKey);
  drawServed();
  draw();
}

function onKey(event) {
  if (event.key === "Escape" && !byId("tip").hidden) {
    hideTip();
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (drawn.view === "mailbox") onMailboxKey(event);
}

// The other scripts stand below this one, and are read before this happens.
document.addEventListener("DOMContentLoaded", start);
