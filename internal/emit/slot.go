package emit

// slots is the number of slots of the table of names, a power of two. It is more
// than twice that of the names, so that most slots hold one.
const slots = 4096

// slotOf returns the slot of a name. It mixes the length with the first eight
// bytes and the last eight, or with all of a shorter name.
func slotOf(name string) uint {
	var first, last uint64
	if n := len(name); n >= 8 {
		first, last = load(name[:8]), load(name[n-8:])
	} else {
		for i := range n {
			first = first<<8 | uint64(name[i])
		}
	}
	return uint((first*0x9e3779b97f4a7c15^(last+uint64(len(name))))*0xd6e8feb86659fd93>>52) % slots
}

// load is a little-endian word, in the form that becomes one instruction.
func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
