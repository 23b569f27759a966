package emit

// slots is the number of slots of the table of names: a power of two, for
// about three thousand names.
const slots = 2048

// slotOf returns the slot of the name in buf[:n]; the rest of buf must be
// zero. It mixes the length with the first eight bytes and the last eight.
func slotOf(buf *[64]byte, n int) uint {
	first, last := load(buf[:8]), load(buf[max(n-8, 0):])
	return uint((first*0x9e3779b97f4a7c15^(last+uint64(n)))*0xd6e8feb86659fd93>>53) % slots
}

// load is a little-endian word, in the form that becomes one instruction.
func load(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
