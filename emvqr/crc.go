package emvqr

// crc16 is CRC-16/CCITT-FALSE: polynomial 1021, beginning with FFFF, nothing
// reflected, nothing added at the end (ISO/IEC 13239 as EMVCo uses it).
func crc16(s string) uint16 {
	sum := uint16(0xffff)
	for i := range len(s) {
		sum ^= uint16(s[i]) << 8
		for range 8 {
			carry := sum&0x8000 != 0
			if sum <<= 1; carry {
				sum ^= 0x1021
			}
		}
	}
	return sum
}
