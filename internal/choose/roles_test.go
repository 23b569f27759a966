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
	for _, test := range []struct {
		name, hub string
		place     string // a role, or else a task
		want      string // "" none
	}{
		{"open is the default where that is ungated", "Maker/bert-base; Maker/bert-small size=1e6", "open", "Maker/bert-base"},
		{"unknown gating is not open", "Maker/bert-base gated=", "open", ""},
		{"open is another of the owner's", "Maker/bert-base gated=auto; Maker/bert-v2 gated=no", "open", "Maker/bert-v2"},
		{"a stranger's cannot stand for it", "Maker/bert-base gated=auto; me/bert use=1e9", "open", ""},
		{"small is smaller", "Maker/bert-base; Maker/bert-small size=30e6", "small", "Maker/bert-small"},
		{"small may be the default", "Maker/bert-base; Maker/bert-large size=340e6", "small", "Maker/bert-base"},
		{"nothing is smaller than an unknown size", "Maker/bert-base size=0; Maker/bert-small size=30e6", "small", ""},
		{"an unknown size is not small", "Maker/bert-base; Maker/bert-small size=0", "small", "Maker/bert-base"},
		{"the largest small size is small", "Maker/bert-base size=6e9; Maker/bert-small size=5e9", "small", "Maker/bert-small"},
		{"billions are not small", "Maker/bert-base size=70e9; Maker/bert-7B size=7e9", "small", ""},
		{"a stranger's is not small", "Maker/bert-base; me/bert-small size=1e6", "small", "Maker/bert-base"},
		{"another head is another kind", "Maker/bert-base; Maker/bert-small size=1e6 head=BertForSequenceClassification", "small", "Maker/bert-base"},
		{"of unknown class, the task shows the kind", "Maker/bert-base task=fill-mask; Maker/mini size=30e6 head= task=fill-mask", "small", "Maker/mini"},
		{"of unknown class, the name shows the kind", "Maker/bert-base; Maker/bert-mini size=30e6 head=", "small", "Maker/bert-mini"},
		{"of unknown class, nothing shows the kind", "Maker/bert-base; Maker/mini size=30e6 head=", "small", "Maker/bert-base"},
		{"of unknown class, the task of one shows nothing", "Maker/bert-base task=fill-mask; Maker/mini size=30e6 head=", "small", "Maker/bert-base"},
		{"a special model is not small", "Maker/bert-base; Maker/bert-clinical size=1e6", "small", "Maker/bert-base"},
		{"tiny is a stub", "Maker/bert-base; stubs/tiny-random-bert", "tiny", "stubs/tiny-random-bert"},
		{"a test that is not known to be random", "me/test-bert", "tiny", ""},
		{"no stub is a default", "stubs/tiny-random-bert use=1e9", "default", ""},
		{"the default where it is made for the task", "Maker/bert-base; Maker/bert-large use=15999", "fill-mask", "Maker/bert-base"},
		{"the pipeline's own default", "Maker/bert-base; Maker/bert-b sst2; Known/bert-sst2 sst2", "text-classification", "Known/bert-sst2"},
		{"a ranker has the head, and classifies nothing", "Maker/bert-base; Known/bert-reranker sst2 use=1e9; Known/msmarco-bert sst2", "text-classification", ""},
		{"the tag says that it knows inference", "Maker/bert-base; Known/a nli", "zero-shot-classification", "Known/a"},
		{"a stranger's that few use", "Maker/bert-base; me/a sst2 use=999", "text-classification", ""},
		{"a stranger's that many use", "Maker/bert-base; me/a sst2 use=1000", "text-classification", "me/a"},
		{"a stranger's for one language", "Maker/bert-base; me/a sst2 languages=de", "text-classification", ""},
		{"a head, though its card names another task that the head serves", "Maker/bert-base; Known/bert-nli nli", "text-classification", "Known/bert-nli"},
		{"of two, the one whose card names the task", "Maker/bert-base; Known/bert-twitter sst2; Known/bert-nli nli use=1e9", "text-classification", "Known/bert-twitter"},
		{"another language than the architecture's one", "Maker/bert-base languages=fr; Known/a sst2 languages=it use=1e9; Known/b sst2 languages=fr,en", "text-classification", "Known/b"},
		{"an unknown size does not lose", "Maker/bert-base; Known/a sst2 size=0 use=2048; Known/b sst2 size=30e6", "text-classification", "Known/a"},
		{"one language where the architecture has one", "Maker/bert-base languages=de; me/a sst2 languages=de", "text-classification", "me/a"},
		{"a draft head is not a model, even of a giant", "Maker/bert-base size=691e9; Maker/bert-EAGLE3 size=1e9", "default", "Maker/bert-base"},
		{"a class that is spelled otherwise", "Maker/bert-base head=bertForMaskedLm; Maker/bert-b", "default", "Maker/bert-base"},
		{"PT is PyTorch, not Portuguese", "Known/bert-PT use=2000; Known/bert-b", "default", "Known/bert-PT"},
		{"another framework's copy is not small", "Maker/bert-base-PT; Maker/bert-0.3B-Paddle size=30e6; Maker/bert-base", "small", "Maker/bert-base"},
		{"a reranker extracts no features", "Maker/bert-base; Known/bge-reranker head= task=feature-extraction; Known/b head= task=text-ranking", "feature-extraction", ""},
		{"a stranger whom few use is not the default", "me/bert-base use=999; Known/b-finetuned use=1", "default", "Known/b-finetuned"},
		{"of two about as small the owner's", "Maker/bert-base size=120e6; Known/bert-a size=119e6", "small", "Maker/bert-base"},
		{"half as small is smaller", "Maker/bert-base size=120e6; Known/bert-a size=60e6", "small", "Known/bert-a"},
	} {
		if got := newWorld(t, "").add(test.hub).place(test.place).ID; got != test.want {
			t.Errorf("%s: %s is %q, want %q", test.name, test.place, got, test.want)
		}
	}
}

