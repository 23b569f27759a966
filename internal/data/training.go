package data

import (
	"regexp"
	"slices"
	"strings"
)

var (
	chatTasks = []string{"text-generation", "image-text-to-text", "audio-text-to-text", "any-to-any"}
	chatName  = regexp.MustCompile(`(?i)[-_.](instruct|inst|chat|it|thinking)([-_.]|$)`)
	// A name without a size in figures may say base for a size, as trocr-base.
	baseName = regexp.MustCompile(`(?i)[0-9][bm][-_.](.*[-_.])?base$`)
)

// Training reports whether a model that was made for the tasks was trained to
// follow instructions, as its name says, or its card by naming its own -Base; and
// whether its name says that it is such a base. Both are false where neither is
// said, and for tasks that need no instructions.
func (m *Model) Training(tasks []string) (chat, base bool) {
	if !slices.ContainsFunc(tasks, func(t string) bool { return slices.Contains(chatTasks, t) }) {
		return false, false
	}
	chat = chatName.MatchString(m.Name()) ||
		slices.ContainsFunc(m.Bases, func(b Base) bool { return strings.EqualFold(b.ID, m.ID+"-Base") })
	return chat, !chat && baseName.MatchString(m.Name())
}
