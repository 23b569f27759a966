package choose

import (
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func TestRoles(t *testing.T) {
	for _, test := range []struct {
		name string
		hub  func(*world)
		role string
		want string // "" none
	}{
		{"open is the default where that is ungated", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-small", parameters(1e6)) }, "open", "Maker/bert-base"},
		{"unknown gating is not open", func(w *world) { w.add("Maker/bert-base", gated("")) }, "open", ""},
		{"open is another of the owner's", func(w *world) { w.add("Maker/bert-base", gated("auto")).add("Maker/bert-v2", gated("no")) }, "open", "Maker/bert-v2"},
		{"a stranger's is no stand-in", func(w *world) { w.add("Maker/bert-base", gated("auto")).add("me/bert", downloads(1e9)) }, "open", ""},
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
		{"the policy ranks the stubs' accounts", func(w *world) { w.add("other-stubs/tiny-random-bert", downloads(1e9)).add("stubs/tiny-random-bert") }, "tiny", "stubs/tiny-random-bert"},
		{"a stub named random first", func(w *world) { w.add("stubs/test-bert", downloads(1e9)).add("stubs/tiny-random-bert") }, "tiny", "stubs/tiny-random-bert"},
		{"a stub with the default's head first", func(w *world) {
			w.add("Maker/bert-base").add("stubs/tiny-random-a", head("BertModel"), downloads(1e9)).add("stubs/tiny-random-b", head("BertForMaskedLM"))
		}, "tiny", "stubs/tiny-random-b"},
		{"a test that is not known to be random", func(w *world) { w.add("me/test-bert") }, "tiny", ""},
		{"no stub is a default", func(w *world) { w.add("stubs/tiny-random-bert", downloads(1e9)) }, "default", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "")
			test.hub(w)
			if got := w.bert().Roles[test.role].ID; got != test.want {
				t.Errorf("%s is %q, want %q", test.role, got, test.want)
			}
		})
	}
}

func TestTasks(t *testing.T) {
	sst2 := []change{head("BertForSequenceClassification"), pipeline("text-classification")}
	for _, test := range []struct {
		name string
		hub  func(*world)
		task string
		want string
	}{
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
		{"an unknown size is no loss", func(w *world) {
			w.add("Maker/bert-base").add("Known/a", append(sst2, parameters(0), downloads(2048))...).add("Known/b", append(sst2, parameters(30e6))...)
		}, "text-classification", "Known/a"},
		{"one language where the architecture has one", func(w *world) {
			w.add("Maker/bert-base", languages("de")).add("me/a", append(sst2, languages("de"))...)
		}, "text-classification", "me/a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "")
			test.hub(w)
			if got := w.bert().Tasks[test.task].ID; got != test.want {
				t.Errorf("%s is %q, want %q", test.task, got, test.want)
			}
		})
	}
}

