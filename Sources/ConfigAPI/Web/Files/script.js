"use strict";

// Keeps a page up to date and shows a check while it runs. All markup is the server's: the script asks for the page again
// and takes over what has changed, so a page says the same with it and without it.

const statusURL = "/api/v1/configuration/xmpp/status";
/** Between two questions, in milliseconds: when the stream tells changes anyway, when it does not, and in an attempt. */
const pace = { live: 10_000, polling: 3_000, connecting: 1_000 };
/** After this time a question has no answer, and a stream that is down is worth a word, in milliseconds. */
const patience = { answer: 10_000, stream: 5_000, newStream: 30_000 };

// Markup

/** Makes an element like another one of a fresh page. What the reader has opened, typed or focused stays. */
function sync(old, fresh) {
    for (const { name, value } of fresh.attributes) {
        if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
        if (!fresh.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
    }
    let next = old.firstChild;
    for (const node of [...fresh.childNodes]) {
        const same = counterpart(next, node);
        while (same && next !== same) next = removed(next);
        if (!same) {
            old.insertBefore(document.importNode(node, true), next);
            continue;
        }
        if (node.nodeType === Node.ELEMENT_NODE) sync(same, node);
        else if (same.data !== node.data) same.data = node.data;
        next = same.nextSibling;
    }
    while (next) next = removed(next);
}

function removed(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
}

/** The old node for a fresh one: of the same id if it has one, wherever it stands; else the next one, if it is alike. */
function counterpart(next, fresh) {
    if (fresh.id) {
        for (let node = next; node; node = node.nextSibling) if (node.id === fresh.id) return node;
        return null;
    }
    return next && !next.id && next.nodeName === fresh.nodeName ? next : null;
}

function parsed(html) { return new DOMParser().parseFromString(html, "text/html"); }

// Time

/** How far the server's clock is ahead of this one's, in milliseconds. */
let ahead = 0;

function setClock(page) {
    const time = page.querySelector("#now time");
    if (time) ahead = Date.parse(time.dateTime) - Date.now();
}

/** A span of time, as the server words it (SpanOfTime.swift). */
function words(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
    if (days > 0) return days === 1 ? "1 day" : `${days} days`;
    if (hours > 0) return `${hours} h ${minutes % 60} min`;
    if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
    return `${seconds} s`;
}

function tick() {
    const now = Date.now() + ahead;
    for (const time of document.querySelectorAll("time[data-age], time[data-wait]")) {
        const span = now - Date.parse(time.dateTime);
        const text = words("age" in time.dataset ? span : -span);
        if (time.textContent !== text) time.textContent = text;
    }
}

function clockText(milliseconds) { return `${new Date(milliseconds).toISOString().slice(11, 19)} UTC`; }

// The server

let source = null;
let timer = null;
/** Since when the stream is down, or 0. */
let streamDown = 0;
/** Of when the page is, on the server's clock. */
let answered = 0;
let isAsking = false;
let mustAskAgain = false;

/** Says how the page is kept up to date; a sentence that is there already is not said again. */
function say(mode, text) {
    const line = document.getElementById("link");
    line.dataset.mode = mode;
    line.hidden = false;
    if (line.textContent !== text) line.textContent = text;
}

/** Where the page is to be had: a check without the script leaves an address that can only be posted to. */
function ownAddress() {
    const page = document.querySelector("nav a[aria-current]");
    return page && new URL(page.href).pathname !== location.pathname ? page.href : location.href;
}

/** Asks for the page and takes over what has changed. One question at a time; a change meanwhile asks once more. */
async function refresh() {
    if (isAsking) {
        mustAskAgain = true;
        return;
    }
    isAsking = true;
    clearTimeout(timer);
    try {
        const response = await fetch(ownAddress(), {
            headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(patience.answer),
        });
        const page = parsed(await response.text());
        if (response.ok) {
            take(page);
            answered = Date.now() + ahead;
            sayHow();
        } else {
            say("lost", `The server answers ${response.status} ${response.statusText}. `
                + `What is shown may be out of date since ${clockText(answered)}.`);
        }
    } catch {
        say("lost", `The server does not answer since ${clockText(answered)}. What is shown is from then; trying again.`);
    }
    isAsking = false;
    if (mustAskAgain) {
        mustAskAgain = false;
        refresh();
    } else {
        schedule();
    }
}

function sayHow() {
    if (!streamDown) say("live", "Live: changes show at once.");
    else if (Date.now() - streamDown >= patience.stream || source === null || source.readyState === EventSource.CLOSED) {
        say("polling", `There is no event stream; asking every ${pace.polling / 1000} s.`);
    }
}

function schedule() {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") return;
    const isConnecting = document.getElementById("connection")?.dataset.state === "connecting";
    timer = setTimeout(refresh, isConnecting ? pace.connecting : streamDown ? pace.polling : pace.live);
}

function take(page) {
    setClock(page);
    for (const old of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(old.id);
        if (fresh) sync(old, fresh);
    }
    tick();
    announce();
    noteOtherRevision(page);
}

/** Tells those who listen what has changed, without the times that change every second. */
let announced = document.getElementById("connection")?.dataset.announcement;

function announce() {
    const text = document.getElementById("connection")?.dataset.announcement;
    if (text === announced) return;
    announced = text;
    document.getElementById("announcement").textContent = text ?? "";
}

/** Says so when the settings in the form are no longer the stored ones. */
function noteOtherRevision(page) {
    const [notice, ours, theirs] = [
        document.getElementById("stale"), document.querySelector("input[name=revision]"),
        page.querySelector("input[name=revision]"),
    ];
    if (notice && ours && theirs) notice.hidden = ours.value === theirs.value;
}

function follow() {
    source = new EventSource(statusURL);
    const mine = source;
    mine.addEventListener("open", () => {
        streamDown = 0;
        refresh();
    });
    mine.addEventListener("status", refresh);
    mine.addEventListener("error", () => {
        if (mine !== source) return;
        streamDown ||= Date.now();
        // The browser takes up a stream that has broken, but not one that was refused.
        if (mine.readyState === EventSource.CLOSED) {
            setTimeout(() => { if (mine === source) follow(); }, patience.newStream);
        }
        refresh();
    });
}

/** A page that nobody sees needs no stream: a browser has only a few connections for one server. */
function visibilityChanged() {
    if (document.visibilityState === "hidden") {
        source?.close();
        source = null;
        clearTimeout(timer);
    } else if (source === null) {
        follow();
        refresh();
    }
}

// Checks

let isChecking = false;

async function check(form, button) {
    if (isChecking) return;
    isChecking = true;
    button.setAttribute("aria-disabled", "true");
    try {
        const response = await fetch(button.formAction, {
            method: "POST", headers: { Accept: "text/event-stream" }, body: new URLSearchParams(new FormData(form, button)),
        });
        if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
            clearErrors(form);
            let isComplete = false;
            for await (const html of fragments(response.body)) {
                const fresh = parsed(html).getElementById("check");
                sync(document.getElementById("check"), fresh);
                isComplete = !fresh.hasAttribute("aria-busy");
            }
            if (!isComplete) throw new Error("cut off");
        } else {
            show(parsed(await response.text()), form);
        }
    } catch {
        const result = document.getElementById("check-result");
        result.textContent = "The server did not answer to the end; nothing is known of the check.";
        document.getElementById("check").removeAttribute("aria-busy");
    }
    button.removeAttribute("aria-disabled");
    isChecking = false;
}

