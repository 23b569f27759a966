// Linked is what the linker is asked to link in TestNoInit.
package main

import "github.com/hfmodels/hfmodels"

func main() {
	for a := range hfmodels.Archs() {
		m, ok := a.Default()
		println(a.String(), a.Info().ConfigClass, ok, m.ID)
	}
	_, err := hfmodels.ParseArch("brt")
	println(err.Error())
	m, _ := hfmodels.ByID("bert-base-uncased")
	a, _ := hfmodels.ArchOfClass(m.Head)
	s, err := hfmodels.Select(hfmodels.Query{Archs: []hfmodels.Arch{a}})
	println(s.ID, err == nil)
}
