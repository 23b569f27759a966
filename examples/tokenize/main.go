// Tokenize downloads the tokenizer of the checkpoint that stands for an
// architecture, at the revision at which it was proven, and splits a text with
// it. What is downloaded lands in the cache that all Hugging Face tools share.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gomlx/go-huggingface/hub"
	"github.com/sugarme/tokenizer/pretrained"

	"github.com/hfmodels/hfmodels"
)

func main() {
	arch := flag.String("arch", "bert", "the architecture")
	id := flag.String("id", "", "another checkpoint than the one that stands for it")
	flag.Parse()
	if err := tokenize(os.Stdout, *arch, *id, strings.Join(flag.Args(), " ")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func tokenize(w io.Writer, name, id, text string) error {
	arch, err := hfmodels.ParseArch(name)
	if err != nil {
		return err
	}
	m, ok := arch.Pick(hfmodels.Open) // loads without a token
	switch {
	case id != "":
		m = hfmodels.Model{ID: id, Revision: "main"}
	case !ok:
		return fmt.Errorf("%s has no checkpoint that is known to be open", arch)
	case m.Revision == "":
		m.Revision = "main" // not known at which revision it was proven
	}

	repo := hub.New(m.ID).WithRevision(m.Revision).WithAuth(os.Getenv("HF_TOKEN"))
	repo.Verbosity = 0
	path, err := repo.DownloadFile("tokenizer.json")
	if err != nil {
		return fmt.Errorf("%s: %w", m.ID, err)
	}
	tk, err := pretrained.FromFile(path)
	if err != nil {
		return fmt.Errorf("%s: its tokenizer.json: %w", m.ID, err)
	}
	encoding, err := tk.EncodeSingle(text, true)
	if err != nil {
		return fmt.Errorf("%s: %w", m.ID, err)
	}
	fmt.Fprintf(w, "%s at %s\n", m.ID, m.Revision)
	for i, token := range encoding.Tokens {
		if encoding.AttentionMask[i] == 0 {
			continue // padding
		}
		fmt.Fprintf(w, "%d\t%s\n", encoding.Ids[i], token)
	}
	return nil
}
