#include "world/control/control_page.hpp"

namespace testmta::world {

// It loads nothing from elsewhere. What peers and clients said is shown as text, never as markup.
std::string_view control_page() {
    return R"page(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>testmta world</title>
<style>
body { font: 14px/1.4 sans-serif; margin: 1em 2em; }
h1 { font-size: 1.3em; } h2 { font-size: 1.1em; margin: 1.2em 0 .3em; }
#state { color: #666; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: 0 1.2em 0 0; vertical-align: top; }
details { border-left: 3px solid #ccc; padding-left: .6em; margin: .4em 0; }
details.open { border-color: #3a3; }
output { white-space: pre-wrap; font-family: monospace; color: #b00; }
pre { margin: .2em 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.received { color: #036; } .sent { color: #630; } .tls-failed { color: #b00; } .message { color: #070; }
</style>
</head>
<body>
<h1>testmta world <small id="state">connecting</small></h1>
<h2>Peers</h2>
<table id="peers"></table>
<form id="change">
<p><select id="peer" aria-label="peer"></select> gets these rules: <button>apply</button> <output id="said"></output></p>
<textarea id="rules" aria-label="rules" rows="4" cols="100" spellcheck="false"></textarea>
</form>
<h2>Mail</h2>
<ul id="mail"></ul>
<h2>Conversations</h2>
<div id="conversations"></div>
<script>
const arrows = {received: "> ", sent: "< ", connected: "+ ", closed: "- "};
const most = 200;  // conversations on the page
const boxes = new Map();
let peers = [];

function element(name, text, kind) {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
}

function boxOf(event) {
    let box = boxes.get(event.connection);
    if (box) return box;
    box = element("details", "", "open");
    box.append(element("summary", "#" + event.connection + " " + event.peer));
    box.append(element("pre", ""));
    box.open = true;
    boxes.set(event.connection, box);
    document.getElementById("conversations").prepend(box);
    if (boxes.size > most) {
        const [oldest, shown] = boxes.entries().next().value;
        shown.remove();
        boxes.delete(oldest);
    }
    return box;
}

function show(event) {
    const box = boxOf(event);
    let line = (arrows[event.direction] || event.direction + " ") + event.line;
    if (event.direction == "message")
        line = (event.accepted ? "message " + event.number : "refused message") + ": from <" + event.sender + "> to "
            + event.recipients.map(one => "<" + one + ">").join(", ") + ", " + event.size + " bytes";
    box.querySelector("pre").append(element("span", line + "\n", event.direction));
    if (event.direction == "closed") box.classList.remove("open");
    if (event.direction == "message" && event.accepted) showMail(event);
}

function showMail(event) {
    const link = element("a", event.number + ". from <" + event.sender + "> to <" + event.recipients.join(">, <") + ">");
    link.href = "/mail/" + event.number;
    link.download = event.number + ".eml";
    const subject = event.fields.find(([name]) => name.toLowerCase() == "subject");
    const item = document.createElement("li");
    item.append(link, " " + (subject ? subject[1] : ""));
    const list = document.getElementById("mail");
    list.prepend(item);
    if (list.children.length > most) list.lastChild.remove();
}

async function showPeers() {
    const world = await (await fetch("/world")).json();
    const known = peers.map(one => one.name).join();
    peers = world.peers;
    if (known != peers.map(one => one.name).join()) {
        document.getElementById("peer").replaceChildren(...peers.map(one => element("option", one.name)));
        showRules();
    }
    const rows = peers.map(peer => {
        const row = document.createElement("tr");
        const where = peer.addresses.map(one => one + ":" + peer.port).join(", ");
        row.append(element("td", peer.name), element("td", where), element("td", peer.state),
                   element("td", peer.connections + " connections"), element("td", peer.rules.join("\n")));
        row.lastChild.style.whiteSpace = "pre";
        return row;
    });
    document.getElementById("peers").replaceChildren(...rows);
}

function chosenPeer() {
    return peers[document.getElementById("peer").selectedIndex];
}

function showRules() {
    const peer = chosenPeer();
    document.getElementById("rules").value = peer ? peer.rules.join("\n") : "";
}

async function applyRules() {
    const rules = document.getElementById("rules").value + "\n";
    const reply = await fetch("/peers/" + encodeURIComponent(chosenPeer().name) + "/rules", {method: "PUT", body: rules});
    const said = await reply.json();
    document.getElementById("said").textContent = reply.ok ? "done" : said.report || said.error;
    await showPeers();
}

async function showEarlier() {
    const all = await (await fetch("/conversations")).json();
    for (const one of all.conversations.slice(-most)) {
        const found = await fetch("/conversations/" + one.id);
        if (found.ok) (await found.json()).events.forEach(show);
    }
}

async function begin() {
    document.getElementById("peer").onchange = showRules;
    document.getElementById("change").onsubmit = what => {
        what.preventDefault();
        applyRules();
    };
    await showPeers();
    await showEarlier();
    const events = new EventSource("/events");
    events.onopen = () => document.getElementById("state").textContent = "live";
    events.onerror = () => document.getElementById("state").textContent = "not connected";
    events.onmessage = what => {
        const event = JSON.parse(what.data);
        show(event);
        if (event.direction == "connected") showPeers();
    };
}
begin();
</script>
</body>
</html>
)page";
}

}  // namespace testmta::world
