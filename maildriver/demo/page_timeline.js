/* The course as a timetable: a row for each person, a column for each of their own days. */

const MARKS = {
  packet: "a lesson, by its number", digest: "a digest received", post: "a post written",
  join: "joined", pause: "paused", holiday: "a holiday, told by an automatic answer",
  resume: "went on", bounce: "a mail came back", leave: "left", finish: "the last lesson",
  command: "a command by mail",
};
const BELOW = ["digest", "post", "command"]; // under the line; the rest stand on it
const HOURS = 3600000;

// What kinds of mail an event can be about.
const ABOUT = {
  packet: ["packet"], finish: ["packet"], digest: ["digest"], post: ["reply"],
  holiday: ["auto-reply"], command: ["command"], join: ["command", "reply", "letter"],
  pause: ["command", "letter"], resume: ["command", "letter"], leave: ["command", "letter"],
};

/** The mail that an event is about: the nearest of those kinds, if one is near. */
function mailOf(event) {
  const kinds = ABOUT[event.kind] || [];
  const at = Date.parse(event.at);
  const distance = (mail) => Math.abs(Date.parse(mail.at) - at);
  const near = event.person.mails
    .filter((mail) => kinds.includes(mail.kind) && distance(mail) < 6 * HOURS)
    .sort((a, b) => distance(a) - distance(b));
  const number = kinds.includes("packet") && event.lesson ? `${event.lesson}.` : "";
  return near.find((mail) => number && mail.subject.includes(number)) || near[0] || null;
}

/** Every day that is somebody's, from the first to the last: 2026-03-16, 2026-03-17, ... */
function dayColumns() {
  const days = known.people.flatMap((person) => person.events.map((each) => each.local));
  days.push(data.begun, data.now);
  const sorted = days.map((each) => each.slice(0, 10)).sort();
  // At midnight the last day has only begun: it is a column if something happened in it.
  const idle = data.now.slice(11, 16) === "00:00" && sorted.at(-2) !== sorted.at(-1);
  const last = Date.parse(sorted.at(idle ? -2 : -1));
  const columns = [];
  for (let day = Date.parse(sorted[0]); day <= last; day += 24 * HOURS) {
    columns.push(new Date(day).toISOString().slice(0, 10));
  }
  return columns;
}

/* ---- marks ---- */

function shownOn(kind, lesson) {
  if (kind === "packet") return [String(lesson ?? "\u2022")];
  return kind === "finish" && lesson ? [String(lesson), icon(kind)] : [icon(kind)];
}

function mark(events) {
  const [event] = events;
  const { person, kind } = event;
  const told = events.length > 1 ? `${events.length} times: ${event.text}` : event.text;
  const more = events.length > 1 ? make("span", { class: "times" }, `\u00d7${events.length}`) : null;
  const link = make("a", {
    class: `mark ${kind}`,
    href: mailboxLink(person.address, mailOf(event)),
    "aria-label": `${person.name} ${told}, ${longTime(event.local)}`,
    tabindex: "-1",
  }, ...shownOn(kind, event.lesson), more);
  link.addEventListener("mouseenter", () => showTip(link, events));
  link.addEventListener("focus", () => showTip(link, events));
  link.addEventListener("mouseleave", hideTip);
  link.addEventListener("blur", hideTip);
  return link;
}

function hideTip() {
  byId("tip").hidden = true;
}