/** The data of a stream of events. */
async function* fragments(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        text += piece.value;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
            const lines = event.split("\n").filter((line) => line.startsWith("data:"));
            if (lines.length > 0) yield lines.map((line) => line.slice(5)).join("\n");
        }
    }
}

/** Shows an answer that is a whole page: what is wrong with the entries, or with the request. */
function show(page, form) {
    const fresh = page.getElementById(form.id);
    if (fresh) {
        sync(form, fresh);
        document.getElementById("errors")?.focus();
    } else {
        document.getElementById("check-result").textContent
            = page.querySelector("[role=alert]")?.textContent || page.title || "The server did not answer with a page.";
    }
}

function clearErrors(form) {
    document.getElementById("errors")?.remove();
    for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    for (const text of form.querySelectorAll(".error")) text.textContent = "";
}

// The page

document.querySelector("#errors, #conflict, #problem")?.focus();
document.getElementById("settings")?.addEventListener("submit", (event) => {
    if (event.submitter?.id !== "check-button") return;
    event.preventDefault();
    check(event.currentTarget, event.submitter);
});

if (document.querySelector("[data-live]")) {
    setClock(document);
    answered = Date.now() + ahead;
    if (document.getElementById("connection")) {
        setInterval(tick, 1000);
        document.addEventListener("visibilitychange", visibilityChanged);
        if (document.visibilityState !== "hidden") follow();
        schedule();
    }
}