func TestDocumented(t *testing.T) {
	for _, test := range []struct {
		name    string
		hub     func(*world)
		want    string
		verdict string // its beginning
		owner   string
	}{
		{"proven", func(w *world) { w.add("Maker/bert-base").add("me/bert", downloads(1e9)) }, "Maker/bert-base", "proven", "Maker"},
		{"another architecture's", func(w *world) { w.add("Maker/bert-base", modelType("llama")).add("Maker/bert-large") }, "Maker/bert-large", "its config.model_type is llama", "Maker"},
		{"no model type", func(w *world) { w.add("Maker/bert-base", modelType("")).add("me/bert") }, "me/bert", "its config states no model_type", ""},
		{"a renamed class", func(w *world) { w.add("Maker/bert-base", head("BERTLMHead")) }, "Maker/bert-base", "proven", "Maker"},
		{"gone", func(w *world) { w.add("Maker/bert-base").remove("Maker/bert-base").add("me/bert") }, "me/bert", "not on the Hub", ""},
		{"gone, and its namesake known", func(w *world) {
			w.add("Maker/bert-base").remove("Maker/bert-base").add("Known/bert-base", downloads(1)).add("Known/bert-large", downloads(15))
		}, "Known/bert-base", "not on the Hub; Known/bert-base bears its name", "Known"},
		{"a porter's copy", func(w *world) {
			w.arch.Documented = "porter/bert-base"
			w.add("porter/bert-base").add("Known/bert-large")
		}, "Known/bert-large", "proven, but porter holds copies only, and Known publishes its own", "Known"},
		{"a porter's copy of the same name", func(w *world) {
			w.arch.Documented = "porter/bert-base"
			w.add("porter/bert-base").add("Known/bert-base", downloads(1)).add("Known/bert-large", downloads(15))
		}, "Known/bert-base", "proven; Known publishes the same model", "Known"},
		{"a stub", func(w *world) {
			w.arch.Documented = "stubs/bert"
			w.add("stubs/bert").add("me/bert")
		}, "me/bert", "proven, but unfit: made for tests", ""},
		{"a conversion beside it", func(w *world) {
			w.add("Maker/bert-base", downloads(1e9)).add("Maker/bert-base-hf", downloads(1))
		}, "Maker/bert-base-hf", "proven; Maker/bert-base-hf is its conversion", "Maker"},
		{"a conversion of what needs its own code", func(w *world) {
			w.add("Maker/bert-base", modelType("chatbert")).add("Maker/bert-base-hf", downloads(1)).add("Maker/bert-large", downloads(15))
		}, "Maker/bert-base-hf", "its config.model_type is chatbert; Maker/bert-base-hf is its conversion", "Maker"},
		{"a conversion whose sibling people use", func(w *world) {
			w.add("Maker/bert-base", modelType("chatbert")).add("Maker/bert-base-hf", downloads(1)).add("Maker/bert-large", downloads(16))
		}, "Maker/bert-large", "its config.model_type is chatbert; Maker/bert-base-hf is its conversion; people use Maker/bert-large", "Maker"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "")
			test.hub(w)
			got := w.bert()
			if id := got.Roles[data.RoleDefault].ID; id != test.want || !strings.HasPrefix(got.Documented, test.verdict) || got.Owner != test.owner {
				t.Errorf("default %s, documented %q, owner %s; want %s, %q, %s", id, got.Documented, got.Owner, test.want, test.verdict, test.owner)
			}
		})
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
			"another architecture's checkpoint, documented by mistake",
			data.Arch{ModelType: "segformer", Documented: "Maker/bert-base"},
			func(w *world) { documented(w, "segformer", "Maker/bert-base", "bert") }, data.Unproven, "",
		},
		{"documented, and not on the Hub", data.Arch{ModelType: "newest", Documented: "Maker/newest"}, nil, data.Unproven, ""},
		{"not even documented", data.Arch{ModelType: "newest"}, nil, data.None, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "").others(test.arch)
			w.add("Maker/bert-base")
			if test.hub != nil {
				test.hub(w)
			}
			got := w.choose()[test.arch.ModelType]
			if id := got.Roles[data.RoleDefault].ID; got.Status != test.status || id != test.want {
				t.Errorf("%s, default %q, want %s, %q (why: %s)", got.Status, id, test.status, test.want, got.Why)
			}
			if got.Status != data.Proven && got.Why == "" {
				t.Error("no reason is given for the status")
			}
		})
	}
}

// A checkpoint saved under the other spelling loads the same config class, and
// so proves the architecture.
func TestOtherSpellingProves(t *testing.T) {
	w := newWorld(t, "").others(data.Arch{ModelType: "BertModel", ConfigClass: "BertConfig", Module: "bert", AliasOf: "bert"})
	w.add("Maker/bert-base", modelType("BertModel"))
	if got := w.bert(); got.Status != data.Proven || got.Roles[data.RoleDefault].ID != "Maker/bert-base" {
		t.Errorf("%s, default %q", got.Status, got.Roles[data.RoleDefault].ID)
	}
}

func TestPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy string
		want   string
		err    string
	}{
		{name: "a pin wins", policy: "pins:\n  - {arch: bert, role: default, id: me/bert-x, reason: because}\n", want: "me/bert-x"},
		{name: "a pin for an unproven one", policy: "pins:\n  - {arch: bert, role: default, id: me/llama, reason: because}\n", err: "policy.yaml:9: pins[0]: me/llama for bert is removed by the rule unproven: its config.model_type is llama"},
		{name: "a denial", policy: "deny:\n  - {id: Maker/bert-base, reason: because}\n", want: "Maker/bert-large"},
		{name: "a preferred organisation", policy: "prefer: {organizations: [me]}\n", want: "me/bert-x"},
		{name: "a preferred language", policy: "prefer: {languages: [de]}\n", want: "Known/bert-german"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.policy)
			w.add("Maker/bert-base", gated("auto")).add("Maker/bert-large").add("me/bert-x", license("mit")).add("me/llama", modelType("llama")).
				add("Known/bert-german", languages("de"), parameters(40e6), func(c *data.Model, _ *data.Counters) { c.Formats = []string{"onnx"} })
			picks, err := Choose(w.state, w.day)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := picks.Archs[0].Roles[data.RoleDefault].ID; got != test.want {
				t.Errorf("default %s, want %s", got, test.want)
			}
		})
	}
}
