/* When the program serves the page: the newcomer's own time, which they move on themselves,
   and their replies. Without a program behind it, nothing of this is shown. */

const UNTIL = { mail: "To my next mail", hour: "+1 hour", day: "+1 day" };
let waiting = false;

function drawServed() {
  const bar = byId("served");
  bar.hidden = !data.served;
  if (!data.served) return;
  const you = known.byAddress.get(data.you);
  const button = ([until, words]) => make("button", { type: "button", "data-until": until,
    onclick: () => send("time", { until }, "Time passes\u2026") }, words);
  bar.replaceChildren(
    make("p", { class: "now" }, "It is ",
      make("strong", {}, you ? longTime(you.here) : longTime(data.now)), you ? " for you" : " UTC"),
    make("div", { class: "buttons" }, ...Object.entries(UNTIL).map(button)),
    make("p", { class: "told", id: "told" }));
}

/** Tell it in the bar, and on a phone below the reply too; with a link to what came, if any. */
function tell(words, mail = null, failed = false) {
  for (const told of document.querySelectorAll(".told")) {
    told.classList.toggle("failed", failed);
    told.replaceChildren(words);
    if (mail) {
      told.append(" ", make("a", { href: mailboxLink(data.you, mail), dir: "auto" },
        mail.subject || "(no subject)"));
    }
  }
  say(byId("told").textContent); // in a place of its own: the bar is made anew with the data
}

function wait(yes) {
  waiting = yes;
  document.body.toggleAttribute("data-waiting", yes);
  for (const button of document.querySelectorAll("#served button, .reply button")) {
    button.disabled = yes;
  }
}

async function answered(address, options) {
  const answer = await fetch(address, options);
  const told = await answer.json().catch(() => null);
  if (told && told.error) throw new Error(told.error);
  if (!answer.ok || !told) throw new Error("The program did not understand that.");
  return told;
}

/** Post a wish, then fetch what came of it. Return whether it went well. */
async function send(where, wish, words, done = "") {
  if (waiting) return false;
  const key = data.served;
  const focused = document.activeElement;
  const until = focused && focused.dataset ? focused.dataset.until : "";
  wait(true);
  tell(words);
  try {
    await answered(where, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key, ...wish }),
    });
    const told = await answered(`data.json?key=${encodeURIComponent(key)}`, { cache: "no-store" });
    const before = new Set(ownMails().map((mail) => mail.id));
    take({ ...told, served: key });
    const came = ownMails().filter((mail) => mail.way === "in" && !before.has(mail.id));
    came.forEach((mail) => fresh.add(mail.id));
    wait(false);
    if (where === "reply") drafts.delete(wish.mail);
    redraw();
    const news = came.length ? `${counted(came.length, "new mail")}:` : "No new mail.";
    tell(`${done ? `${done} ` : ""}${done && !came.length ? "" : news}`, came.at(-1) || null);
    return true;
  } catch (problem) {
    const unreached = problem instanceof TypeError;
    tell(unreached ? "The program does not answer. Is it still running?" : problem.message, null, true);
    return false;
  } finally {
    wait(false);
    const button = until && document.querySelector(`#served [data-until="${until}"]`);
    if (button) button.focus();
    else if (where === "reply") {
      (byId("reply-text") || byId("main")).focus({ preventScroll: true });
    }
  }
}

const ownMails = () => (known.byAddress.get(data.you) || { mails: [] }).mails;

/** The same route with new data; what is scrolled stays where it was. */
function redraw() {
  const scrolled = [".people .scroll", ".mails .scroll", ".pane.mail", ".frame"];
  const before = scrolled.map((each) => {
    const element = document.querySelector(each);
    return element ? [element.scrollTop, element.scrollLeft] : [0, 0];
  });
  const top = window.scrollY;
  drawServed();
  draw(true);
  scrolled.forEach((each, index) => {
    const element = document.querySelector(each);
    if (element) [element.scrollTop, element.scrollLeft] = before[index];
  });
  window.scrollTo(0, top);
}

function replyForm(mail) {
  const text = make("textarea", { id: "reply-text", rows: "6", dir: "auto", required: true,
    "aria-describedby": "reply-hint",
    oninput: () => drafts.set(mail.id, text.value) });
  text.value = drafts.get(mail.id) || "";
  const word = (each) => make("code", {}, each);
  return make("form", { class: "reply",
    onsubmit: (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      send("reply", { mail: mail.id, text: text.value }, "Your reply goes out\u2026", "Your reply is sent.");
    } },
  make("h3", {}, "Reply"),
  make("label", { for: "reply-text" }, "Your reply"),
  text,
  make("p", { class: "quiet", id: "reply-hint" }, "A whole reply of ", word("pause 1 week"), ", ",
    word("next"), ", ", word("status"), " or ", word("help"), " is a command."),
  make("button", { type: "submit", class: "primary" }, "Send"),
  make("p", { class: "told" }));
}