/** What a mark is, beside it. Those who hear the page have its label. */
function showTip(link, events) {
  const tip = byId("tip");
  const [{ person, local }] = events;
  const texts = [...new Set(events.map((event) => event.text))];
  tip.replaceChildren(
    make("strong", {}, bdi(person.name)),
    ...texts.slice(0, 4).map((text) => make("span", { dir: "auto" }, text)),
    make("span", { class: "quiet" }, `${longTime(local)} in `, bdi(person.place)));
  tip.hidden = false;
  const at = link.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const room = document.documentElement.clientWidth - own.width - 8;
  const above = at.top - own.height - 6;
  tip.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - own.width / 2, room))}px`;
  tip.style.top = `${above > 8 ? above : at.bottom + 6}px`;
}

/* ---- rows ---- */

/** What the line looks like after an event: a thin line, a bar, or nothing. */
function lineAfter(event, before) {
  if (["pause", "holiday"].includes(event.kind)) return "paused";
  if (["leave", "finish"].includes(event.kind)) return "none";
  if (["join", "packet", "resume"].includes(event.kind)) return "on";
  return before;
}

function dayCell(person, day, events, from, to) {
  const cell = make("td", { "data-from": from, "data-to": to });
  if (["Saturday", "Sunday"].includes(clock(day).weekday)) cell.classList.add("weekend");
  const groups = [];
  for (const event of events) {
    const same = groups.find((group) => group[0].kind === event.kind);
    if (same && BELOW.includes(event.kind)) same.push(event);
    else groups.push([event]);
  }
  const below = (group) => BELOW.includes(group[0].kind);
  const on = groups.filter((group) => !below(group)).map(mark);
  const under = groups.filter(below).map(mark);
  if (on.length || under.length) {
    cell.append(make("div", { class: "on-line" }, ...on), make("div", { class: "under" }, ...under));
  } else if (from === "paused") {
    cell.append(unseen("paused"));
  }
  return cell;
}

function personRow(person, days) {
  const byDay = new Map();
  for (const event of person.events) {
    const day = event.local.slice(0, 10);
    byDay.set(day, [...(byDay.get(day) || []), event]);
  }
  let line = "none";
  const today = person.here.slice(0, 10);
  const cells = days.map((day) => {
    const events = byDay.get(day) || [];
    const from = day > today ? "none" : line;
    if (person.role !== "instructor") for (const event of events) line = lineAfter(event, line);
    return dayCell(person, day, events, from, day > today ? "none" : line);
  });
  return make("tr", { class: person.address === data.you ? "you" : null },
    make("th", { scope: "row" },
      make("a", { class: "name", tabindex: "-1", href: mailboxLink(person.address) },
        bdi(person.name)),
      badgeOf(person),
      make("span", { class: "quiet" }, bdi(person.place), " ",
        make("span", { class: "zone" }, offsetInWords(person.offset)))),
    ...cells);
}

function dayHead(day, index) {
  const { weekday, day: number, month } = clock(day);
  const named = index === 0 || number === 1;
  const weekend = ["Saturday", "Sunday"].includes(weekday);
  return make("th", { scope: "col", class: weekend ? "weekend" : null },
    make("span", { class: "quiet" }, weekday.slice(0, 3)),
    make("span", {}, named ? `${number} ${month.slice(0, 3)}` : String(number)));
}

/** One stop for Tab in the whole timetable; arrows go along a row and to the nearest mark of
    the next. */
function roveMarks(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll(".name, .mark")]);
  if (!rows.length) return;
  let stop = rows[0][0];
  stop.tabIndex = 0;
  table.addEventListener("focusin", (event) => {
    const link = event.target.closest(".name, .mark");
    if (!link) return;
    stop.tabIndex = -1;
    stop = link;
    stop.tabIndex = 0;
  });
  table.addEventListener("keydown", (event) => {
    const link = event.target.closest(".name, .mark");
    const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
      k: [0, -1], j: [0, 1] };
    if (!link || !(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const at = rows.findIndex((row) => row.includes(link));
    const [along, down] = keys[event.key];
    const middle = (each) => each.getBoundingClientRect().left + each.offsetWidth / 2;
    const nearest = (row) => {
      const alike = row.filter((each) => each.className === "name" === (link.className === "name"));
      return (alike.length ? alike : row).reduce((best, each) =>
        Math.abs(middle(each) - middle(link)) < Math.abs(middle(best) - middle(link)) ? each : best);
    };
    const next = along ? rows[at][rows[at].indexOf(link) + along]
      : rows[at + down] && nearest(rows[at + down]);
    if (next) next.focus();
  });
}

let left = null; // where the reader was when they opened something from the timetable

function leave(event) {
  const link = event.target.closest("a");
  if (!link) return;
  const frame = byId("main").querySelector(".frame");
  const all = [...frame.querySelectorAll("a")];
  left = { at: all.indexOf(link), x: frame.scrollLeft, y: frame.scrollTop, page: window.scrollY };
}

/** Go back to where the timetable was left. Return whether it was. */
function returnToMark() {
  const frame = byId("main").querySelector(".frame");
  const link = left && frame.querySelectorAll("a")[left.at];
  if (!link) return false;
  link.focus({ preventScroll: true });
  hideTip();
  frame.scrollTo(left.x, left.y);
  window.scrollTo(0, left.page);
  left = null;
  return true;
}

/* ---- the view ---- */

function totals() {
  const told = data.totals;
  const figure = (name, number, kind = null) => make("div", { class: kind },
    make("dt", {}, name), make("dd", {}, String(number)));
  const promise = (number) => (number ? "promise broken" : "promise");
  return make("dl", { class: "totals" },
    figure("students", told.students),
    figure("lessons sent", told.packets),
    figure("posts written", told.posts),
    figure("digests", told.digests),
    figure("other mails", told.notes),
    figure("lost", told.lost, promise(told.lost)),
    figure("duplicates", told.duplicates, promise(told.duplicates)));
}

function legend() {
  const entry = ([kind, words]) => make("li", {},
    make("span", { class: `mark ${kind}`, "aria-hidden": "true" },
      ...shownOn(kind, kind === "packet" ? 1 : data.course.lessons.length)),
    words);
  return make("ul", { class: "legend", "aria-label": "Legend" },
    ...Object.entries(MARKS).map(entry),
    make("li", {}, make("span", { class: "sample", "aria-hidden": "true" }), "a pause or a holiday"));
}

function drawTimeline(main) {
  const days = dayColumns();
  const range = dateRange(data.begun, new Date(Date.parse(data.now) - 1).toISOString());
  const head = make("tr", {}, make("th", { scope: "col" }, "West to east"), ...days.map(dayHead));
  const table = make("table", { class: "timetable" },
    make("caption", { class: "hidden" }, "Who had what on which day"),
    make("thead", {}, head),
    make("tbody", {}, ...known.order.map((person) => personRow(person, days))));
  const short = days.length > 16 ? "" : " short"; // it fits on a wide screen
  const frame = make("div", { class: `frame${short}`, role: "region", tabindex: "0",
    "aria-label": "Timetable, to be scrolled sideways where it is narrow" }, table);
  const lived = data.served ? "" : ` in ${Math.max(1, Math.round(data.totals.seconds))} seconds`;
  main.append(make("div", { class: "page" },
    make("header", { class: "opening" },
      make("h1", { tabindex: "-1" }, bdi(data.course.title)),
      make("p", { class: "dates" }, bdi(data.site), ` \u00b7 ${range}`),
      make("p", { class: "lead" },
        `A simulated class lives this course by mail${lived}. Each row is a person, each column `
        + "one of their own days. Choose any mark to read the mail.")),
    totals(), legend(),
    make("p", { class: "keys" }, "Keys: Tab to the timetable, arrows from mark to mark, Enter opens."),
    frame));
  table.style.setProperty("--days", days.length);
  frame.addEventListener("scroll", hideTip, { passive: true });
  frame.addEventListener("click", leave);
  roveMarks(table);
  if (data.served) frame.scrollLeft = frame.scrollWidth;
}
