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

  // --- the data, prepared once ---

  const byName = new Map(), byFold = new Map(), holds = new Map();
  const put = (map, key, value) => map.has(key) ? map.get(key).push(value) : map.set(key, [value]);
  const formerOf = new Map(); // present id to former ones
  for (const [old, now] of Object.entries(report.former_ids)) put(formerOf, now, old);

  const tinyOnly = (a, id) => {
    const places = placesOf(a).filter((p) => p.pick.id === id);
    return places.length > 0 && places.every((p) => p.role === "tiny");
  };
  const roleNames = ["default", "open", "small", "tiny"];

  // placesOf lists what was decided: the roles, best first, then the tasks.
  function placesOf(a) {
    const places = [];
    for (const role of roleNames) if (a.roles && a.roles[role]) places.push({ role, pick: a.roles[role] });
    for (const task of Object.keys(a.by_task || {}).sort()) places.push({ task, pick: a.by_task[task] });
    return places;
  }

  const rows = report.archs.map((a) => {
    const ids = new Set();
    for (const m of a.models || []) ids.add(m.id);
    for (const p of placesOf(a)) for (const r of p.pick.runners_up || []) ids.add(r.id);
    if (a.documented) { ids.add(a.documented.id); if (a.documented.now) ids.add(a.documented.now); }
    const former = [];
    for (const id of ids) former.push(...(formerOf.get(id) || []));
    const row = {
      a, folded: fold(a.arch), ids: [...ids].map(lower), former, formerLower: former.map(lower),
      classes: [a.config_class, ...(a.auto_classes || []).flatMap((c) => c.classes)].map(lower),
      models: (a.models || []).filter((m) => !tinyOnly(a, m.id)),
      shown: null, li: null,
    };
    byName.set(a.arch, row);
    byFold.set(row.folded, row);
    if (a.host) put(holds, a.host, a.arch);
    return row;
  });

  // --- words for figures ---

  const unknown = () => el("span", { class: "unknown" }, "unknown");
  function short(n) {
    for (const [size, unit] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
      if (n >= size) return (n / size >= 100 ? Math.round(n / size) : +(n / size).toPrecision(3)) + " " + unit;
    }
    return String(n);
  }
  function bytes(n) {
    for (const [size, unit] of [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
      if (n >= size) return +(n / size).toPrecision(3) + " " + unit;
    }
    return n + " B";
  }
  const weight = (m) => m.bytes || (m.parameters ? 4 * m.parameters : 0); // at most; 0 unknown
  const gatingWords = { no: "no", auto: "yes, granted at once", manual: "yes, by the owner" };
  const hub = (id, ...rest) => report.hub + "/" + [...id.split("/"), ...rest].map(encodeURIComponent).join("/");
  const link = (id, ...rest) => el("a", { class: "id", href: hub(id, ...rest), rel: "noopener" }, id);
  const archLink = (name) => el("a", { href: "#" + encodeURIComponent(name) }, name);
  const join = (list, sep = ", ") => list.flatMap((x, i) => i ? [sep, x] : [x]);

  // --- filters ---

  const filterNames = ["status", "task", "family", "input", "license", "size", "gating", "format"];
  const state = { q: "", sort: "" };
  for (const f of filterNames) state[f] = "";

  function options(select, values, any) {
    select.append(el("option", { value: "" }, any));
    for (const [value, text] of values) select.append(el("option", { value }, text));
  }
  function counted(of) {
    const n = new Map();
    for (const r of rows) for (const v of new Set(of(r))) n.set(v, (n.get(v) || 0) + 1);
    return [...n].sort((x, y) => (x[0] === "") - (y[0] === "") || y[1] - x[1] || (x[0] < y[0] ? -1 : 1))
      .map(([v, c]) => [v || "unknown", (v || "unknown") + " (" + c + ")"]);
  }
  options($("f-status"), counted((r) => [r.a.status]), "any");
  options($("f-task"), counted((r) => r.a.tasks || []).sort((x, y) => x[0] < y[0] ? -1 : 1), "any");
  options($("f-family"), counted((r) => [r.a.family]), "any");
  options($("f-input"), counted((r) => r.a.inputs || [""]), "any");
  options($("f-license"), counted((r) => r.models.map((m) => m.license || "")), "any");
  options($("f-size"), [...report.hardware.map((h) => [h.name, "≤ " + bytes(h.bytes) + ", " + h.name]), ["unknown", "unknown"]], "any");
  options($("f-gating"), [["no", "known to be open"], ["yes", "gated"], ["unknown", "unknown"]], "any");
  options($("f-format"), counted((r) => r.models.flatMap((m) => m.formats || [""])), "any");

  function fits(m) {
    if (state.license && (m.license || "unknown") !== state.license) return false;
    if (state.gating && (m.gated === "no" ? "no" : m.gated ? "yes" : "unknown") !== state.gating) return false;
    if (state.format && !(m.formats || ["unknown"]).includes(state.format)) return false;
    if (state.size === "unknown") return !weight(m);
    if (state.size) {
      const profile = report.hardware.find((h) => h.name === state.size);
      return weight(m) > 0 && (!profile || weight(m) <= profile.bytes);
    }
    return true;
  }

  // choose finds the model of a row that passes all filters of models at once:
  // the task's first, where a task is asked for.
  function choose(r) {
    const a = r.a;
    if (state.status && a.status !== state.status) return false;
    if (state.family && a.family !== state.family) return false;
    if (state.input && !(a.inputs || ["unknown"]).includes(state.input)) return false;
    if (state.task && !(a.tasks || []).includes(state.task)) return false;
    const first = state.task && a.by_task && a.by_task[state.task];
    const models = first ? [r.models.find((m) => m.id === first.id), ...r.models] : r.models;
    r.shown = models.find((m) => m && fits(m)) || null;
    return r.shown !== null || !(state.license || state.gating || state.format || state.size);
  }

  // score ranks how a row matches what is searched: the lower the better, and
  // -1 for not at all.
  function score(r, q, folded) {
    r.via = "";
    if (!q) return 0;
    if (folded && !q.includes("/")) {
      if (r.folded === folded) return 0;
      if (r.folded.startsWith(folded)) return 1;
      if (r.folded.includes(folded)) return 2;
    }
    let i = r.formerLower.findIndex((id) => id === q || (q.length > 2 && id.includes(q)));
    if (i >= 0) r.via = "formerly " + r.former[i];
    if (r.ids.includes(q) || r.formerLower.includes(q) || r.classes.includes(q)) return 3;
    if (r.ids.some((id) => id.includes(q)) || i >= 0) return 4;
    if (q.length > 3 && r.classes.some((c) => c.includes(q))) return 5;
    return -1;
  }

  const lead = (r) => r.shown || (r.a.models || [])[0] || {};
  const last = (v) => v === undefined || v === 0 ? Infinity : v; // the unknown goes last
  const text = (x, y) => x < y ? -1 : x > y ? 1 : 0;
  const orders = {
    "": (x, y) => x.rank - y.rank || (state.q ? x.folded.length - y.folded.length : orders.downloads(x, y)),
    name: () => 0,
    family: (x, y) => text(x.a.family, y.a.family),
    downloads: (x, y) => last(-lead(x).downloads || undefined) - last(-lead(y).downloads || undefined) || 0,
    small: (x, y) => last(lead(x).parameters) - last(lead(y).parameters) || 0,
    large: (x, y) => last(-lead(x).parameters || undefined) - last(-lead(y).parameters || undefined) || 0,
    new: (x, y) => !lead(x).created - !lead(y).created || text(lead(y).created || "", lead(x).created || ""),
    status: (x, y) => ["proven", "hosted", "unproven", "none"].indexOf(x.a.status) - ["proven", "hosted", "unproven", "none"].indexOf(y.a.status),
  };

  // --- the list ---

  const list = $("results");
  function build(r) {
    const a = r.a;
    r.id = el("span", { class: "id" });
    r.parameters = el("span", { class: "num extra" });
    r.license = el("span", { class: "extra" });
    r.gated = el("span", { class: "extra" });
    r.link = el("a", { class: "row", href: "#" + encodeURIComponent(a.arch), tabindex: "-1" },
      el("span", { class: "name" }, a.arch, el("small", null, a.family + (a.part ? ", part of others" : ""))),
      r.id, r.parameters, r.license, r.gated,
      el("span", { class: "status " + a.status }, a.status));
    r.li = el("li", null, r.link);
  }
  function fill(r) {
    const m = r.shown, a = r.a;
    if (r.drawn === m && r.drawnVia === r.via + state.task) return;
    r.drawn = m; r.drawnVia = r.via + state.task;
    const made = a.by_task && a.by_task[state.task];
    const strange = m && state.task && !(m.tasks || []).includes(state.task) && !(made && made.id === m.id);
    const note = r.via || (strange ? (made ? "not made for " + state.task : "no checkpoint made for " + state.task + " is known")
      : a.host ? "answered by " + a.host : "");
    r.id.replaceChildren(m ? m.id : el("span", { class: "unknown" }, "no proven checkpoint"), note ? el("small", null, note) : "");
    const known = (v) => v || unknown();
    r.parameters.replaceChildren(m ? known(m.parameters && short(m.parameters)) : "");
    r.license.replaceChildren(m ? known(m.license) : "");
    r.gated.replaceChildren(m ? known(m.gated && (m.gated === "no" ? "no" : "yes")) : "");
  }

  let visible = [];
  function update() {
    const q = lower(state.q.trim()), folded = fold(q);
    visible = rows.filter((r) => choose(r) && (r.rank = score(r, q, folded)) >= 0);
    visible.sort((x, y) => orders[state.sort](x, y) || text(x.folded, y.folded));
    visible.forEach(fill);
    list.replaceChildren(...visible.map((r) => r.li));
    roving(visible[0]);
    const n = visible.length;
    $("count").textContent = n === rows.length ? n + " architectures" : n + " of " + rows.length + " architectures";
    $("nothing").hidden = n > 0;
    const active = filterNames.filter((f) => state[f]).length;
    $("reset").hidden = !active && !state.q;
    $("active").textContent = active ? " (" + active + ")" : "";
    for (const f of filterNames) $("f-" + f).classList.toggle("set", !!state[f]);
  }

  // Of all rows one can be reached by Tab; the arrows move between them.
  let current = null;
  function roving(r) {
    if (current) current.link.tabIndex = -1;
    current = r || null;
    if (current) current.link.tabIndex = 0;
  }

  // --- the detail ---

  const pairs = (list) => el("dl", { class: "pairs" }, ...list.filter(([, v]) => v !== null && v !== "" && v !== undefined)
    .flatMap(([k, v]) => [el("dt", null, k), el("dd", null, ...(Array.isArray(v) ? v : [v]))]));
  const fact = (name, value) => el("div", null, el("dt", null, name + " "), el("dd", null, value || unknown()));
  const more = (summary, ...children) => el("details", { class: "more" }, el("summary", null, summary), ...children);

  function modelView(a, m) {
    const places = placesOf(a).filter((p) => p.pick.id === m.id);
    const said = new Map(); // reason and tier to the places it holds for
    for (const p of places) put(said, p.pick.reason + "\n" + p.pick.tier, p);
    const runners = new Map();
    for (const p of places) if (p.pick.runners_up) put(runners, JSON.stringify(p.pick.runners_up), p);
    const label = (ps) => ps.map((p) => p.role || p.task).join(", ");
    return el("div", { class: "model" },
      el("p", null, ...places.map((p) => el("span", { class: "badge" + (p.role ? " role" : "") }, p.role || p.task))),
      el("p", null, link(m.id)),
      el("dl", { class: "facts" },
        fact("parameters", m.parameters && short(m.parameters)),
        fact("weights", m.bytes ? bytes(m.bytes) : m.parameters ? "at most " + bytes(weight(m)) : ""),
        fact("licence", m.license), fact("gated", gatingWords[m.gated]),
        fact("formats", (m.formats || []).join(", ")), fact("class", m.head), m.dtype ? fact("type", m.dtype) : "",
        fact("revision", m.revision && el("a", { class: "id", href: hub(m.id, "tree", m.revision), rel: "noopener", title: m.revision }, m.revision.slice(0, 12))),
        fact("created", m.created),
        fact("downloads in 30 days", m.downloads !== undefined ? short(m.downloads) : "")),
      ...[...said.values()].map((ps) => el("p", { class: "because" }, said.size > 1 ? el("span", { class: "muted" }, label(ps) + ": ") : "", ps[0].pick.reason,
        el("span", { class: "muted" }, " — decided by " + ps[0].pick.tier))),
      ...places.filter((p) => p.pick.challenger).map((p) => el("p", { class: "because" }, "Challenged as " + (p.role || p.task) + " since " + p.pick.challenger.since + " by ", link(p.pick.challenger.id), ".")),
      ...places.filter((p) => p.pick.replaced).map((p) => el("p", { class: "because" }, "Before as " + (p.role || p.task) + ": ", link(p.pick.replaced.id), ", until " + p.pick.replaced.rule + ": " + p.pick.replaced.why)),
      ...[...runners.values()].map((ps) => more("Runners-up" + (runners.size > 1 ? " as " + label(ps) : "") + " (" + ps[0].pick.runners_up.length + ")",
        el("ul", null, ...ps[0].pick.runners_up.map((r) => el("li", null, link(r.id), el("br"), "lost at " + r.tier + ": " + r.why))))));
  }

  const verdicts = {
    confirmed: "its config declares the architecture",
    renamed: "its config declares the architecture; the repository has a new name",
    contained: "its config declares what contains the architecture, or answers for it",
    "other-architecture": "disproved: its config declares another architecture",
    "foreign-type": "disproved: its config declares a type that transformers does not have",
    missing: "disproved: the Hub has no such repository, or a private one",
    disabled: "disproved: the Hub has switched it off",
    denied: "denied by the policy",
    "not-recorded": "not confirmed: the recording of the Hub does not have it",
    undeclared: "not confirmed: no model_type is known of it",
    unanswered: "not confirmed: the Hub was not asked, or did not answer",
  };
  function documentedView(d) {
    if (!d) return el("p", { class: "note" }, "The documentation names no checkpoint.");
    return pairs([
      ["Named", [link(d.id)]],
      ["Finding", verdicts[d.verdict] + (d.reason ? ": " + d.reason : "")],
      ["Declares", d.declares ? el("code", null, d.declares) : d.outcome === "found" ? unknown() : ""],
      ["Now", d.now ? [link(d.now)] : ""],
      ["Checked", d.checked || unknown()],
    ]);
  }

  function recipeView(r) {
    if (r.outcome === "none") return el("p", { class: "note" }, "The tiny test does not run it: " + (r.why || "the reason is unknown") + ".");
    return el("p", { class: "note" }, "The tiny test builds ", r.class ? el("code", null, r.class) : "it",
      (r.parameters ? " with " + short(r.parameters) + " parameters and random weights" : "") + ", and runs " +
      (r.outcome === "full" ? "all that it takes in." : "it without " + r.missing.join(" and ") + "."));
  }

  // measurementsView shows what running it showed, the newest first.
  function measurementsView(a) {
    if (!a.measurements) return el("p", { class: "note unknown" }, "It was not measured.");
    const seconds = (s) => s ? +s.toPrecision(2) + " s" : "";
    return el("div", null, ...a.measurements.map((m) => {
      const run = report.runs[m.run];
      return el("div", { class: "model" },
        el("p", null, el("span", { class: "badge" }, m.level), m.outcome + (m.reason ? ": " + m.reason : "")),
        m.model ? el("p", null, link(m.model)) : "",
        el("dl", { class: "facts" },
          m.model ? fact("revision", m.revision && el("span", { class: "id", title: m.revision }, m.revision.slice(0, 12))) : "",
          fact("parameters", m.parameters && short(m.parameters)), fact("load", seconds(m.load_seconds)),
          fact("first forward", seconds(m.first_forward_seconds)), fact("steady forward", seconds(m.steady_forward_seconds)),
          fact("peak memory", m.peak_memory_bytes && bytes(m.peak_memory_bytes))),
        el("p", { class: "note muted" }, run.started.slice(0, 10) + ", " + run.machine.system + " " + run.machine.architecture + ", " + run.machine.cores + " cores, " +
          Object.entries(run.versions).sort().map(([name, v]) => name + " " + v).join(", ")));
    }));
  }

  function rejectedView(a) {
    const n = (a.rejected || []).reduce((sum, r) => sum + r.ids.length, 0);
    if (!n) return el("p", { class: "note" }, "No candidate was turned away by a rule.");
    return el("div", null, ...a.rejected.map((r) => more(r.rule + ": " + r.why + " (" + r.ids.length + ")",
      el("ul", null, ...r.ids.map((id) => el("li", null, link(id)))))));
  }

  // --- snippets ---

  const goName = (s) => s.split(/[-_.]/).map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("");
  const quote = (s) => JSON.stringify(s).replace(/[\u007f-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  const shell = (s) => /^[\w@%+=:,./-]+$/.test(s) ? s : "'" + s.replace(/'/g, "'\\''") + "'";

  const snippets = {
    Go(a, p) {
      const call = p.task ? "DefaultFor(hfmodels." + goName(p.task) + ")" : p.role === "default" ? "Default()" : "Pick(hfmodels." + goName(p.role) + ")";
      return 'package main\n\nimport (\n\t"fmt"\n\n\t"github.com/hfmodels/hfmodels"\n)\n\nfunc main() {\n' +
        "\tif m, ok := hfmodels." + a.go + "." + call + "; ok {\n\t\tfmt.Println(m.ID, m.Revision)\n\t}\n}\n";
    },
    Python(a, p) {
      const m = a.models.find((x) => x.id === p.pick.id);
      const at = m.revision ? ", revision=revision" : "";
      const before = (a.auto_preprocessors || []).map((auto) => [auto.slice(4).replace(/(?!^)[A-Z]/g, "_$&").toLowerCase(), auto]);
      const makes = [...before, p.pick.auto_class ? ["model", p.pick.auto_class] : ["config", "AutoConfig"]];
      return "from transformers import " + [...new Set(makes.map(([, c]) => c))].sort().join(", ") + "\n\n" +
        "name = " + quote(m.id) + "\n" + (m.revision ? "revision = " + quote(m.revision) + "\n" : "# Its revision is not known, so this loads the newest.\n") +
        makes.map(([v, c]) => v + " = " + c + ".from_pretrained(name" + at + ")\n").join("");
    },
    Shell(a, p) {
      const m = a.models.find((x) => x.id === p.pick.id);
      return "hfmodels default " + shell(a.arch) + (p.task ? " --task " + shell(p.task) : p.role === "default" ? "" : " --role " + p.role) + "\n" +
        (m.revision ? "" : "# Its revision is not known, so this fetches the newest.\n") +
        "hf download " + shell(m.id) + (m.revision ? " --revision " + m.revision : "") + "\n";
    },
  };
  let language = "Go";

  function snippetView(a) {
    const places = placesOf(a);
    if (!places.length) return "";
    let place = places[0];
    const code = el("code"), pre = el("pre", { tabindex: "0", role: "tabpanel", id: "code", "aria-label": "Snippet" }, code);
    const tabs = Object.keys(snippets).map((name) => el("button", { type: "button", role: "tab", "aria-controls": "code" }, name));
    const show = () => {
      code.textContent = snippets[language](a, place);
      for (const t of tabs) {
        t.setAttribute("aria-selected", String(t.textContent === language));
        t.tabIndex = t.textContent === language ? 0 : -1;
      }
    };
    tabs.forEach((t, i) => {
      t.addEventListener("click", () => { language = t.textContent; show(); });
      t.addEventListener("keydown", (e) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
        if (!step) return;
        const next = tabs[(i + step + tabs.length) % tabs.length];
        next.click(); next.focus(); e.preventDefault();
      });
    });
    const select = el("select", null, ...places.map((p, i) => el("option", { value: i }, p.role || p.task)));
    select.addEventListener("change", () => { place = places[select.value]; show(); });
    const copy = el("button", { type: "button", id: "copy" }, "Copy");
    copy.addEventListener("click", () => toClipboard(code.textContent, copy));
    show();
    return el("div", { class: "snippet" },
      el("div", { class: "bar" }, el("div", { role: "tablist", "aria-label": "Language" }, ...tabs), el("label", null, "for ", select), copy), pre);
  }

  async function toClipboard(text, button) {
    const was = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = was; }, 1500);
  }

  function detailView(a) {
    const about = [a.family, (a.inputs || []).length ? "takes " + a.inputs.join(", ") : "inputs unknown", a.generates ? "generates sequences" : ""].filter(Boolean).join(" · ");
    const copyLink = el("button", { type: "button" }, "Copy link");
    copyLink.addEventListener("click", () => toClipboard(location.href.split("#")[0] + "#" + encodeURIComponent(a.arch), copyLink));
    const close = el("button", { type: "button", "aria-label": "Close", title: "Close (Esc)" }, "✕");
    close.addEventListener("click", closeDetail);
    const models = a.models || [];
    const pre = Object.entries(a.preprocessors || {}).sort();
    return [
      el("header", null,
        el("h2", { tabindex: "-1" }, a.arch), el("div", { class: "actions" }, copyLink, close),
        el("p", { class: "about" }, el("span", { class: "status " + a.status }, a.status), " · " + about)),
      a.why ? el("p", { class: "why " + a.status }, a.host ? el("b", null, "Answered by ", archLink(a.host), ". ") : "", a.why + ".") : "",
      models.length ? el("div", { class: "lead" }, modelView(a, models[0])) : el("p", { class: "note lead" }, "No checkpoint is proven, so none is returned."),
      snippetView(a),
      models.length > 1 ? el("h3", null, "Other checkpoints") : "",
      models.length > 1 ? el("div", null, ...models.slice(1).map((m) => modelView(a, m))) : "",
      a.owner ? el("p", { class: "note muted" }, "Taken for its maker: " + a.owner + ", which " + a.owner_why + ".") : "",
      el("h3", null, "Documentation of transformers"), documentedView(a.documented),
      el("h3", null, "Classes"),
      pairs([
        ["Config", el("code", null, a.config_class)],
        ["Alias of", a.alias_of ? archLink(a.alias_of) : ""],
        ["Part of", a.parents ? join(a.parents.map(archLink)) : ""],
        ["Answers for", holds.has(a.arch) ? join(holds.get(a.arch).map(archLink)) : ""],
        ...pre.map(([kind, c]) => [kind.charAt(0).toUpperCase() + kind.slice(1).replace("_", " "), el("code", null, c)]),
        ["Tasks", (a.tasks || []).join(", ") || "none"],
      ]),
      a.auto_classes ? more("Auto classes (" + a.auto_classes.length + ")",
        el("ul", null, ...a.auto_classes.map((c) => el("li", null, el("code", null, c.name), ": ", ...join(c.classes.map((x) => el("code", null, x))))))) : el("p", { class: "note" }, "No auto class builds it alone."),
      el("h3", null, "Tiny test"), recipeView(a.recipe),
      el("h3", { id: "measurements" }, "Measurements"), measurementsView(a),
      el("h3", null, "Turned away"), rejectedView(a),
      el("p", { class: "note muted" }, a.checked ? "The Hub was asked on " + a.checked + (a.truncated ? "; it has more candidates than were read." : ".") : "The Hub was not asked yet."),
    ].filter(Boolean);
  }

  // --- where we are: #ARCH, #ARCH?filters, #~charts ---

  let opened = null, scrolled = 0;
  const detail = $("detail");

  function hash(arch) {
    const p = new URLSearchParams();
    for (const k of ["q", "sort", ...filterNames]) if (state[k]) p.set(k, state[k]);
    const query = p.toString();
    return (arch ? encodeURIComponent(arch) : "") + (query ? "?" + query : "");
  }
  const address = (arch) => location.href.split("#")[0] + (hash(arch) ? "#" + hash(arch) : "");
  const keep = () => history.replaceState(null, "", address(opened && opened.a.arch));

  function closeDetail() {
    if (!opened) return;
    history.pushState(null, "", address(""));
    arrive();
  }

  function show(r) {
    if (opened) opened.link.removeAttribute("aria-current");
    const before = opened;
    opened = r;
    document.body.classList.toggle("open", !!r);
    detail.hidden = !r;
    if (!r) {
      detail.replaceChildren();
      if (!before) return;
      if (!wide.matches) scrollTo(0, scrolled);
      before.link.scrollIntoView({ block: "nearest" });
      roving(before);
      before.link.focus({ preventScroll: true });
      return;
    }
    r.link.setAttribute("aria-current", "true");
    roving(r);
    detail.replaceChildren(...detailView(r.a));
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
    try { arch = decodeURIComponent(name); } catch { /* as it is */ }
    if (query !== undefined) {
      const p = new URLSearchParams(query);
      for (const k of ["q", "sort", ...filterNames]) set(k, p.get(k) || "");
      update();
    }
    const charts = arch === "~charts";
    $("charts").hidden = !charts;
    $("catalogue").hidden = charts;
    $("to-charts").toggleAttribute("aria-current", charts);
    $("to-catalogue").toggleAttribute("aria-current", !charts);
    const r = charts || !arch ? null : byFold.get(fold(arch));
    if (!r && arch && !charts && arch !== "results") { // no architecture: perhaps an id
      set("q", arch);
      update();
      keep();
    }
    document.title = (r ? r.a.arch + " · " : charts ? "Charts · " : "") + "hfmodels";
    if (r !== opened) show(r);
    if (r) keep();
  }

  function set(k, v) {
    const input = k === "q" ? $("q") : k === "sort" ? $("sort") : $("f-" + k);
    input.value = v;
    state[k] = input.value; // a select has no value that is no option
    if (input.selectedIndex === -1) input.value = state[k] = "";
  }

  // --- hands on ---

  $("q").addEventListener("input", () => { state.q = $("q").value; update(); keep(); });
  $("sort").addEventListener("change", () => { state.sort = $("sort").value; update(); keep(); });
  for (const f of filterNames) $("f-" + f).addEventListener("change", () => { state[f] = $("f-" + f).value; update(); keep(); });
  const reset = () => { for (const k of ["q", ...filterNames]) set(k, ""); update(); keep(); $("q").focus(); };
  $("reset").addEventListener("click", reset);
  $("reset-too").addEventListener("click", reset);
  $("controls").addEventListener("submit", (e) => { e.preventDefault(); if (visible[0]) location.hash = hash(visible[0].a.arch); });
  list.addEventListener("click", () => { scrolled = scrollY; });
  $("to-catalogue").addEventListener("click", (e) => { e.preventDefault(); history.pushState(null, "", address("")); arrive(); });

  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || $("catalogue").hidden) return;
    const at = document.activeElement;
    const typing = at.matches("input, select, textarea");
    if (e.key === "/" && !typing) { $("q").focus(); $("q").select(); e.preventDefault(); return; }
    if (e.key === "Escape") {
      if (at === $("q") && state.q) { set("q", ""); update(); keep(); e.preventDefault(); } else if (opened) { closeDetail(); e.preventDefault(); }
      return;
    }
    const i = visible.findIndex((r) => r.link === at);
    const free = at === document.body || at === $("q") || i >= 0;
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: i >= 0 ? 0 : null, End: i >= 0 ? visible.length - 1 : null, PageDown: i >= 0 ? Math.min(i + 10, visible.length - 1) : null, PageUp: i >= 0 ? Math.max(i - 10, 0) : null }[e.key];
    if (to === undefined || to === null || !free) return;
    if (at === $("q") && e.key === "ArrowUp") return;
    e.preventDefault();
    if (to < 0) { $("q").focus(); return; }
    if (!visible[to]) return;
    roving(visible[to]);
    visible[to].link.focus();
  });

  addEventListener("hashchange", arrive);
  addEventListener("popstate", arrive);

  // The detail sticks below the controls, whose height the filters change.
  const measure = () => document.documentElement.style.setProperty("--controls", $("controls").offsetHeight + "px");
  addEventListener("resize", measure);
  const unfold = () => { $("filters").open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();

  rows.forEach(build);
  update();
  arrive();
  measure();
  document.documentElement.dataset.ready = "true";
})();
