// nodemailer's pool: a mail built and sent for each, over as many connections as the others.
const fs = require("node:fs");
const path = require("node:path");

const [modules, port, file, count] = process.argv.slice(2);
const nodemailer = require(path.join(modules, "nodemailer"));

const content = fs.readFileSync(file);
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  ignoreTLS: true,
  pool: true,
  maxConnections: 8,
  maxMessages: Infinity,
});

function message(number) {
  const token = String(number).padStart(24, "0");
  const text = `Go out tonight, Zoë ${number}, and look for the pole. `.repeat(12);
  return {
    from: "Night School <course@example.org>",
    to: `student-${number}@example.net`,
    envelope: { from: `course+b-${token}@example.org`, to: `student-${number}@example.net` },
    subject: "1. The pole",
    replyTo: `course+${token}@example.org`,
    headers: { "List-Unsubscribe": `<mailto:course+${token}@example.org?subject=leave>` },
    text,
    html: `<html><body><p>${text}</p></body></html>`.repeat(3),
    attachments: content.length ? [{ filename: "a.pdf", content }] : [],
  };
}

async function main() {
  const before = process.cpuUsage();
  const start = process.hrtime.bigint();
  let next = 0;
  const work = async () => {
    while (next < Number(count)) await transport.sendMail(message(next++));
  };
  await Promise.all(Array.from({ length: 16 }, work)); // so that no connection waits for us
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(before);
  transport.close();
  console.log(JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6 }));
}

main();
