// The catalogue: a list made from the report in this page, searched, filtered
// and sorted here. Text reaches the page as text only, never as HTML.
"use strict";
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const $ = (id) => document.getElementById(id);
  const wide = matchMedia("(min-width: 901px)");

  // el makes an element; attributes that are null or false are left out.
  function el(tag, attrs, ...children) {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attrs || {})) if (v !== null && v !== undefined && v !== false) e.setAttribute(k, v);
    e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
    return e;
  }

  // fold is how hfmodels.ParseArch compares names.
  const fold = (s) => s.replace(/[-_. ]/g, "").replace(/[A-Z]/g, (c) => c.toLowerCase());
  const lower = (s) => s.toLowerCase();

  // --- the rows ---

  const put = (map, key, value) => map.has(key) ? map.get(key).push(value) : map.set(key, [value]);
  const byName = new Map(), byFold = new Map(), hosted = new Map(); // hosted: host to the types that live in it
  const formerIds = new Map(); // present id to former ones
  for (const [old, now] of Object.entries(report.former_ids)) put(formerIds, now, old);

  // placesOf lists the roles, best first, then the tasks, with what fills them.
  function placesOf(a) {
    const roles = a.roles || {}, tasks = a.by_task || {};
    return [
      ...["default", "open", "small", "tiny"].filter((role) => roles[role]).map((role) => ({ name: role, role, pick: roles[role] })),
      ...Object.keys(tasks).sort().map((task) => ({ name: task, task, pick: tasks[task] })),
    ];
  }

  const rows = report.archs.map((a) => {
    const places = placesOf(a), models = a.models || [];
    const ids = new Set(models.map((m) => m.id));
    for (const p of places) for (const r of p.pick.runners_up || []) ids.add(r.id);
    if (a.documented) for (const id of [a.documented.id, a.documented.now]) if (id) ids.add(id);
    const former = [...ids].flatMap((id) => formerIds.get(id) || []);
    const row = {
      a, places, former, folded: fold(a.arch), ids: [...ids].map(lower), formerLower: former.map(lower),
      classes: [a.config_class, ...(a.auto_classes || []).flatMap((c) => c.classes)].map(lower),
      // Stubs with random weights answer no search for a model.
      models: models.filter((m) => places.some((p) => p.pick.id === m.id && p.role !== "tiny")),
    };
    byName.set(a.arch, row);
    byFold.set(row.folded, row);
    if (a.host) put(hosted, a.host, a.arch);
    return row;
  });

  // --- words ---

  const unknown = () => el("span", { class: "unknown" }, "unknown");
  const units = (steps) => (n) => {
    for (const [size, unit] of steps) if (n >= size) return +(n / size).toPrecision(3) + " " + unit;
    return n + "";
  };
  const short = units([[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]]);
  const bytes = units([[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]]);
  const weight = (m) => m.bytes || (m.parameters ? 4 * m.parameters : 0); // the most it can be; 0 is unknown
  const gatings = { no: "no", auto: "yes, by its terms", manual: "yes, by its owner" };
  const path = (id) => id.split("/").map(encodeURIComponent).join("/");
  const link = (id) => el("a", { class: "id", href: report.hub + "/" + path(id), rel: "noopener" }, id);
  const archLink = (name) => el("a", { class: "id", href: "#" + encodeURIComponent(name) }, name);
  const join = (list) => list.flatMap((x, i) => i ? [", ", x] : [x]);

  const licenses = (m) => (m.license || "unknown").split(", "); // a card may name several

  // --- filters ---

  const filters = ["status", "task", "family", "input", "license", "size", "gating", "format", "engine"];
  const keys = ["q", "sort", ...filters];
  const state = Object.fromEntries(keys.map((k) => [k, ""]));

  function options(id, values) {
    $(id).append(el("option", { value: "" }, "any"), ...values.map(([value, text]) => el("option", { value }, text)));
  }
  function counted(of) {
    const n = new Map();
    for (const r of rows) for (const v of new Set(of(r))) n.set(v || "unknown", (n.get(v || "unknown") || 0) + 1);
    const last = (v) => v === "unknown";
    return [...n].sort(([v, n], [w, m]) => last(v) - last(w) || m - n || text(v, w)).map(([v, n]) => [v, `${v} (${n})`]);
  }
  const text = (x, y) => x < y ? -1 : x > y ? 1 : 0;
  options("status", counted((r) => [r.a.status]));
  options("task", counted((r) => r.a.tasks || []).sort((x, y) => text(x[0], y[0])));
  options("family", counted((r) => [r.a.family]));
  options("input", counted((r) => r.a.modalities || [""]));
  options("license", counted((r) => r.models.flatMap(licenses)));
  options("size", [...[500e6, 2e9, 5e9, 10e9, 15e9, 50e9].map((n) => [n, "≤ " + bytes(n)]), ["unknown", "unknown"]]);
  options("gating", [["no", "known to be open"], ["yes", "gated"], ["unknown", "unknown"]]);
  options("format", counted((r) => r.models.flatMap((m) => m.formats || [""])));

  const runsOn = (a) => Object.keys(a.engines || {});
  options("engine", counted((r) => runsOn(r.a)));

  function fits(m) {
    if (state.license && !licenses(m).includes(state.license)) return false;
    if (state.gating && (m.gated === "no" ? "no" : m.gated ? "yes" : "unknown") !== state.gating) return false;
    if (state.format && !(m.formats || ["unknown"]).includes(state.format)) return false;
    if (state.size === "unknown") return !weight(m);
    return !state.size || weight(m) > 0 && weight(m) <= +state.size;
  }

  // choose finds the model of a row that passes all filters of models at once:
  // the task's first, where a task is asked for.
  function choose(r) {
    const a = r.a;
    if (state.status && a.status !== state.status) return false;
    if (state.family && a.family !== state.family) return false;
    if (state.input && !(a.modalities || ["unknown"]).includes(state.input)) return false;
    if (state.task && !(a.tasks || []).includes(state.task)) return false;
    if (state.engine && !runsOn(a).includes(state.engine)) return false;
    const first = state.task && a.by_task && a.by_task[state.task];
    const models = first ? [...r.models.filter((m) => m.id === first.id), ...r.models] : r.models;
    r.shown = models.find(fits) || null;
    return r.shown !== null || !(state.license || state.gating || state.format || state.size);
  }

  // score ranks how a row matches the search: the lower the better, and -1 for
  // not at all.
  function score(r, q, folded) {
    r.via = "";
    if (!q) return 0;
    if (folded && !q.includes("/")) {
      if (r.folded === folded) return 0;
      if (r.folded.startsWith(folded)) return 1;
      if (r.folded.includes(folded)) return 2;
    }
    const i = r.formerLower.findIndex((id) => id === q || (q.length > 2 && id.includes(q)));
    if (i >= 0) r.via = "formerly " + r.former[i];
    if (r.ids.includes(q) || r.formerLower.includes(q) || r.classes.includes(q)) return 3;
    if (i >= 0 || r.ids.some((id) => id.includes(q))) return 4;
    return q.length > 3 && r.classes.some((c) => c.includes(q)) ? 5 : -1;
  }

  const lead = (r) => r.shown || (r.a.models || [])[0] || {};
  const descending = (of) => (x, y) => (of(lead(y)) || 0) - (of(lead(x)) || 0); // the unknown goes last
  const statuses = ["proven", "hosted", "unproven", "none"];
  const orders = {
    "": (x, y) => x.rank - y.rank || (state.q ? x.folded.length - y.folded.length : orders.downloads(x, y)),
    name: () => 0,
    family: (x, y) => text(x.a.family, y.a.family),
    downloads: descending((m) => m.downloads),
    small: descending((m) => m.parameters && 1 / m.parameters),
    large: descending((m) => m.parameters),
    new: (x, y) => text(lead(y).created || "", lead(x).created || ""),
    status: (x, y) => statuses.indexOf(x.a.status) - statuses.indexOf(y.a.status),
  };

  // --- the list ---

  const list = $("results");
  for (const r of rows) {
    const cell = (name) => r[name] = el("span", { class: name });
    r.link = el("a", { class: "row", href: "#" + encodeURIComponent(r.a.arch), tabindex: "-1" },
      el("span", { class: "name" }, r.a.arch, el("small", null, r.a.family + (r.a.part ? ", part of others" : ""))),
      cell("id"), cell("extra num"), cell("extra license"), cell("extra gated"),
      el("span", { class: "extra" }, el("small", null, runsOn(r.a).join(", "))), el("span", { class: "status " + r.a.status }, r.a.status));
    r.li = el("li", null, r.link);
  }
  function fill(r) {
    const m = r.shown, a = r.a, forTask = a.by_task && a.by_task[state.task];
    const stranger = m && state.task && !(m.tasks || []).includes(state.task) && !(forTask && forTask.id === m.id);
    const note = r.via || (stranger ? (forTask ? "not made for " + state.task : "no checkpoint made for " + state.task + " is known")
      : a.host ? "answered by " + a.host : "");
    const known = (v) => m ? v || unknown() : "";
    r.id.replaceChildren(m ? m.id : el("span", { class: "unknown" }, "no proven checkpoint"), note ? el("small", null, note) : "");
    r["extra num"].replaceChildren(known(m && m.parameters && short(m.parameters)));
    r["extra license"].replaceChildren(known(m && m.license));
    r["extra gated"].replaceChildren(known(m && m.gated && (m.gated === "no" ? "no" : "yes")));
  }

  let visible = [], page = "";
  function update() {
    const q = lower(state.q.trim()), folded = fold(q), onTasks = page === "tasks";
    const answers = onTasks ? report.tasks.filter((t) => [t.name, t.about || "", ...(t.aliases || [])].some((x) => lower(x).includes(q))).map(answersTo) : [];
    visible = onTasks ? [] : rows.filter((r) => choose(r) && (r.rank = score(r, q, folded)) >= 0);
    visible.sort((x, y) => orders[state.sort](x, y) || text(x.folded, y.folded));
    visible.forEach(fill);
    list.replaceChildren(...visible.map((r) => r.li));
    $("rankings").replaceChildren(...answers.map(taskView));
    rove(visible[0]);
    const counted = onTasks ? answers : visible, all = onTasks ? report.tasks : rows;
    const active = filters.filter((f) => state[f] && $(f).checkVisibility()).length;
    $("count").textContent = (counted.length === all.length ? "" : counted.length + " of ") + all.length + " " + page
      + (onTasks ? ", " + answers.filter((a) => a.models.length).length + " with an answer" : "");
    $("nothing").hidden = counted.length > 0 || page === "documentation";
    $("reset").hidden = !active && !state.q;
    $("active").textContent = active ? " (" + active + ")" : "";
    for (const f of filters) $(f).classList.toggle("set", !!state[f]);
  }

  // Tab reaches one of the rows; the arrows move between them.
  let current = null;
  function rove(r) {
    if (current) current.link.tabIndex = -1;
    current = r || null;
    if (current) current.link.tabIndex = 0;
  }

  // --- the detail ---

  const pairs = (list) => el("dl", { class: "pairs" }, ...list.filter(([, v]) => v)
    .flatMap(([k, v]) => [el("dt", null, k), el("dd", null, ...(Array.isArray(v) ? v : [v]))]));
  const fact = (name, value) => el("div", null, el("dt", null, name + " "), el("dd", null, value || unknown()));
  const more = (summary, items) => el("details", { class: "more" },
    el("summary", null, `${summary} (${items.length})`), el("ul", null, ...items.map((i) => el("li", null, ...i))));
  const because = (...children) => el("p", { class: "because" }, ...children);
  const names = (places) => places.map((p) => p.name).join(", ");
  function grouped(list, key) {
    const groups = new Map();
    for (const x of list) put(groups, key(x), x);
    return [...groups.values()];
  }

  function modelView(r, m) {
    const places = r.places.filter((p) => p.pick.id === m.id);
    const reasons = grouped(places, (p) => p.pick.tier + p.pick.reason);
    const contests = grouped(places.filter((p) => p.pick.runners_up), (p) => JSON.stringify(p.pick.runners_up));
    return el("div", { class: "model" },
      el("p", null, ...places.map((p) => el("span", { class: "badge" + (p.role ? " role" : "") }, p.name))),
      el("p", null, link(m.id)),
      el("dl", { class: "facts" },
        fact("parameters", m.parameters && short(m.parameters)),
        fact("weights", weight(m) && (m.bytes ? "" : "at most ") + bytes(weight(m))),
        fact("licence", m.license), fact("gated", gatings[m.gated]),
        fact("formats", (m.formats || []).join(", ")), fact("class", (m.architectures || [])[0]),
        fact("revision", m.revision && el("span", { class: "id", title: m.revision }, m.revision.slice(0, 12))),
        fact("created", m.created), fact("downloads in 30 days", m.downloads !== undefined && short(m.downloads))),
      ...reasons.map((ps) => because(reasons.length > 1 ? el("span", { class: "muted" }, names(ps) + ": ") : "", ps[0].pick.reason,
        el("span", { class: "muted" }, " — decided by " + ps[0].pick.tier))),
      ...places.filter((p) => p.pick.challenger).map(({ name, pick: { challenger: c } }) =>
        because(`Challenged as ${name} since ${c.since} by `, link(c.id), ".")),
      ...places.filter((p) => p.pick.replaced).map(({ name, pick: { replaced: x } }) =>
        because(`Before as ${name}: `, link(x.id), `, until ${x.rule}: ${x.why}`)),
      ...contests.map((ps) => more("Runners-up" + (contests.length > 1 ? " as " + names(ps) : ""),
        ps[0].pick.runners_up.map((x) => [link(x.id), el("br"), "lost at " + x.tier + ": " + x.why]))));
  }

  const verdicts = new Map(report.verdicts.map((v) => [v.verdict, v]));
  const upstream = `https://github.com/huggingface/transformers/tree/v${report.made_from.transformers}/src/transformers/models/`;
  function documentedView(d) {
    if (!d) return el("p", { class: "note" }, "The documentation names no checkpoint.");
    return pairs([
      ["Named", link(d.id)],
      ["Finding", verdicts.get(d.verdict).title + ". " + (d.reason || verdicts.get(d.verdict).says)],
      ["Declares", d.declares ? el("code", null, d.declares) : d.outcome === "found" && unknown()],
      ["Now", d.now && link(d.now)],
      ["Checked", d.checked || unknown()],
    ]);
  }

  // --- the tasks ---

  const autoClasses = new Map(report.tasks.map((t) => [t.name, t.auto_classes]));
  function answerView(m) {
    const facts = [m.parameters ? short(m.parameters) + " parameters" : "size unknown", m.license ? licenses(m).join(" and ") : "licence unknown",
      m.gated ? (m.gated === "no" ? "not gated" : "gated") : "gating unknown"];
    return [link(m.id), " ", archLink(m.arch), el("small", null, facts.join(", ") + " — " + m.reason)];
  }
  // answersTo is a task with the models of its ranking that pass the filters.
  function answersTo(t) {
    const runs = (m) => !state.engine || byName.has(m.arch) && runsOn(byName.get(m.arch).a).includes(state.engine);
    const ranking = t.ranking || [];
    return { task: t, of: ranking.length, models: ranking.filter((m) => fits(m) && runs(m)) };
  }
  function taskView({ task: t, of, models }) {
    return el("li", { id: "~" + t.name },
      el("div", null, t.name, t.about ? el("small", null, t.about) : "",
        t.library ? el("small", null, (of ? "with " : "not in transformers, but in ") + t.library) : ""),
      el("div", null, ...(models.length ? answerView(models[0])
        : [el("span", { class: "unknown" }, of ? `none of ${of} passes the filters` : "none")])),
      el("div", null, models.length > 1 ? more("The next", models.slice(1).map(answerView)) : ""));
  }

  // --- snippets ---

  const goName = (s) => s.split(/[-_.]/).map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("");
  const quote = (s) => JSON.stringify(s).replace(/[\u007f-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  const shell = (s) => /^[\w@%+=:,./-]+$/.test(s) ? s : "'" + s.replace(/'/g, "'\\''") + "'";

  // loader is the architecture with whose classes the models are loaded.
  function loader(a) {
    const of = (name) => byName.has(name) ? byName.get(name).a : null;
    return of(a.host) || (a.auto_classes ? null : of(a.alias_of)) || a;
  }

  // autoClass names the auto class that loads a model for a task, or else for
  // what it was made for: one that builds the class that its config names.
  function autoClass(a, m, task) {
    const all = a.auto_classes || [], builds = all.filter((c) => c.classes.includes((m.architectures || [])[0]));
    const serving = (list, tasks) => tasks.flatMap((t) => autoClasses.get(t) || []).find((name) => list.some((c) => c.name === name));
    const own = builds.length ? builds : all;
    const others = [...builds.filter((c) => c.name !== "AutoModelForPreTraining"), ...all.filter((c) => c.name === "AutoModel"), ...all];
    return serving(own, [task]) || serving(all, [task]) || serving(own, m.tasks || []) || (others[0] || { name: "AutoConfig" }).name;
  }

  // preprocessors names what loads the inputs of an architecture.
  function preprocessors(a) {
    if (a.processor) return ["processor"];
    return ["tokenizer", "image_processor", "feature_extractor", "video_processor"].filter((kind) => a[kind]);
  }

  const snippets = {
    Go(a, p) {
      const call = p.name === "default" ? "Default()" : (p.task ? "DefaultFor" : "Pick") + `(hfmodels.${goName(p.name)})`;
      return `package main

import (
\t"fmt"

\t"github.com/hfmodels/hfmodels"
)

func main() {
\tif m, ok := hfmodels.${a.go}.${call}; ok {
\t\tfmt.Println(m.ID, m.Revision)
\t}
}
`;
    },
    Python(a, p, m) {
      const by = loader(a), model = autoClass(by, (by.models || []).find((x) => x.id === m.id) || m, p.task);
      const makes = preprocessors(by).map((kind) => [kind, "Auto" + goName(kind)]);
      makes.push([model === "AutoConfig" ? "config" : "model", model]);
      return `from transformers import ${makes.map(([, c]) => c).sort().join(", ")}

name = ${quote(m.id)}
${m.revision ? `revision = ${quote(m.revision)}` : "# Its revision is unknown, so this loads the newest."}
${makes.map(([v, c]) => `${v} = ${c}.from_pretrained(name${m.revision ? ", revision=revision" : ""})\n`).join("")}`;
    },
    Shell(a, p, m) {
      const place = p.task ? " --task " + shell(p.task) : p.role === "default" ? "" : " --role " + p.role;
      const note = m.revision ? "" : "# Its revision is unknown, so this fetches the newest.\n";
      const revision = m.revision ? " --revision " + m.revision : "";
      return `hfmodels default ${shell(a.arch)}${place}\n${note}hf download ${shell(m.id)}${revision}\n`;
    },
  };

  function snippetView(r) {
    if (!r.places.length) return "";
    const code = el("code"), select = (label, values) => el("select", { "aria-label": label }, ...values.map((v) => el("option", null, v)));
    const language = select("Language", Object.keys(snippets)), place = select("Place", r.places.map((p) => p.name));
    const show = () => {
      const p = r.places[place.selectedIndex];
      code.textContent = snippets[language.value](r.a, p, r.a.models.find((m) => m.id === p.pick.id));
    };
    language.addEventListener("change", show);
    place.addEventListener("change", show);
    show();
    return el("div", { class: "snippet" },
      el("div", { class: "bar" }, language, el("label", null, "for ", place), copier("Copy", () => code.textContent)),
      el("pre", { tabindex: "0", role: "region", "aria-label": "Snippet" }, code));
  }

  function copier(label, of) {
    const button = el("button", { type: "button" }, label);
    button.addEventListener("click", async () => {
      button.textContent = await navigator.clipboard.writeText(of()).then(() => "Copied", () => "Not allowed");
      setTimeout(() => { button.textContent = label; }, 1500);
    });
    return button;
  }

  function detailView(r) {
    const a = r.a, models = a.models || [];
    const close = el("button", { type: "button", "aria-label": "Close", title: "Close (Esc)" }, "✕");
    close.addEventListener("click", closeDetail);
    const inputs = (a.modalities || ["unknown inputs"]).join(", ");
    const about = ` · ${a.family} · takes ${inputs}${a.generates ? " · generates sequences" : ""}`;
    const rejected = a.rejected || [];
    const kinds = ["tokenizer", "processor", "image_processor", "video_processor", "feature_extractor"];
    return [
      el("header", null,
        el("h2", { tabindex: "-1" }, a.arch),
        el("div", { class: "actions" }, copier("Copy link", () => location.href.split("#")[0] + "#" + encodeURIComponent(a.arch)), close),
        el("p", { class: "about" }, el("span", { class: "status " + a.status }, a.status), about)),
      a.why ? el("p", { class: "why " + a.status }, ...(a.host ? ["Answered by ", archLink(a.host), ". "] : []), a.why + ".") : "",
      models.length ? el("div", { class: "lead" }, modelView(r, models[0]))
        : el("p", { class: "note lead" }, "No checkpoint is proven, so none is returned."),
      snippetView(r),
      a.converted ? more("Copies for other programs, tagged on the Hub as quantized from the default",
        a.converted.map((c) => [link(c.id), " (" + c.format + ")"])) : "",
      ...(models.length > 1 ? [el("h3", null, "Other checkpoints"), el("div", null, ...models.slice(1).map((m) => modelView(r, m)))] : []),
      a.owner ? el("p", { class: "note muted" }, "Taken for its maker: " + a.owner + ", which " + a.owner_why + ".") : "",
      el("h3", null, "Documentation of transformers"), documentedView(a.documented),
      el("h3", null, "Classes"),
      pairs([
        ["Config", el("code", null, a.config_class)],
        ["transformers", a.since ? "≥ " + a.since : unknown()],
        ...Object.entries(report.engines).map(([e, version]) => [e + " " + version,
          a.engines && a.engines[e] ? el("code", null, a.engines[e]) : "does not list it"]),
        ["Alias of", a.alias_of && archLink(a.alias_of)],
        ["Part of", a.parents && join(a.parents.map(archLink))],
        ["Answers for", hosted.has(a.arch) && join(hosted.get(a.arch).map(archLink))],
        ...kinds.map((kind) => [goName(kind).replace(/\B[A-Z]/, " $&"), a[kind] && el("code", null, a[kind])]),
        ["Tasks", (a.tasks || []).join(", ") || "none"],
      ]),
      a.auto_classes ? more("Auto classes", a.auto_classes.map((c) =>
        [el("code", null, c.name), ": ", ...join(c.classes.map((x) => el("code", null, x)))]))
        : el("p", { class: "note" }, "No auto class builds it alone."),
      el("h3", null, "Candidates that a rule removed"),
      ...rejected.map((x) => more(x.rule + ": " + x.why, x.ids.map((id) => [link(id)]))),
      rejected.length ? "" : el("p", { class: "note" }, "None."),
      el("p", { class: "note muted" }, a.checked ? `The Hub was asked on ${a.checked}.` : "The Hub was not asked yet.",
        a.truncated ? " It has more candidates than were read." : ""),
    ].filter(Boolean);
  }

  // --- the documentation check ---

  function checkRow(d) {
    const note = (d.now ? ` is now ${d.now}` : "") + (d.declares ? `${d.now ? ", which" : ""} declares ${d.declares}` : "") + (d.reason ? `: ${d.reason}` : "");
    const checked = `checked ${d.checked || "on an unknown day"}${d.revision ? `, at revision ${d.revision.slice(0, 12)}` : ""}`;
    return el("li", null,
      el("div", null, archLink(d.arch), " ", el("a", { class: "muted", href: upstream + d.module, rel: "noopener" }, d.config_class)),
      el("div", null, link(d.id), note, el("small", null, checked)),
      el("div", null, ...(d.instead ? [d.host ? `instead, of ${d.host}: ` : "instead: ", link(d.instead)] : [])));
  }

  function checkView(title, intro, list) {
    return [el("h2", null, title + " ", el("span", { class: "n" }, list.length)), el("p", null, intro),
      ...grouped(list, (d) => d.verdict).flatMap((of) => {
        const v = verdicts.get(of[0].verdict);
        return [el("h3", null, v.title + " ", el("span", { class: "n" }, of.length)), el("p", { class: "muted" }, v.says),
          el("ul", { class: "check" }, ...of.map(checkRow))];
      })];
  }
  $("documentation").append(
    el("p", null, "The documentation of each config class in transformers names a checkpoint. These rows need a look: ",
      "what is documented, what its own config declares, and what to use instead."),
    ...checkView("Wrong", "The documented checkpoint is not one of the architecture.", report.disproved),
    ...checkView("Not confirmed", "Too little is known of these to say that they are right or wrong.", report.unconfirmed));

  // --- the address: #ARCH, #ARCH?FILTERS, #~tasks?FILTERS, #~architectures?FILTERS, #?FILTERS of these, #~documentation ---

  let opened = null, scrolled = 0;
  const titles = { tasks: "Tasks", architectures: "Architectures", documentation: "Documentation check" };
  const detail = $("detail");

  function address(arch) {
    const query = new URLSearchParams(keys.filter((k) => state[k]).map((k) => [k, state[k]])).toString();
    return location.href.split("#")[0] + "#" + (arch ? encodeURIComponent(arch) : "~" + page) + (query ? "?" + query : "");
  }
  const keep = () => history.replaceState(null, "", address(opened && opened.a.arch));
  const go = (arch) => { history.pushState(null, "", address(arch)); arrive(); };
  const closeDetail = () => { if (opened) go(""); };

  function show(r) {
    const before = opened;
    if (before) before.link.removeAttribute("aria-current");
    opened = r;
    document.body.classList.toggle("open", !!r);
    detail.hidden = !r;
    if (!r) {
      if (!wide.matches) scrollTo(0, scrolled);
      before.link.scrollIntoView({ block: "nearest" });
      rove(before);
      before.link.focus({ preventScroll: true });
      return;
    }
    r.link.setAttribute("aria-current", "true");
    rove(r);
    detail.replaceChildren(...detailView(r));
    detail.setAttribute("aria-label", r.a.arch);
    detail.scrollTop = 0;
    measure();
    if (wide.matches) r.link.scrollIntoView({ block: before ? "nearest" : "center" });
    else scrollTo(0, 0);
    detail.querySelector("h2").focus({ preventScroll: true });
  }

  // arrive shows what the address names.
  function arrive() {
    const [name, query] = location.hash.slice(1).split("?");
    let arch = name;
    try { arch = decodeURIComponent(name); } catch { /* shown as it is */ }
    const before = page;
    page = Object.keys(titles).find((name) => arch === "~" + name) || (arch || query !== undefined ? "architectures" : "tasks");
    const named = page === "architectures" && arch !== "~architectures" && arch !== "results" ? arch : "";
    for (const name of Object.keys(titles)) {
      $(name).hidden = name !== page;
      $("to-" + name).toggleAttribute("aria-current", name === page);
      document.body.classList.toggle(name, name === page);
    }
    $("controls").hidden = page === "documentation";
    $("q").placeholder = page === "tasks" ? "text-generation, speech, image…" : "bert, GPT-NeoX, google/gemma…";
    if (query !== undefined) {
      const given = new URLSearchParams(query);
      for (const k of keys) set(k, given.get(k) || "");
    }
    const r = named ? byFold.get(fold(named)) || null : null;
    if (!r && named) set("q", named); // not an architecture: perhaps an id
    if (query !== undefined || page !== before || !r && named) update();
    if (!r && named) keep();
    document.title = (r ? r.a.arch : titles[page]) + " · hfmodels";
    if (r !== opened) show(r);
    if (r) keep();
  }

  function set(k, v) {
    $(k).value = v;
    if ($(k).selectedIndex === -1) $(k).value = ""; // not one of the options
    state[k] = $(k).value;
  }

  // --- input ---

  for (const k of keys) $(k).addEventListener(k === "q" ? "input" : "change", () => { state[k] = $(k).value; update(); keep(); });
  for (const id of ["reset", "reset-too"]) {
    $(id).addEventListener("click", () => { for (const k of ["q", ...filters]) set(k, ""); update(); keep(); $("q").focus(); });
  }
  // What is not a task may be an architecture, a class or an id.
  $("controls").addEventListener("submit", (e) => {
    e.preventDefault();
    if (visible[0]) go(visible[0].a.arch);
    else if (page === "tasks" && $("rankings").children.length === 0 && state.q) location.hash = "#?" + new URLSearchParams({ q: state.q });
  });
  list.addEventListener("click", () => { scrolled = scrollY; });

  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || page === "documentation") return;
    const at = document.activeElement, q = $("q");
    const i = visible.findIndex((r) => r.link === at);
    const to = i + { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (e.key === "/" && !at.matches("input, select")) {
      q.select();
    } else if (e.key === "Escape" && at === q && state.q) {
      set("q", ""); update(); keep();
    } else if (e.key === "Escape" && opened) {
      closeDetail();
    } else if (to === -1 && i === 0) {
      q.focus();
    } else if (visible[to] && (at === document.body || at === q || i >= 0)) {
      rove(visible[to]);
      visible[to].link.focus();
    } else {
      return;
    }
    e.preventDefault();
  });

  addEventListener("hashchange", arrive);
  addEventListener("popstate", arrive);

  // The detail sticks below the controls, whose height the filters change.
  const measure = () => document.documentElement.style.setProperty("--controls", $("controls").offsetHeight + "px");
  const unfold = () => { $("filters").open = wide.matches; };
  addEventListener("resize", measure);
  wide.addEventListener("change", unfold);
  unfold();
  arrive();
  measure();
  document.documentElement.dataset.ready = "true";
})();
