// A bot that says everything once more, as one function that answers webhooks. Needs Node 18 and nothing else.
//
//     WEBHOOK_SECRET=whsec_… PORT=9000 node echo_bot.js
//
// What it returns is posted under the bot's name; it needs no token.

const { createHmac, timingSafeEqual } = require("node:crypto");
const { createServer } = require("node:http");

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");

/** What the bot answers to an event. */
function answer({ type, data }) {
  if (type !== "message.created" || data.message.by_team) return {};
  return { messages: [{ body: `You wrote: ${data.message.body}` }] };
}

/** Whether a request comes from the chat, and now (standardwebhooks.com; there are libraries for this). */
function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures = "" } = headers;
  if (Math.abs(Date.now() / 1000 - at) > 300) return false;
  const expected = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest();
  return signatures.split(" ").some((it) => {
    const given = Buffer.from(it.replace("v1,", ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

createServer(async (request, response) => {
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += piece;
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer(JSON.parse(body))));
}).listen(Number(process.env.PORT), process.env.HOST, () => console.log("listening"));