func TestDocumented(t *testing.T) {
	for _, test := range []struct {
		name                      string
		doc                       string // "" for Maker/bert-base
		hub, want, verdict, owner string
	}{
		{"proven", "", "Maker/bert-base; me/bert use=1e9", "Maker/bert-base", "proven", "Maker"},
		{"another architecture's", "", "Maker/bert-base type=llama; Maker/bert-large", "Maker/bert-large", "its config.model_type is llama", "Maker"},
		{"no model type", "", "Maker/bert-base type=; me/bert", "me/bert", "its config states no model_type", ""},
		{"another architecture's class", "", "Maker/bert-base head=LlamaForCausalLM", "Maker/bert-base", "proven", "Maker"},
		{"a renamed class", "", "Maker/bert-base head=BERTLMHead", "Maker/bert-base", "proven", "Maker"},
		{"gone", "", "Maker/bert-base; Maker/bert-base gone; me/bert", "me/bert", "not on the Hub", ""},
		{"gone, and its namesake known", "", "Maker/bert-base; Maker/bert-base gone; Known/bert-base use=1; Known/bert-large use=15", "Known/bert-base", "not on the Hub; Known/bert-base bears its name; used less than Known/bert-large", "Known"},
		{"a porter's copy", "porter/bert-base", "porter/bert-base; Known/bert-large", "Known/bert-large", "proven, but porter holds copies only, and Known publishes its own", "Known"},
		{"a porter's copy of the same name", "porter/bert-base", "porter/bert-base; Known/bert-base use=1; Known/bert-large use=15", "Known/bert-base", "proven; Known publishes the same model; used less than Known/bert-large", "Known"},
		{"a stub", "stubs/bert", "stubs/bert; me/bert", "me/bert", "proven, but unfit: made for tests, with random weights", ""},
		{"a conversion beside it", "", "Maker/bert-base use=1e9; Maker/bert-base-hf use=1", "Maker/bert-base-hf", "proven; Maker/bert-base-hf is its conversion", "Maker"},
		{"a conversion of what needs its own code", "", "Maker/bert-base type=chatbert; Maker/bert-base-hf use=1; Maker/bert-large use=15", "Maker/bert-base-hf", "its config.model_type is chatbert; Maker/bert-base-hf is its conversion; used less than Maker/bert-large", "Maker"},
		{"a conversion whose sibling people use", "", "Maker/bert-base type=chatbert; Maker/bert-base-hf use=1; Maker/bert-large use=16", "Maker/bert-large", "its config.model_type is chatbert; Maker/bert-base-hf is its conversion; people use Maker/bert-large", "Maker"},
		{"not asked yet", "", "me/bert", "me/bert", "not asked yet", ""},
		{"not in a recording", "", "Maker/bert-base; Maker/bert-base gone; me/bert", "me/bert", "not on the recorded Hub", ""},
		{"unreachable", "", "Maker/bert-base outcome=unreachable; me/bert", "me/bert", "not asked yet", ""},
		{"disabled", "", "Maker/bert-base outcome=disabled; me/bert", "me/bert", "disabled by the Hub", ""},
		{"a stranger's, and a namesake four times as popular", "me/bert-base", "me/bert-base use=1000; Known/bert-base use=4000", "me/bert-base", "proven", "me"},
		{"a stranger's, and a namesake more than that", "me/bert-base", "me/bert-base use=1000; Known/bert-base use=4001", "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a stranger's of unknown popularity, and a namesake that nobody loads", "me/bert-base", "me/bert-base use=-1; Known/bert-base use=0", "me/bert-base", "proven", "me"},
		{"a known publisher's, and a namesake more popular", "", "Maker/bert-base; Known/bert-base use=1e9", "Maker/bert-base", "proven", "Maker"},
		{"a copy, and two namesakes", "porter/bert-base", "porter/bert-base; Known/bert-base use=10; Maker/bert-base use=11", "Maker/bert-base", "proven; Maker publishes the same model", "Maker"},
		{"a copy, and two namesakes, the first more popular", "porter/bert-base", "porter/bert-base; Known/bert-base use=11; Maker/bert-base use=10", "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a copy, and two namesakes as popular", "porter/bert-base", "porter/bert-base; Known/bert-base; Maker/bert-base", "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a copy, and a publisher that only derived", "porter/bert-base", "porter/bert-base; Known/bert-x base=me/bert", "porter/bert-base", "proven", "porter"},
		{"a giant, and the largest that is not one", "", "Maker/bert-base size=400e9; Maker/bert-small size=100e9", "Maker/bert-small", "proven, but a giant of 400B parameters where Maker has 100B", "Maker"},
		{"as large as can be without being a giant", "", "Maker/bert-base size=100e9; Maker/bert-small size=1e9", "Maker/bert-base", "proven", "Maker"},
		{"a giant, and a quarter of it", "", "Maker/bert-base size=200e9; Maker/bert-small size=50e9", "Maker/bert-small", "proven, but a giant of 200B parameters where Maker has 50B", "Maker"},
		{"a giant, and a little more than a quarter", "", "Maker/bert-base size=200e9; Maker/bert-small size=50000000001", "Maker/bert-base", "proven", "Maker"},
		{"a giant, and another that is a giant still", "", "Maker/bert-base size=400000000004; Maker/bert-small size=100000000001", "Maker/bert-base", "proven", "Maker"},
		{"a giant, and one of unknown size", "", "Maker/bert-base size=200e9; Maker/bert-small size=0", "Maker/bert-base", "proven", "Maker"},
	} {
		w := newWorld(t, "").besideLlama()
		w.arch.Documented = cmp.Or(test.doc, "Maker/bert-base")
		if strings.Contains(test.verdict, "recorded") {
			w.state.Lock = &data.Lock{Recorded: "2026-08-22"}
		}
		got := w.add(test.hub).bert()
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
	part := data.Arch{ModelType: "bert_text", ConfigClass: "BertTextConfig", Part: true, Parents: []string{"bert"}, Documented: "Maker/bert-base"}
	moved, towel, other := part, part, data.Arch{ModelType: "swin", Documented: "Maker/donut", Parents: []string{"other"}}
	moved.Documented = "Maker-old/bert-base"
	towel.ModelType, towel.Module, towel.Parents = "towel", "zbert", []string{"abert", "zbert"}
	spelling := data.Arch{ModelType: "superbert", ConfigClass: "BertConfig", AliasOf: "bert"}
	text, unknown := map[string]string{"text_config": "bert_text"}, map[string]string{"text_config": ""}
	video, videoOf := func(parts map[string]string) data.Arch {
		return data.Arch{ModelType: "video", Components: parts, Documented: "Maker/bert-base"}
	}, func(parts map[string]string) func(*data.Arch) {
		return func(bert *data.Arch) { bert.Components = parts }
	}
	documents := func(arch, id string) data.Arch { return data.Arch{ModelType: arch, Documented: id} }
	openParts := func(bert *data.Arch) { bert.OpenParts = true }
	for _, test := range []struct {
		name   string
		arch   data.Arch
		hub    string           // beside Maker/bert-base
		bert   func(*data.Arch) // changes the host
		status data.Status
		want   string
	}{
		{"a part", part, "", nil, data.Hosted, "Maker/bert-base"},
		{"a part that strangers cut out", part, "me/bert-text type=bert_text head= use=1e9", nil, data.Hosted, "Maker/bert-base"},
		{"a part that its owner publishes", part, "Maker/bert-text type=bert_text head=", nil, data.Proven, "Maker/bert-text"},
		{"its owner has another name now", moved, "Maker/bert-base answers=bert_text; Maker/bert-text type=bert_text head=", nil, data.Proven, "Maker/bert-text"},
		{"another spelling", spelling, "", nil, data.Hosted, "Maker/bert-base"},
		{"another spelling, by what bears its name", spelling, "me/superbert-base use=1", nil, data.Hosted, "me/superbert-base"},
		{"its name under another type", documents("layoutbert", "a/layoutbert"), "a/layoutbert use=1 answers=layoutbert", nil, data.Hosted, "a/layoutbert"},
		{"an extension of the type", documents("bert_x", "Maker/bert-base"), "Maker/bert-base answers=bert_x", nil, data.Hosted, "Maker/bert-base"},
		{"documented by mistake", documents("segformer", "Maker/bert-base"), "Maker/bert-base answers=segformer", nil, data.Unproven, ""},
		{"all of its parts are the host's", video(text), "Maker/bert-base answers=video", videoOf(text), data.Hosted, "Maker/bert-base"},
		{"a part that nobody knows", video(unknown), "Maker/bert-base answers=video", videoOf(unknown), data.Unproven, ""},
		{"of two that contain it, that of its module", towel, "me/abert type=abert; me/zbert type=zbert", nil, data.Hosted, "me/zbert"},
		{"an encoder beside open parts", documents("swin", "Maker/donut"), "Maker/donut answers=swin", openParts, data.Hosted, "Maker/donut"},
		{"an encoder beside closed parts", documents("swin", "Maker/donut"), "Maker/donut answers=swin", nil, data.Unproven, ""},
		{"a part of something else beside open parts", other, "Maker/donut answers=swin", openParts, data.Unproven, ""},
		{"documented, and not on the Hub", documents("newest", "Maker/newest"), "", nil, data.Unproven, ""},
		{"not even documented", documents("newest", ""), "", nil, data.None, ""},
	} {
		w := newWorld(t, "").others(test.arch,
			data.Arch{ModelType: "abert", ConfigClass: "BertConfig", Module: "abert"}, data.Arch{ModelType: "zbert", ConfigClass: "BertConfig", Module: "zbert"})
		if test.bert != nil {
			test.bert(w.arch)
		}
		got := w.add("Maker/bert-base").add(test.hub).choose()[test.arch.ModelType]
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
	w := newWorld(t, "").add("Maker/bert-base private")
	if got := w.bert(); got.Why != "the documented checkpoint is proven, but unfit: private" {
		t.Errorf("why: %s", got.Why)
	}
}

func TestPolicy(t *testing.T) {
	for policy, want := range map[string]string{
		"pins:\n  - {arch: bert, role: default, id: me/bert-x, reason: \"two\\nlines\"}\n": "me/bert-x",
		"pins:\n  - {arch: bert, role: default, id: ME/BERT-X, reason: case}\n":            "me/bert-x",
		"pins:\n  - {arch: bert, role: default, id: BERT-x, reason: former}\n":             "me/bert-x",
		"deny:\n  - {id: Maker/bert-base, reason: because}\n":                              "Maker/bert-large",
		"deny:\n  - {id: maker/BERT-base, reason: case}\n":                                 "Maker/bert-large",
		"deny:\n  - {id: bert-Base, reason: former}\n":                                     "Maker/bert-large",
		"prefer: {organizations: [me]}\n":                                                  "me/bert-x",
		"prefer: {organizations: [me, Known], languages: [de]}\n":                          "me/bert-x",
		"prefer: {languages: [de]}\n":                                                      "Known/bert-german",
	} {
		w := newWorld(t, policy).add("Maker/bert-base gated=auto; Maker/bert-large; me/bert-x; Known/bert-german languages=de size=40e6")
		w.state.Aliases = data.Aliases{"bert-base": "Maker/bert-base", "bert-x": "me/bert-x"}
		if got := w.place("default"); got.ID != want || strings.Contains(got.Reason, "\n") {
			t.Errorf("%s: the default is %s (%s), want %s", policy, got.ID, got.Reason, want)
		}
	}
}
