package choose

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// What fills a place.
func TestPlaces(t *testing.T) {
	sst2 := []change{head("BertForSequenceClassification"), pipeline("text-classification")}
	tag := func(task string) []change { return []change{head(), pipeline(task)} }
	for _, test := range []struct {
		name  string
		hub   func(*world)
		place string // a role, or else a task
		want  string // "" none
	}{
		{"open is the default where that is ungated", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-small", parameters(1e6)) }, "open", "Maker/bert-base"},
		{"unknown gating is not open", func(w *world) { w.add("Maker/bert-base", gated("")) }, "open", ""},
		{"open is another of the owner's", func(w *world) { w.add("Maker/bert-base", gated("auto")).add("Maker/bert-v2", gated("no")) }, "open", "Maker/bert-v2"},
		{"a stranger's cannot stand for it", func(w *world) { w.add("Maker/bert-base", gated("auto")).add("me/bert", downloads(1e9)) }, "open", ""},
		{"small is smaller", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-small", parameters(30e6)) }, "small", "Maker/bert-small"},
		{"small may be the default", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-large", parameters(340e6)) }, "small", "Maker/bert-base"},
		{"nothing is smaller than an unknown size", func(w *world) { w.add("Maker/bert-base", parameters(0)).add("Maker/bert-small", parameters(30e6)) }, "small", ""},
		{"an unknown size is not small", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-small", parameters(0)) }, "small", "Maker/bert-base"},
		{"the largest small size is small", func(w *world) {
			w.add("Maker/bert-base", parameters(6e9)).add("Maker/bert-small", parameters(smallParameters))
		}, "small", "Maker/bert-small"},
		{"billions are not small", func(w *world) { w.add("Maker/bert-base", parameters(70e9)).add("Maker/bert-7B", parameters(7e9)) }, "small", ""},
		{"a stranger's is not small", func(w *world) { w.add("Maker/bert-base").add("me/bert-small", parameters(1e6)) }, "small", "Maker/bert-base"},
		{"another head is another kind", func(w *world) {
			w.add("Maker/bert-base").add("Maker/bert-small", parameters(1e6), head("BertForSequenceClassification"))
		}, "small", "Maker/bert-base"},
		{"of unknown class, the task shows the kind", func(w *world) {
			w.add("Maker/bert-base", pipeline("fill-mask")).add("Maker/mini", parameters(30e6), head(), pipeline("fill-mask"))
		}, "small", "Maker/mini"},
		{"of unknown class, the name shows the kind", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-mini", parameters(30e6), head()) }, "small", "Maker/bert-mini"},
		{"of unknown class, nothing shows the kind", func(w *world) { w.add("Maker/bert-base").add("Maker/mini", parameters(30e6), head()) }, "small", "Maker/bert-base"},
		{"of unknown class, the task of one shows nothing", func(w *world) {
			w.add("Maker/bert-base", pipeline("fill-mask")).add("Maker/mini", parameters(30e6), head())
		}, "small", "Maker/bert-base"},
		{"a special model is not small", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-clinical", parameters(1e6)) }, "small", "Maker/bert-base"},
		{"tiny is a stub", func(w *world) { w.add("Maker/bert-base").add("stubs/tiny-random-bert") }, "tiny", "stubs/tiny-random-bert"},
		{"a test that is not known to be random", func(w *world) { w.add("me/test-bert") }, "tiny", ""},
		{"no stub is a default", func(w *world) { w.add("stubs/tiny-random-bert", downloads(1e9)) }, "default", ""},
		{"the default where it is made for the task", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-large", downloads(15_999)) }, "fill-mask", "Maker/bert-base"},
		{"the pipeline's own default", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-b", sst2...).add("Known/bert-sst2", sst2...) }, "text-classification", "Known/bert-sst2"},
		{"a ranker has the head, and classifies nothing", func(w *world) {
			w.add("Maker/bert-base").add("Known/bert-reranker", append(sst2, downloads(1e9))...).add("Known/msmarco-bert", sst2...)
		}, "text-classification", ""},
		{"the tag says that it knows inference", func(w *world) {
			w.add("Maker/bert-base").add("Known/a", head("BertForSequenceClassification"), pipeline("zero-shot-classification"))
		}, "zero-shot-classification", "Known/a"},
		{"a stranger's that few use", func(w *world) { w.add("Maker/bert-base").add("me/a", append(sst2, downloads(999))...) }, "text-classification", ""},
		{"a stranger's that many use", func(w *world) { w.add("Maker/bert-base").add("me/a", append(sst2, downloads(1000))...) }, "text-classification", "me/a"},
		{"a stranger's for one language", func(w *world) { w.add("Maker/bert-base").add("me/a", append(sst2, languages("de"))...) }, "text-classification", ""},
		{"a head, though its card names another task that the head serves", func(w *world) {
			w.add("Maker/bert-base").add("Known/bert-nli", head("BertForSequenceClassification"), pipeline("zero-shot-classification"))
		}, "text-classification", "Known/bert-nli"},
		{"of two, the one whose card names the task", func(w *world) {
			w.add("Maker/bert-base").add("Known/bert-twitter", sst2...).
				add("Known/bert-nli", head("BertForSequenceClassification"), pipeline("zero-shot-classification"), downloads(1e9))
		}, "text-classification", "Known/bert-twitter"},
		{"another language than the architecture's one", func(w *world) {
			w.add("Maker/bert-base", languages("fr")).add("Known/a", append(sst2, languages("it"), downloads(1e9))...).add("Known/b", append(sst2, languages("fr", "en"))...)
		}, "text-classification", "Known/b"},
		{"an unknown size does not lose", func(w *world) {
			w.add("Maker/bert-base").add("Known/a", append(sst2, parameters(0), downloads(2048))...).add("Known/b", append(sst2, parameters(30e6))...)
		}, "text-classification", "Known/a"},
		{"one language where the architecture has one", func(w *world) {
			w.add("Maker/bert-base", languages("de")).add("me/a", append(sst2, languages("de"))...)
		}, "text-classification", "me/a"},
		{"a draft head is not a model, even of a giant", func(w *world) {
			w.add("Maker/bert-base", parameters(691e9)).add("Maker/bert-EAGLE3", parameters(1e9))
		}, "default", "Maker/bert-base"},
		{"a class that is spelled otherwise", func(w *world) { w.add("Maker/bert-base", head("bertForMaskedLm")).add("Maker/bert-b") }, "default", "Maker/bert-base"},
		{"PT is PyTorch, not Portuguese", func(w *world) { w.add("Known/bert-PT", downloads(2000)).add("Known/bert-b") }, "default", "Known/bert-PT"},
		{"another framework's copy is not small", func(w *world) {
			w.add("Maker/bert-base-PT").add("Maker/bert-0.3B-Paddle", parameters(30e6)).add("Maker/bert-base")
		}, "small", "Maker/bert-base"},
		{"a reranker extracts no features", func(w *world) {
			w.add("Maker/bert-base").add("Known/bge-reranker", tag("feature-extraction")...).add("Known/b", tag("text-ranking")...)
		}, "feature-extraction", ""},
		{"a stranger whom few use is not the default", func(w *world) {
			w.add("me/bert-base", downloads(999)).add("Known/b-finetuned", downloads(1))
		}, "default", "Known/b-finetuned"},
		{"of two about as small the owner's", func(w *world) {
			w.add("Maker/bert-base", parameters(120e6)).add("Known/bert-a", parameters(119e6))
		}, "small", "Maker/bert-base"},
		{"half as small is smaller", func(w *world) {
			w.add("Maker/bert-base", parameters(120e6)).add("Known/bert-a", parameters(60e6))
		}, "small", "Known/bert-a"},
	} {
		w := newWorld(t, "")
		test.hub(w)
		if got := w.place(test.place).ID; got != test.want {
			t.Errorf("%s: %s is %q, want %q", test.name, test.place, got, test.want)
		}
	}
}

func TestDocumented(t *testing.T) {
	for _, test := range []struct {
		name    string
		doc     string // "" for Maker/bert-base
		hub     func(*world)
		want    string
		verdict string
		owner   string
	}{
		{"proven", "", func(w *world) { w.add("Maker/bert-base").add("me/bert", downloads(1e9)) }, "Maker/bert-base", "proven", "Maker"},
		{"another architecture's", "", func(w *world) { w.add("Maker/bert-base", modelType("llama")).add("Maker/bert-large") }, "Maker/bert-large", "its config.model_type is llama", "Maker"},
		{"no model type", "", func(w *world) { w.add("Maker/bert-base", modelType("")).add("me/bert") }, "me/bert", "its config states no model_type", ""},
		{"another architecture's class", "", func(w *world) {
			w.others(data.Arch{ModelType: "llama", AutoClass: []data.AutoClass{{Name: "AutoModel", Classes: []string{"LlamaModel"}}}})
			w.add("Maker/bert-base", head("LlamaModel"))
		}, "Maker/bert-base", "proven", "Maker"},
		{"a renamed class", "", func(w *world) { w.add("Maker/bert-base", head("BERTLMHead")) }, "Maker/bert-base", "proven", "Maker"},
		{"gone", "", func(w *world) { w.add("Maker/bert-base").remove("Maker/bert-base").add("me/bert") }, "me/bert", "not on the Hub", ""},
		{"gone, and its namesake known", "", func(w *world) {
			w.add("Maker/bert-base").remove("Maker/bert-base").add("Known/bert-base", downloads(1)).add("Known/bert-large", downloads(15))
		}, "Known/bert-base", "not on the Hub; Known/bert-base bears its name; used less than Known/bert-large", "Known"},
		{"a porter's copy", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base").add("Known/bert-large")
		}, "Known/bert-large", "proven, but porter holds copies only, and Known publishes its own", "Known"},
		{"a porter's copy of the same name", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base").add("Known/bert-base", downloads(1)).add("Known/bert-large", downloads(15))
		}, "Known/bert-base", "proven; Known publishes the same model; used less than Known/bert-large", "Known"},
		{"a stub", "stubs/bert", func(w *world) { w.add("stubs/bert").add("me/bert") }, "me/bert", "proven, but unfit: made for tests, with random weights", ""},
		{"a conversion beside it", "", func(w *world) {
			w.add("Maker/bert-base", downloads(1e9)).add("Maker/bert-base-hf", downloads(1))
		}, "Maker/bert-base-hf", "proven; Maker/bert-base-hf is its conversion", "Maker"},
		{"a conversion of what needs its own code", "", func(w *world) {
			w.add("Maker/bert-base", modelType("chatbert")).add("Maker/bert-base-hf", downloads(1)).add("Maker/bert-large", downloads(15))
		}, "Maker/bert-base-hf", "its config.model_type is chatbert; Maker/bert-base-hf is its conversion; used less than Maker/bert-large", "Maker"},
		{"a conversion whose sibling people use", "", func(w *world) {
			w.add("Maker/bert-base", modelType("chatbert")).add("Maker/bert-base-hf", downloads(1)).add("Maker/bert-large", downloads(16))
		}, "Maker/bert-large", "its config.model_type is chatbert; Maker/bert-base-hf is its conversion; people use Maker/bert-large", "Maker"},
		{"not asked yet", "", func(w *world) { w.add("me/bert") }, "me/bert", "not asked yet", ""},
		{"not in a recording", "", func(w *world) {
			w.state.Lock = &data.Lock{Recorded: "2026-08-22"}
			w.add("me/bert").facts.Documented = &data.Documented{Asked: "Maker/bert-base", Outcome: data.Missing}
		}, "me/bert", "not on the recorded Hub", ""},
		{"unreachable", "", func(w *world) {
			w.add("me/bert").facts.Documented = &data.Documented{Asked: "Maker/bert-base", Outcome: data.Unreachable}
		}, "me/bert", "not asked yet", ""},
		{"disabled", "", func(w *world) {
			w.add("me/bert").facts.Documented = &data.Documented{Asked: "Maker/bert-base", Outcome: data.Disabled}
		}, "me/bert", "disabled by the Hub", ""},
		{"a stranger's, and a namesake four times as popular", "me/bert-base", func(w *world) {
			w.add("me/bert-base", downloads(1000)).add("Known/bert-base", downloads(4000))
		}, "me/bert-base", "proven", "me"},
		{"a stranger's, and a namesake more than that", "me/bert-base", func(w *world) {
			w.add("me/bert-base", downloads(1000)).add("Known/bert-base", downloads(4001))
		}, "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a stranger's of unknown popularity, and a namesake that nobody loads", "me/bert-base", func(w *world) {
			w.add("me/bert-base", downloads(-1)).add("Known/bert-base", downloads(0))
		}, "me/bert-base", "proven", "me"},
		{"a known publisher's, and a namesake more popular", "", func(w *world) {
			w.add("Maker/bert-base").add("Known/bert-base", downloads(1e9))
		}, "Maker/bert-base", "proven", "Maker"},
		{"a copy, and two namesakes", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base").add("Known/bert-base", downloads(10)).add("Maker/bert-base", downloads(11))
		}, "Maker/bert-base", "proven; Maker publishes the same model", "Maker"},
		{"a copy, and two namesakes, the first more popular", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base").add("Known/bert-base", downloads(11)).add("Maker/bert-base", downloads(10))
		}, "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a copy, and two namesakes as popular", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base").add("Known/bert-base").add("Maker/bert-base")
		}, "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a copy, and a publisher that only derived", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base").add("Known/bert-x", base("finetune", "me/bert"))
		}, "porter/bert-base", "proven", "porter"},
		{"a giant, and the largest that is not one", "", func(w *world) {
			w.add("Maker/bert-base", parameters(4*giantParameters)).add("Maker/bert-small", parameters(giantParameters))
		}, "Maker/bert-small", "proven, but a giant of 400B parameters where Maker has 100B", "Maker"},
		{"as large as can be without being a giant", "", func(w *world) {
			w.add("Maker/bert-base", parameters(giantParameters)).add("Maker/bert-small", parameters(1e9))
		}, "Maker/bert-base", "proven", "Maker"},
		{"a giant, and a quarter of it", "", func(w *world) {
			w.add("Maker/bert-base", parameters(200e9)).add("Maker/bert-small", parameters(50e9))
		}, "Maker/bert-small", "proven, but a giant of 200B parameters where Maker has 50B", "Maker"},
		{"a giant, and a little more than a quarter", "", func(w *world) {
			w.add("Maker/bert-base", parameters(200e9)).add("Maker/bert-small", parameters(50e9+1))
		}, "Maker/bert-base", "proven", "Maker"},
		{"a giant, and another that is a giant still", "", func(w *world) {
			w.add("Maker/bert-base", parameters(4*giantParameters+4)).add("Maker/bert-small", parameters(giantParameters+1))
		}, "Maker/bert-base", "proven", "Maker"},
		{"a giant, and one of unknown size", "", func(w *world) {
			w.add("Maker/bert-base", parameters(200e9)).add("Maker/bert-small", parameters(0))
		}, "Maker/bert-base", "proven", "Maker"},
	} {
		w := newWorld(t, "")
		w.arch.Documented = cmp.Or(test.doc, "Maker/bert-base")
		test.hub(w)
		got := w.bert()
		if id := got.Roles[data.RoleDefault].ID; id != test.want || got.Documented != test.verdict || got.Owner != test.owner {
			t.Errorf("%s: default %s, documented %q, owner %s; want %s, %q, %s", test.name, id, got.Documented, got.Owner, test.want, test.verdict, test.owner)
		}
	}
}

// others adds architectures around bert.
func (w *world) others(archs ...data.Arch) *world {
	w.state.Catalog.Archs = append(w.state.Catalog.Archs, archs...)
	slices.SortFunc(w.state.Catalog.Archs, func(a, b data.Arch) int { return strings.Compare(a.ModelType, b.ModelType) })
	for i := range w.state.Catalog.Archs {
		if a := &w.state.Catalog.Archs[i]; a.ModelType == "bert" {
			w.arch = a
		} else if w.state.Facts[a.ModelType] == nil {
			w.state.Facts[a.ModelType] = &data.Facts{Arch: a.ModelType}
		}
	}
	return w
}

func TestHosted(t *testing.T) {
	documented := func(w *world, arch, id, modelType string) {
		w.state.Facts[arch].Documented = &data.Documented{
			Asked: id, Outcome: data.Found,
			Model: &data.Model{ID: id, Author: strings.Split(id, "/")[0], ModelType: modelType},
		}
	}
	donut := func(open bool) func(*world) {
		return func(w *world) {
			w.arch.OpenParts = open
			w.add("Maker/donut")
			documented(w, "swin", "Maker/donut", "bert")
		}
	}
	for _, test := range []struct {
		name   string
		arch   data.Arch
		hub    func(*world)
		status data.Status
		want   string
	}{
		{"a part", data.Arch{ModelType: "bert_text", Part: true, Parents: []string{"bert"}}, nil, data.Hosted, "Maker/bert-base"},
		{
			"a part that strangers cut out",
			data.Arch{ModelType: "bert_text", ConfigClass: "BertTextConfig", Part: true, Parents: []string{"bert"}, Documented: "Maker/bert-base"},
			func(w *world) { w.add("me/bert-text", modelType("bert_text"), head(), downloads(1e9)) }, data.Hosted, "Maker/bert-base",
		},
		{
			"a part that its owner publishes",
			data.Arch{ModelType: "bert_text", ConfigClass: "BertTextConfig", Part: true, Parents: []string{"bert"}, Documented: "Maker/bert-base"},
			func(w *world) { w.add("Maker/bert-text", modelType("bert_text"), head()) }, data.Proven, "Maker/bert-text",
		},
		{
			"a part whose owner is called otherwise now",
			data.Arch{ModelType: "bert_text", ConfigClass: "BertTextConfig", Part: true, Parents: []string{"bert"}, Documented: "Maker-old/bert-base"},
			func(w *world) {
				documented(w, "bert_text", "Maker/bert-base", "bert")
				w.add("Maker/bert-text", modelType("bert_text"), head())
			}, data.Proven, "Maker/bert-text",
		},
		{"another spelling", data.Arch{ModelType: "Bert2", ConfigClass: "BertConfig", AliasOf: "bert"}, nil, data.Hosted, "Maker/bert-base"},
		{
			"a checkpoint that bears its name under another type",
			data.Arch{ModelType: "layoutbert", Documented: "Maker/layoutbert-base"},
			func(w *world) {
				w.add("Maker/layoutbert-base", downloads(1))
				documented(w, "layoutbert", "Maker/layoutbert-base", "bert")
			}, data.Hosted, "Maker/layoutbert-base",
		},
		{
			"an extension of the type that is documented",
			data.Arch{ModelType: "bert_tracker", Documented: "Maker/bert-base"},
			func(w *world) { documented(w, "bert_tracker", "Maker/bert-base", "bert") }, data.Hosted, "Maker/bert-base",
		},
		{
			"all of its parts are the host's",
			data.Arch{ModelType: "video", Components: map[string]string{"text_config": "bert_text"}, Documented: "Maker/bert-base"},
			func(w *world) {
				w.arch.Components = map[string]string{"text_config": "bert_text"}
				documented(w, "video", "Maker/bert-base", "bert")
			}, data.Hosted, "Maker/bert-base",
		},
		{
			"a part that nobody knows",
			data.Arch{ModelType: "video", Components: map[string]string{"text_config": ""}, Documented: "Maker/bert-base"},
			func(w *world) {
				w.arch.Components = map[string]string{"text_config": ""}
				documented(w, "video", "Maker/bert-base", "bert")
			}, data.Unproven, "",
		},
		{
			"another architecture's checkpoint, documented by mistake",
			data.Arch{ModelType: "segformer", Documented: "Maker/bert-base"},
			func(w *world) { documented(w, "segformer", "Maker/bert-base", "bert") }, data.Unproven, "",
		},
		{
			"another spelling, by what bears its name",
			data.Arch{ModelType: "superbert", ConfigClass: "BertConfig", AliasOf: "bert"},
			func(w *world) { w.add("me/superbert-base", downloads(1)) }, data.Hosted, "me/superbert-base",
		},
		{
			"of two that contain a part, the one of its module",
			data.Arch{ModelType: "towel", Module: "zbert", Part: true, Parents: []string{"abert", "zbert"}},
			func(w *world) {
				w.others(data.Arch{ModelType: "abert", ConfigClass: "BertConfig", Module: "abert"}, data.Arch{ModelType: "zbert", ConfigClass: "BertConfig", Module: "zbert"})
				w.add("me/abert", modelType("abert")).add("me/zbert", modelType("zbert"))
			}, data.Hosted, "me/zbert",
		},
		{"an encoder beside open parts", data.Arch{ModelType: "swin", Documented: "Maker/donut"}, donut(true), data.Hosted, "Maker/donut"},
		{"an encoder beside closed parts", data.Arch{ModelType: "swin", Documented: "Maker/donut"}, donut(false), data.Unproven, ""},
		{
			"a part of something else beside open parts",
			data.Arch{ModelType: "swin", Documented: "Maker/donut", Parents: []string{"other"}},
			donut(true), data.Unproven, "",
		},
		{"documented, and not on the Hub", data.Arch{ModelType: "newest", Documented: "Maker/newest"}, nil, data.Unproven, ""},
		{"not even documented", data.Arch{ModelType: "newest"}, nil, data.None, ""},
	} {
		w := newWorld(t, "").others(test.arch)
		w.add("Maker/bert-base")
		if test.hub != nil {
			test.hub(w)
		}
		got := w.choose()[test.arch.ModelType]
		if id := got.Roles[data.RoleDefault].ID; got.Status != test.status || id != test.want {
			t.Errorf("%s: %s, default %q, want %s, %q (why: %s)", test.name, got.Status, id, test.status, test.want, got.Why)
		}
		if got.Status != data.Proven && got.Why == "" {
			t.Errorf("%s: no reason is given for the status", test.name)
		}
	}
}

// A checkpoint saved under the other spelling loads the same config class, and
// so proves the architecture. An alias with a config class of its own is another
// architecture, also beside one that is only another spelling.
func TestOtherSpellings(t *testing.T) {
	for modelType, want := range map[string]data.Status{"BertModel": data.Proven, "bertish": data.Unproven} {
		w := newWorld(t, "").others(
			data.Arch{ModelType: "BertModel", ConfigClass: "BertConfig", Module: "bert", AliasOf: "bert"},
			data.Arch{ModelType: "bertish", ConfigClass: "BertishConfig", Module: "bert", AliasOf: "bert"},
		)
		w.state.Facts[modelType].Candidates = []data.Model{{ID: "me/bert", Author: "me", ModelType: modelType}}
		if got := w.bert(); got.Status != want {
			t.Errorf("saved as %s, bert is %s by %q", modelType, got.Status, got.Roles[data.RoleDefault].ID)
		}
	}
}

// A documented checkpoint that is proven and unfit is told as what it is.
func TestWhyUnproven(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base", func(c *data.Model, _ *data.Counters) { c.Private = true })
	if got := w.bert(); got.Why != "the documented checkpoint is proven, but unfit: private" {
		t.Errorf("why: %s", got.Why)
	}
}

func TestPolicy(t *testing.T) {
	for policy, want := range map[string]string{
		"pins:\n  - {arch: bert, role: default, id: me/bert-x, reason: because}\n": "me/bert-x",
		"pins:\n  - {arch: bert, role: default, id: ME/BERT-X, reason: case}\n":    "me/bert-x",
		"pins:\n  - {arch: bert, role: default, id: BERT-x, reason: former}\n":     "me/bert-x",
		"deny:\n  - {id: Maker/bert-base, reason: because}\n":                      "Maker/bert-large",
		"deny:\n  - {id: maker/BERT-base, reason: case}\n":                         "Maker/bert-large",
		"deny:\n  - {id: bert-Base, reason: former}\n":                             "Maker/bert-large",
		"prefer: {organizations: [me]}\n":                                          "me/bert-x",
		"prefer: {organizations: [me, Known], languages: [de]}\n":                  "me/bert-x",
		"prefer: {languages: [de]}\n":                                              "Known/bert-german",
	} {
		w := newWorld(t, policy).add("Maker/bert-base", gated("auto")).add("Maker/bert-large").add("me/bert-x").
			add("Known/bert-german", languages("de"), parameters(40e6))
		w.state.Aliases = data.Aliases{"bert-base": "Maker/bert-base", "bert-x": "me/bert-x"}
		if got := w.place("default").ID; got != want {
			t.Errorf("%s: the default is %s, want %s", policy, got, want)
		}
	}
}
