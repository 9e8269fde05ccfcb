// Logs in to a homeserver with a real web client, opens a room, takes its picture.
//
// node shoot.mjs --homeserver URL --user NAME --password WORD --room TEXT --wait TEXT --out FILE
// `--room` is a part of the room's name; `--wait` is a text that must stand in the timeline.
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const text = { type: "string" };
const { values: wanted } = parseArgs({
  options: {
    homeserver: text,
    user: text,
    password: text,
    room: text,
    wait: text,
    out: text,
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});

// Nothing but the page and the homeserver on loopback is reached.
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Fills in the login form. */
async function logIn(page) {
  await page.locator("#username").fill(wanted.user);
  await page.locator("#password").fill(wanted.password);
  await page.locator(".PasswordLoginView button[type=submit]").click();
}

/** Opens the room and waits for its timeline. */
async function openRoom(page) {
  const room = page.locator(".RoomList li", { hasText: wanted.room }).first();
  await room.click();
  const timeline = page.locator(".RoomView .Timeline");
  await timeline.getByText(wanted.wait).first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
}

const { server, url } = await serve(join(here, "dist"));
const browser = await chromium.launch({ executablePath: wanted.chromium, args: ARGS });
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 760 }, locale: "en-GB" });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(`${url}?homeserver=${encodeURIComponent(wanted.homeserver)}`);
  await logIn(page);
  await openRoom(page);
  const out = resolve(wanted.out);
  await mkdir(dirname(out), { recursive: true });
  await page.screenshot({ path: out });
  console.log(`wrote ${out}`);
} finally {
  await browser.close();
  server.close();
}
